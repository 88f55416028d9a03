"""The command line that reproduces a report."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from advgui import paper, resources
from advgui.attacks import ATTACKS, Access
from advgui.defenses import DEFENSES
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report
from advgui.parameters import Value
from advgui.protocols import supports
from advgui.scenarios import attackers
from advgui.types import ATTACKER_DRAWS, PAPER_CHAIN, Link, ProtocolName, Scenario, VoteRule

# The name that `cifar10.load_samples` gives its data set.
SAMPLES = "samples"


def commands(report: Report) -> list[str]:
    """Return the command lines that reproduce a report: one, or more where it takes more."""
    return [
        " ".join(["advgui evaluate", *scenario_options(group), _image_option(*images), *_file_options(report, group)])
        for group in _groups(tuple(run.scenario for run in report.runs))
        for images in report.ranges
    ]


def _groups(scenarios: tuple[Scenario, ...]) -> list[tuple[Scenario, ...]]:
    """Share scenarios out to as few command lines as can make them."""
    is_plain = not any(_other_settings(scenario) for scenario in scenarios)
    if is_plain and _is_one_plan(scenarios):
        return [scenarios]
    by_attack = _grouped(scenarios, lambda one: (one.attack.name, one.attack.settings.pairs[1:]))
    found = []
    for group in by_attack:
        if _is_one_plan(group):
            found.append(group)
            continue
        controls = tuple(one for one in group if not one.strength)
        attacked = [one for one in group if one.strength]
        apart = _grouped(attacked, lambda one: (one.attacker_knows, one.attacker_draws, one.target))
        found += [(*controls, *each) for each in apart]
    return found


def _grouped(scenarios: Iterable[Scenario], key: Callable[[Scenario], object]) -> list[tuple[Scenario, ...]]:
    groups: dict[object, list[Scenario]] = {}
    for scenario in scenarios:
        groups.setdefault(key(scenario), []).append(scenario)
    return [tuple(group) for group in groups.values()]


def _is_one_plan(scenarios: Sequence[Scenario]) -> bool:
    """Return whether one command line makes exactly these scenarios."""
    if _has_default_strengths(scenarios):
        return True
    attacks = dict.fromkeys(one.attack.name for one in scenarios)
    with suppress(ValueError):  # a strength that one attack has and another cannot have
        plan = _plan(scenarios, dict.fromkeys(attacks, _strengths(scenarios)))
        return set(plan.scenarios) == set(scenarios)
    return False


def _plan(scenarios: Sequence[Scenario], strengths: Mapping[str, Sequence[float]] | None) -> Plan:
    first = scenarios[0]
    protocols = tuple({scenario.protocol for scenario in scenarios})
    attacks = tuple({scenario.attack.name for scenario in scenarios})
    settings = {scenario.attack.name: dict(scenario.attack.settings.pairs[1:]) for scenario in scenarios}
    return Plan.of(
        protocols, attacks, strengths, settings=settings, chain=first.chain, knows=_known(scenarios),
        attacker_draws=first.attacker_draws, target=_target(scenarios), seed=first.seed, draws=first.draws,
        rule=first.rule,
    )  # fmt: skip


def _strengths(scenarios: Sequence[Scenario]) -> list[float]:
    return sorted({scenario.strength for scenario in scenarios} - {0.0}) or [0.0]


def _known(scenarios: Sequence[Scenario]) -> list[tuple[str, ...]]:
    """Return what each attacker knows; attacks that use nothing of what they attack know nothing anyway."""
    usable = [one for one in scenarios if one.strength and ATTACKS[one.attack.name].access is not Access.NOTHING]
    return list(dict.fromkeys(one.attacker_knows for one in usable)) or [()]


def _target(scenarios: Sequence[Scenario]) -> int | None:
    return next((one.target for one in scenarios if one.target is not None), None)


def _other_settings(scenario: Scenario) -> dict[str, Value]:
    """Return the attack's settings that differ from their defaults, strength aside."""
    attack = ATTACKS[scenario.attack.name]
    usual = attack.settings()
    return {name: value for name, value in scenario.attack.settings.pairs[1:] if value != usual[name]}


def scenario_options(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the options that ask for scenarios which one command line can make."""
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
        options.append(f"--strength {' '.join(map(as_typed, _strengths(scenarios)))}")
    options += _chain_options(first.chain)
    options += _attacker_options(scenarios)
    options.append(f"--seed {first.seed}")
    if first.draws > 1:
        options.append(f"--draws {first.draws}")
    if first.rule is not VoteRule.MEAN:
        options.append(f"--rule {first.rule}")
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
    return set(_plan(scenarios, None).scenarios) == set(scenarios)


def _attacker_options(scenarios: Sequence[Scenario]) -> list[str]:
    first, target = scenarios[0], _target(scenarios)
    standing = {link.name for link in first.chain if link.on}
    known = list(dict.fromkeys(tuple(name for name in names if name in standing) for names in _known(scenarios)))
    if len(known) > 1 and set(known) == set(attackers(first.chain)):
        options = ["--knows matrix"]
    elif known == [()]:
        options = []
    else:
        options = [f"--knows {','.join(['classifier', *names])}" for names in known]
    if first.attacker_draws != ATTACKER_DRAWS:
        options.append(f"--attacker-draws {first.attacker_draws}")
    return options if target is None else [*options, f"--target {target}"]


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
            options.append(f"--{role} {_network(network.name)}")
    return options


def _network(name: str) -> str:
    bundled = {path.stem for path in resources.trained().glob("*.keras")}
    return name if name in bundled else _file(name, "keras")


def _file(name: str, suffix: str) -> str:
    # A report may come from anywhere, and its command line is there to be pasted into a shell.
    return shlex.quote(f"{name}.{suffix}") if re.fullmatch(r"\w[\w.+ -]*", name) else f"FILE.{suffix}"
