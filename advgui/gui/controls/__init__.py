"""The right side of the window."""
