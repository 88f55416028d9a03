"""The sanity lights of a report, in the words of each format."""

import textwrap
from collections.abc import Callable

from advgui.evaluation.report import Report
from advgui.evaluation.sanity import lights

TITLE = "Sanity lights (after Carlini et al. 2019, and the flags of AutoAttack)"
_WIDTH, _INDENT = 118, " " * 7
# A state by a sign, too, as in the window.
SIGNS = {"green": "ok", "amber": "!", "red": "X", "grey": "-"}


def as_text(report: Report) -> list[str]:
    """Return the lines of a terminal's table: a line for each light, and beneath what was measured."""
    lines = ["", f"{TITLE}:"]
    for light in lights(report):
        lines.append(f"  [{SIGNS[light.state]:^2}] {light.state:<5}  {light.title}")
        for words in (light.numbers, light.meaning):
            lines += textwrap.wrap(words, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return lines


def as_list(report: Report, foreign: Callable[[str], str]) -> str:
    """Return a list in Markdown.

    Args:
        report: That it is of.
        foreign: Turns any text into one that Markdown takes as text.
    """
    items = [f"* **{one.state}: {one.title}.** {foreign(one.numbers)} *{one.meaning}*" for one in lights(report)]
    return "\n".join([f"{TITLE}:", "", *items])


def as_comments(report: Report, foreign: Callable[[str], str]) -> list[str]:
    """Return comments for LaTeX.

    Args:
        report: That they are of.
        foreign: Turns any text into one that LaTeX takes as text.
    """
    words = (f"{one.state}: {one.title}. {one.numbers} {one.meaning}" for one in lights(report))
    return [f"% {TITLE}:", *(f"% {foreign(each)}" for each in words)]


def as_values(report: Report) -> dict[str, dict[str, str]]:
    """Return what JSON holds: by a light's name its state and its words."""
    return {
        light.name: {"state": str(light.state), "numbers": light.numbers, "meaning": light.meaning}
        for light in lights(report)
    }
