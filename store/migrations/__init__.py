"""Alembic migrations of the casework database."""
