"""What each defence buys and costs: accuracy without an attack against accuracy under the attacker who knows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from advgui.evaluation.comparing import described, is_iterated
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Report, Run
from advgui.scenarios import heading, is_adaptive
from advgui.types import ATTACKED, Column, ProtocolName

# The bundled classifier's name, which stands for itself.
_PLAIN = "classifier"


@dataclass(frozen=True, eq=False)
class Worth:
    """One defence.

    Attributes:
        name: What stands there, such as "classifier + autoencoder".
        clean: Accuracy without an attack.
        attacked: Accuracy that the attacker leaves who knows exactly what stands there.
        attack: That attack, in words.
        images: On how many images.
    """

    name: str
    clean: Tally
    attacked: Tally
    attack: str
    images: int


def worths(reports: Iterable[Report]) -> tuple[Worth, ...]:
    """Return what each defence buys and costs, for every report's strongest attack.

    Of a report, the attack counts that takes more than one step, if there is one, at its largest strength: less was
    only left by weaker ones. Defences without a control row at strength 0 are left out.

    Args:
        reports: Of any networks; the names of their classifiers tell them apart.
    """
    return tuple(worth for report in reports for worth in _of_report(report))


def _of_report(report: Report) -> list[Worth]:
    found: dict[str, tuple[tuple[bool, float], Worth]] = {}
    for run in report.runs:
        if run.scenario.protocol is not ProtocolName.CORRECTED or run.scenario.target is not None or run.is_control:
            continue
        control = _control(report, run)
        for column in run.scenario.columns:
            if control is not None and is_adaptive(run.scenario, column):
                rank = (is_iterated(run), run.scenario.strength)
                worth = Worth(
                    name=_name(report, column),
                    clean=report.tally(control, column.key),
                    attacked=report.tally(run, column.key),
                    attack=described(run).partition(", who knows")[0],
                    images=report.images,
                )
                if column.key not in found or rank > found[column.key][0]:
                    found[column.key] = rank, worth
    return [worth for _, worth in found.values()]


def _control(report: Report, run: Run) -> Run | None:
    """Return the run of the same attack at strength 0."""
    same = run.scenario.attack.name, run.scenario.protocol
    controls = (one for one in report.runs if one.is_control)
    return next((one for one in controls if (one.scenario.attack.name, one.scenario.protocol) == same), None)


def _name(report: Report, column: Column) -> str:
    network = report.provenance.networks.get("classifier")
    classifier = _PLAIN if network is None else network.name
    return classifier if column.key == ATTACKED else f"{classifier} + {heading(column)}"
