"""The command line that reproduces a report."""

import re
import shlex
from collections.abc import Sequence

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.parameters import Value
from advgui.protocols import supports
from advgui.types import PAPER_CHAIN, Link, ProtocolName, Scenario

# The name that `cifar10.load_samples` gives its data set.
SAMPLES = "samples"


def commands(report: Report) -> list[str]:
    """Return the command lines that reproduce a report: one, or more where attacks differ in their strengths."""
    scenarios = tuple(run.scenario for run in report.runs)
    groups = list(_by_settings(scenarios).values())
    alike = len({frozenset(scenario.strength for scenario in group) for group in groups}) == 1
    as_one = not any(_other_settings(scenario) for scenario in scenarios)
    if as_one and (alike or _has_default_strengths(scenarios)):
        groups = [scenarios]
    return [
        " ".join(["advgui evaluate", *_scenario_options(group), _image_option(*images), *_file_options(report, group)])
        for group in groups
        for images in report.ranges
    ]


def _by_settings(scenarios: Sequence[Scenario]) -> dict[object, tuple[Scenario, ...]]:
    """Group scenarios of one attack with the same settings, strength aside."""
    groups: dict[object, list[Scenario]] = {}
    for scenario in scenarios:
        groups.setdefault((scenario.attack.name, scenario.attack.settings.pairs[1:]), []).append(scenario)
    return {key: tuple(group) for key, group in groups.items()}


def _other_settings(scenario: Scenario) -> dict[str, Value]:
    """Return the attack's settings that differ from their defaults, strength aside."""
    attack = ATTACKS[scenario.attack.name]
    usual = attack.settings()
    return {name: value for name, value in scenario.attack.settings.pairs[1:] if value != usual[name]}


def _scenario_options(scenarios: Sequence[Scenario]) -> list[str]:
    first = scenarios[0]
    protocols = [name for name in ProtocolName if name in {scenario.protocol for scenario in scenarios}]
    attacks = list(dict.fromkeys(scenario.attack.name for scenario in scenarios))
    reachable = {name for name in ProtocolName if any(supports(name, attack) for attack in attacks)}
    everything = len(protocols) > 1 and set(protocols) == reachable
    options = [
        f"--protocol {'both' if everything else ' '.join(protocols)}",
        f"--attack {'both' if set(attacks) == set(paper.FIGURES) else ' '.join(attacks)}",
    ]
    options += [f"--set {name}={_shell(as_text(value))}" for name, value in _other_settings(first).items()]
    if not _has_default_strengths(scenarios):
        strengths = sorted({scenario.strength for scenario in scenarios} - {0.0}) or [0.0]
        options.append(f"--strength {' '.join(map(as_typed, strengths))}")
    options += _chain_options(first.chain)
    options.append(f"--seed {first.seed}")
    if first.draws > 1:
        options.append(f"--randomization-draws {first.draws}")
    return options


def _chain_options(chain: Sequence[Link]) -> list[str]:
    names = [link.name for link in chain if link.on]
    usual = [link.name for link in PAPER_CHAIN]
    options = [] if names == usual else [f"--chain {','.join(names) or 'none'}"]
    return options + [
        f"--set {link.name}.{name}={_shell(as_text(value))}"
        for link in chain
        for name, value in link.settings.items()
        if value != DEFENSES[link.name].settings()[name]
    ]


def _has_default_strengths(scenarios: Sequence[Scenario]) -> bool:
    first = scenarios[0]
    protocols = tuple({scenario.protocol for scenario in scenarios})
    attacks = tuple({scenario.attack.name for scenario in scenarios})
    settings = {scenario.attack.name: dict(scenario.attack.settings.pairs[1:]) for scenario in scenarios}
    default = Plan.of(protocols, attacks, settings=settings, chain=first.chain, seed=first.seed, draws=first.draws)
    return set(default.scenarios) == set(scenarios)


def as_text(value: Value) -> str:
    """Return a setting as people type it; read again, it is exactly the same."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return as_typed(value) if isinstance(value, float) else str(value)


def _shell(text: str) -> str:
    return shlex.quote(text)


def as_typed(strength: float) -> str:
    """Return a strength as people type it, such as "8/255" or "0.05"; read again, it is exactly the same number."""
    whole = round(strength * 255)
    return f"{whole}/255" if whole and whole / 255 == strength else f"{strength!r}"


def _image_option(start: int, stop: int) -> str:
    return f"--images {stop}" if start == 0 else f"--images {start}:{stop}"


def _file_options(report: Report, scenarios: Sequence[Scenario]) -> list[str]:
    options = ["--samples"] if report.dataset == SAMPLES else []
    names = {name for one in scenarios for name in (one.attack.name, *(link.name for link in one.chain))}
    used = [file.name.removesuffix(".py") for name, file in report.provenance.plugins.items() if name in names]
    options += [f"--plugin {_file(name, 'py')}" for name in dict.fromkeys(used)]
    for role in ("classifier", "autoencoder"):
        network = report.provenance.networks.get(role)
        if network is not None and network.name != role:  # not the bundled one
            options.append(f"--{role} {_file(network.name, 'keras')}")
    return options


def _file(name: str, suffix: str) -> str:
    # A report may come from anywhere, and its command line is there to be pasted into a shell.
    return shlex.quote(f"{name}.{suffix}") if re.fullmatch(r"\w[\w.+ -]*", name) else f"FILE.{suffix}"
