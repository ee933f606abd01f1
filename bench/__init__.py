"""Honest measurements: ratios taken in one run, because machines differ and waver."""
