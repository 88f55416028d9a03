"""Pictures that go into a file: each figure is one function that lays out a `drawing.Sheet`.

`images` has the five columns with their predictions, `training` the learning curves, `strength` accuracy against
strength. `drawing` makes PNG, SVG and PDF of them, with matplotlib, which is imported when something is drawn.
"""
