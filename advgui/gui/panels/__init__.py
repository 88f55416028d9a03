"""The middle of the window: the images and what is said of them."""
