"""Start the command line: `advgui`, or `python -m advgui`."""

import sys


def main() -> int:
    """Run the command line; a Ctrl+C while the program is still loading ends it without a traceback."""
    try:
        from advgui import interruption

        with interruption.at_once():
            from advgui.cli import main as command_line

            return command_line()
    except KeyboardInterrupt:  # before anything could be made of it
        return 130


if __name__ == "__main__":
    sys.exit(main())
