"""The desktop window: the only package, with `advgui.app`, that imports Qt and pyqtgraph."""
