"""Batch evaluation: what is planned, how it runs, what it found."""
