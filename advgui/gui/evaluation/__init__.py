"""Batch evaluation in the window."""
