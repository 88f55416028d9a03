"""Small parts that every window uses."""
