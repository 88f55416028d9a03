"""The command line that makes a report again."""

import re
import shlex
from collections.abc import Sequence

from advgui.evaluation.report import Report
from advgui.evaluation.run import Plan
from advgui.types import ProtocolName, Scenario

# The name that `cifar10.load_samples` gives its data set.
SAMPLES = "samples"


def commands(report: Report) -> list[str]:
    """Return the command lines that make a report again: one, or more where attacks differ in their strengths."""
    scenarios = tuple(run.scenario for run in report.runs)
    attacks = dict.fromkeys(scenario.attack for scenario in scenarios)
    by_attack = [tuple(scenario for scenario in scenarios if scenario.attack == attack) for attack in attacks]
    alike = len({frozenset(s.strength for s in group) for group in by_attack}) == 1
    groups = [scenarios] if alike or _has_default_strengths(scenarios) else by_attack
    return [
        " ".join(["advgui evaluate", *_scenario_options(group), _image_option(*images), *_file_options(report)])
        for group in groups
        for images in report.ranges
    ]


def _scenario_options(scenarios: Sequence[Scenario]) -> list[str]:
    protocols = {scenario.protocol for scenario in scenarios}
    attacks = {scenario.attack for scenario in scenarios}
    options = [
        f"--protocol {'both' if len(protocols) == len(ProtocolName) else min(protocols)}",
        f"--attack {'both' if len(attacks) > 1 else min(attacks)}",
    ]
    if not _has_default_strengths(scenarios):
        strengths = sorted({scenario.strength for scenario in scenarios} - {0.0}) or [0.0]
        options.append(f"--strength {' '.join(map(as_typed, strengths))}")
    options.append(f"--seed {scenarios[0].seed}")
    if scenarios[0].draws > 1:
        options.append(f"--randomization-draws {scenarios[0].draws}")
    return options


def _has_default_strengths(scenarios: Sequence[Scenario]) -> bool:
    protocols = tuple({scenario.protocol for scenario in scenarios})
    attacks = tuple({scenario.attack for scenario in scenarios})
    default = Plan.of(protocols, attacks, seed=scenarios[0].seed, draws=scenarios[0].draws)
    return set(default.scenarios) == set(scenarios)


def as_typed(strength: float) -> str:
    """Return a strength as people type it, such as "8/255" or "0.05"; read again, it is exactly the same number."""
    whole = round(strength * 255)
    return f"{whole}/255" if whole and whole / 255 == strength else f"{strength!r}"


def _image_option(start: int, stop: int) -> str:
    return f"--images {stop}" if start == 0 else f"--images {start}:{stop}"


def _file_options(report: Report) -> list[str]:
    options = ["--samples"] if report.dataset == SAMPLES else []
    for role in ("classifier", "autoencoder"):
        network = report.provenance.networks.get(role)
        if network is not None and network.name != role:  # not the bundled one
            options.append(f"--{role} {_file(network.name)}")
    return options


def _file(name: str) -> str:
    # A report may come from anywhere, and its command line is there to be pasted into a shell.
    return shlex.quote(f"{name}.keras") if re.fullmatch(r"\w[\w.+ -]*", name) else "FILE.keras"
