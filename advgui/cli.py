"""The command line. Without a command it opens the window."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from advgui import __version__, console, interruption
from advgui.commands.parser import Parser
from advgui.errors import AdvguiError, UsageError

# Each command is a module with `add_arguments(parser)` and `run(args) -> exit code`. All are light to import: what is
# heavy is imported by `run`.
_COMMANDS = {
    "evaluate": "reproduce the accuracy tables",
    "certify": "prove what no attack within a radius can change",
    "figures": "draw the paper's figures",
    "train": "train a network",
    "data": "find, verify or download the full CIFAR-10",
    "check": "say what a file is, or why it is refused",
}
_WITH_PLUGINS = ("evaluate", "figures")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; `sys.argv` if None.

    Returns:
        0 done, 1 an error (its message is on standard error) or a standard output that could not be written, 2 wrong
        usage, 130, 143 or 129 interrupted by Ctrl+C, SIGTERM or SIGHUP.
    """
    with console.guarded() as output:
        return console.delivered(output, _main(sys.argv[1:] if argv is None else list(argv)))


def _main(arguments: list[str]) -> int:
    """Run the command line; an error that the user can do something about becomes a message and an exit code."""
    try:
        return _run(arguments)
    except AdvguiError as error:
        message, code = str(error), 2 if isinstance(error, UsageError) else 1
    except (ImportError, MemoryError) as error:
        code = 1
        message = (
            f"A library could not be loaded ({str(error) or 'no memory is left'}). Expected a whole installation and "
            "enough memory. Close other programs, raise the limits (ulimit -a), or install the program again."
        )
    except OSError as error:
        message, code = f"{error}. Nothing that was there before is lost.", 1
    except KeyboardInterrupt as interrupt:
        message, code = "interrupted", interruption.exit_code(interrupt)
    print(f"advgui: {message}", file=sys.stderr)
    return code


def _add_plugin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plugin",
        action="append",
        # A command's default would hide what was given before it.
        default=argparse.SUPPRESS,
        metavar="FILE",
        help="run this Python file and take in its attacks and mitigations, or those that an installed package offers "
        "under this name; may be given several times",
    )


def _plugins(arguments: list[str]) -> list[str]:
    """Return the plug-ins that are asked for: what they bring belongs to the other arguments' choices."""
    parser = argparse.ArgumentParser(prog="advgui", add_help=False, allow_abbrev=False)
    parser.add_argument("--plugin", action="append", default=[], metavar="FILE")
    known, _ = parser.parse_known_args(arguments)
    return list(known.plugin)


def _run(arguments: list[str]) -> int:
    try:
        asked = _plugins(arguments)
    except SystemExit as ended:  # argparse has printed its message
        return int(ended.code or 0)
    if not asked:
        return _run_with(asked, arguments)
    from advgui import foreign_code, plugins  # a start without them is faster

    with foreign_code.watched(lambda text: print(f"advgui: {text}", file=sys.stderr)), plugins.opened(asked):
        return _run_with(asked, arguments)


def _run_with(plugins: list[str], arguments: list[str]) -> int:
    parser = Parser(
        prog="advgui",
        description="Adversarial examples and two mitigations, live. Without a command, the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"advgui {__version__}")
    parser.add_argument(
        "--classifier",
        dest="opened",
        type=Path,
        metavar="FILE",
        help="open the window with another classifier (.keras)",
    )
    parser.add_argument(
        "--experiment",
        type=Path,
        metavar="FILE",
        help="open the window with an experiment (.advgui)",
    )
    _add_plugin(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name in arguments:  # the others' arguments are not needed
            importlib.import_module(f"advgui.commands.{name}").add_arguments(command)
        if name in _WITH_PLUGINS:
            _add_plugin(command)
    try:
        args = parser.parse_args(arguments)
        if args.command is not None and args.opened is not None:
            parser.error("--classifier before a command is for the window; put it behind the command")
        if args.command is not None and args.experiment is not None:
            parser.error("--experiment is for the window; leave the command out")
        if not set(getattr(args, "plugin", ())) <= set(plugins):
            parser.error("--plugin must not be shortened")
    except SystemExit as ended:  # argparse has printed its message
        return int(ended.code or 0)
    if args.command is None:
        from advgui.app import main as open_window

        return int(open_window(classifier=args.opened, experiment=args.experiment))
    with interruption.raised():
        return int(importlib.import_module(f"advgui.commands.{args.command}").run(args))
