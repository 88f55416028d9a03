"""Randomized smoothing in the window: a vote that grows, and what it proves."""
