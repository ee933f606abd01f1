"""The vocabulary of Mimamori: pure, immutable, standard library only."""
