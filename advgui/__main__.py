"""Start the command line: `python -m advgui` is `advgui`."""

import sys

from advgui.cli import main

sys.exit(main())
