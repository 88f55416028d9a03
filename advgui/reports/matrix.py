"""What the attacker knows against what stands in front of the classifier: which rows there are, how cells are marked.

Rows are attackers, columns are mitigations. On the diagonal stands what a mitigation is worth: what is left where the
attacker knows exactly what is there (Athalye, Carlini and Wagner, ICML 2018; Carlini et al., *On evaluating adversarial
robustness*, 2019).
"""

from collections.abc import Sequence
from typing import NamedTuple

from advgui.evaluation.report import Report, Run
from advgui.scenarios import heading, is_adaptive, is_upper_bound, known_names
from advgui.types import Column, Scenario

ROWS = "rows: what the attacker knows"
TO_QUOTE = "the attacker knows exactly what stands in front of the classifier: the accuracy to quote"
UPPER_BOUND = "upper bound: the attacker does not know all that stands in front of the classifier"
NO_SIGN = "no attack, or one that was aimed at more than what stands there"


class Signs(NamedTuple):
    """How a format writes a number, each with a place for it: "{}*".

    Attributes:
        quoted: One to quote.
        bound: An upper bound.
        plain: Any other.
    """

    quoted: str
    bound: str
    plain: str = "{}"

    def written(self, number: str, run: Run, column: Column) -> str:
        """Return a number of a cell, marked."""
        if is_adaptive(run.scenario, column):
            return self.quoted.format(number)
        return (self.bound if is_upper_bound(run.scenario, column) else self.plain).format(number)


def is_matrix(runs: Sequence[Run]) -> bool:
    """Return whether runs of one attack differ in what the attacker knows."""
    return len({known_names(run.scenario) for run in runs if not run.is_control}) > 1


def matrices(runs: Sequence[Run]) -> list[tuple[Run, ...]]:
    """Return the runs of one attack and protocol as matrices, one for each strength and goal, each with the control."""
    controls = [run for run in runs if run.is_control]
    found: dict[object, list[Run]] = {}
    for run in runs:
        if not run.is_control:
            found.setdefault((run.scenario.attack, run.scenario.target), [*controls]).append(run)
    return [tuple(each) for each in found.values()]


def known_label(scenario: Scenario) -> str:
    """Return what the attacker knows in a few words: "classifier", "+ autoencoder" or "everything"."""
    known = known_names(scenario)
    standing = [link.name for link in scenario.chain if link.on]
    if len(known) == len(standing) > 1:
        return "everything"
    named = ", ".join(heading(column) for column in scenario.all_columns if column.key in known)
    return f"+ {named}" if named else "classifier"


def upper_bounds(report: Report) -> str:
    """Return the sentence that says which accuracies are only upper bounds; "" if none is."""
    attacked = [run for run in report.runs if not run.is_control]
    bounds = {run: [c for c in run.scenario.columns if is_upper_bound(run.scenario, c)] for run in attacked}
    if not any(bounds.values()):
        return ""
    letters = {tuple(f"({column.letter})" for column in columns) for columns in bounds.values()}
    where = (
        f"in {_listed(letters.pop())}"
        if len(letters) == 1
        else "where the attacker does not know all that stands in front of the classifier"
    )
    standing = sum(link.on for link in report.runs[0].scenario.chain)
    return (
        f"An attacker who knows the mitigations can get past {'both' if standing == 2 else 'them'} (Athalye, Carlini "
        f"and Wagner 2018): the accuracies under attack are upper bounds {where}."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
