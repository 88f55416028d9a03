"""What is on screen, explained in a few words and a sketch."""
