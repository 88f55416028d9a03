"""A parser of arguments whose complaints help."""

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from typing_extensions import override

from advgui.text import did_you_mean

_UNKNOWN_CHOICE = re.compile(r"invalid choice: '(?P<word>.*?)' \(choose from (?P<choices>.*)\)")


class Parser(argparse.ArgumentParser):
    """Complains where the mistake is, with that command's usage, and says what may have been meant."""

    @override
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; what is not known is not passed on to the parser of another command."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._meant(unknown)}")
        return parsed, unknown

    @override
    def error(self, message: str) -> NoReturn:
        choice = _UNKNOWN_CHOICE.search(message)
        if choice:
            message += did_you_mean(choice["word"], re.findall(r"[\w.-]+", choice["choices"]))
        super().error(message)

    def _meant(self, unknown: Sequence[str]) -> str:
        options = re.findall(r"--[a-z0-9-]+", self.format_help())
        hints = [did_you_mean(word.partition("=")[0], options) for word in unknown if word.startswith("-")]
        return next(filter(None, hints), "")
