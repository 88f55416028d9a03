"""The left side of the window: images to choose from."""
