"""Learning curves in the window."""
