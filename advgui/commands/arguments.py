"""Arguments that several commands share, and the types of their values."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from advgui import paper, resources
from advgui.attacks import ATTACKS, Access
from advgui.data.cifar10 import CLASS_NAMES
from advgui.defenses import DEFENSES
from advgui.errors import UsageError
from advgui.evaluation.plan import Plan, security_curve
from advgui.files import is_there
from advgui.parameters import Parameter, Value, checked, parsed
from advgui.scenarios import attack_label, attackers
from advgui.text import did_you_mean
from advgui.typed import parsed_number
from advgui.types import ATTACKER_DRAWS, PAPER_CHAIN, Link, ProtocolName, VoteRule

# No number that is meant is longer. Reading a longer one can take minutes, and nobody wants to see it in a message.
_LONGEST = 30

MOST_DRAWS = 1000

# What `--knows` takes besides the names of mitigations.
_CLASSIFIER, _EVERYTHING, _MATRIX = "classifier", "everything", "matrix"


def strength(text: str) -> float:
    """Read a strength of at least 0, written as "0.031" or "8/255"; each attack has its own range."""
    try:
        value = parsed_number(text)
    except ValueError:
        value = -1.0
    if value < 0:
        raise argparse.ArgumentTypeError(
            f"'{_shown(text)}' is not a strength; expected a number of at least 0, such as 0.031 or 8/255"
        )
    return value


def add_scenarios(parser: argparse.ArgumentParser) -> None:
    """Add which attacks, mitigations and protocols are meant; `plan` reads them."""
    parser.add_argument(
        "--protocol",
        nargs="+",
        choices=[*ProtocolName, "both"],
        default=[ProtocolName.CORRECTED],
        help=f"how images are scaled; 'both' means all of them (default: {ProtocolName.CORRECTED})",
    )
    parser.add_argument(
        "--attack",
        nargs="+",
        choices=[*ATTACKS, "both", "all"],
        default=["both"],
        help="'both' means the paper's two, gaussian and fgsm (default: both)",
    )
    parser.add_argument(
        "--strength",
        type=strength,
        nargs="+",
        metavar="S",
        help="of the attack, such as 0.031 or 8/255, one or more (default: 0.1 for noise and 8/255; as published: 0.1 "
        "and 0.05)",
    )
    parser.add_argument(
        "--chain",
        type=chain,
        metavar="NAME,...",
        help=f"mitigations in the order in which images go through them, of {', '.join(DEFENSES)}; or 'none' "
        f"(default: {','.join(link.name for link in PAPER_CHAIN)})",
    )
    parser.add_argument(
        "--set",
        type=setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another setting of an attack or a mitigation, such as steps=20 or jpeg.quality=50; may be given often",
    )
    parser.add_argument(
        "--knows",
        type=knows,
        action="append",
        default=[],
        metavar="NAME,...",
        help="what the attacker knows: 'classifier', mitigations of the chain, or 'everything'; may be given several "
        "times, for as many attackers, and 'matrix' is one for each column (default: classifier)",
    )
    parser.add_argument(
        "--attacker-draws",
        type=whole(1, MOST_DRAWS),
        default=ATTACKER_DRAWS,
        metavar="D",
        help="draws of random mitigations over which an attacker who knows them averages each gradient, up to "
        f"{MOST_DRAWS} (default: %(default)s)",
    )
    parser.add_argument(
        "--target",
        type=target,
        metavar="CLASS",
        help="the class that the attacker wants to see, such as frog or 6 (default: any other than the true one)",
    )
    parser.add_argument("--seed", type=seed, default=0, metavar="K", help="of all randomness (default: 0)")


def plan(
    args: argparse.Namespace,
    *,
    curve: bool = False,
    draws: int = 1,
    rule: VoteRule = VoteRule.MEAN,
    start: int = 0,
    stop: int | None = None,
) -> Plan:
    """Return what the arguments of `add_scenarios` ask for.

    Args:
        args: Parsed.
        curve: Whether each attack is made at the strengths of its security curve.
        draws: Of random mitigations, taken together.
        rule: How they are.
        start: Position of the first image.
        stop: Position behind the last image; None for all.

    Raises:
        UsageError: A strength or a setting is not one of the chosen attacks and mitigations, or out of its range, or
            an attacker is to know what does not stand in the chain.
        AdvguiError: No chosen attack was published, and only such protocols were asked for.
    """
    attacks = list(dict.fromkeys(name for word in args.attack for name in _attacks(word)))
    protocols = list(dict.fromkeys(name for word in args.protocol for name in _protocols(word)))
    links = PAPER_CHAIN if args.chain is None else args.chain
    try:
        of_attacks, links = _settings(args.set, attacks, links)
        for name in attacks if args.strength is not None else ():
            for value in args.strength:
                checked(ATTACKS[name].strength, value)
        known = _known(args.knows, links)
    except ValueError as error:
        raise UsageError(f"{error} Choose another value, or another --attack or --chain.") from error
    if (any(known) or args.target is not None) and all(ATTACKS[name].access is Access.NOTHING for name in attacks):
        raise UsageError(
            f"--knows and --target make no difference to {' and '.join(map(attack_label, attacks))}, which looks at "
            "nothing. Choose another --attack."
        )
    strengths = None if args.strength is None else dict.fromkeys(attacks, args.strength)
    if curve:
        if strengths is not None:
            raise UsageError("--security-curve chooses the strengths itself. Leave out --strength, or the curve.")
        strengths = {name: security_curve(ATTACKS[name].strength) for name in attacks}
    return Plan.of(
        protocols, attacks, strengths, settings=of_attacks, chain=links, knows=known,
        attacker_draws=args.attacker_draws, target=args.target, seed=args.seed, draws=draws, rule=rule,
        start=start, stop=stop,
    )  # fmt: skip


def _known(given: Sequence[tuple[str, ...]], links: tuple[Link, ...]) -> list[tuple[str, ...]]:
    """Return which mitigations each attacker knows."""
    standing = tuple(link.name for link in links)
    known: list[tuple[str, ...]] = []
    for words in given or [(_CLASSIFIER,)]:
        missing = [word for word in words if word in DEFENSES and word not in standing]
        if missing:
            raise ValueError(
                f"--knows {', '.join(missing)}: in front of the classifier there is {', '.join(standing) or 'nothing'}."
            )
        if _MATRIX in words:
            known += attackers(links)
        else:
            known.append(standing if _EVERYTHING in words else tuple(name for name in standing if name in words))
    return list(dict.fromkeys(known))


def _attacks(word: str) -> tuple[str, ...]:
    return {"both": tuple(paper.FIGURES), "all": tuple(ATTACKS)}.get(word, (word,))


def _protocols(word: str) -> tuple[ProtocolName, ...]:
    return tuple(ProtocolName) if word == "both" else (ProtocolName(word),)


def _settings(
    given: Sequence[tuple[str, str, str]], attacks: Sequence[str], links: tuple[Link, ...]
) -> tuple[dict[str, dict[str, Value]], tuple[Link, ...]]:
    """Share `--set` out to attacks and mitigations: to those that it names, or to all that have such a setting."""
    owners: dict[str, tuple[Parameter, ...]] = {name: ATTACKS[name].parameters for name in attacks}
    owners |= {link.name: DEFENSES[link.name].parameters for link in links}
    found: dict[str, dict[str, Value]] = {name: {} for name in owners}
    for owner, name, text in given:
        fits = [
            (each, parameter)
            for each, parameters in owners.items()
            for parameter in parameters
            if parameter.name == name and owner in ("", each)
        ]
        if not fits:
            there = [f"{each}.{parameter.name}" for each, parameters in owners.items() for parameter in parameters]
            word = f"{owner}.{name}" if owner else name
            known = there if owner else [each.rpartition(".")[2] for each in there]
            hint = did_you_mean(word, known) or "."
            raise ValueError(f"--set {word}: there are {', '.join(there) or 'none'}{hint}")
        for each, parameter in fits:
            found[each][name] = parsed(parameter, text)
    return (
        {name: found[name] for name in attacks},
        tuple(replace(link, settings=DEFENSES[link.name].settings(**found[link.name])) for link in links),
    )


def setting(text: str) -> tuple[str, str, str]:
    """Read "steps=20" or "jpeg.quality=50" as owner ("" if not named), name and value."""
    target, equals, value = text.partition("=")
    owner, _, name = target.strip().rpartition(".")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"'{_shown(text)}' is not a setting; expected NAME=VALUE, such as steps=20")
    return owner, name, value


def chain(text: str) -> tuple[Link, ...]:
    """Read mitigations in order, such as "autoencoder,jpeg", or "none"."""
    names = [name.strip() for name in text.split(",")] if text != "none" else []
    unknown = [name for name in names if name not in DEFENSES]
    if unknown or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(
            f"'{_shown(text)}' is not a chain of mitigations; expected different ones of {', '.join(DEFENSES)}, "
            f"separated by commas, or 'none'{_hint(unknown, DEFENSES)}"
        )
    return tuple(Link(name) for name in names)


def knows(text: str) -> tuple[str, ...]:
    """Read what an attacker knows, such as "classifier,autoencoder", "everything" or "matrix"."""
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in (_CLASSIFIER, *DEFENSES)]
    if unknown and names not in ((_EVERYTHING,), (_MATRIX,)):
        raise argparse.ArgumentTypeError(
            f"'{_shown(text)}' is not what an attacker can know; expected {_CLASSIFIER} and any of "
            f"{', '.join(DEFENSES)}, separated by commas, or '{_EVERYTHING}', or '{_MATRIX}'"
            f"{_hint(unknown, (_CLASSIFIER, _EVERYTHING, _MATRIX, *DEFENSES))}"
        )
    return names


def target(text: str) -> int:
    """Read a class, by its name or its number."""
    if text.lower() in CLASS_NAMES:
        return CLASS_NAMES.index(text.lower())
    if len(text) > 1 or not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(
            f"'{_shown(text)}' is not a class; expected {', '.join(CLASS_NAMES)}, or a number from 0 to "
            f"{len(CLASS_NAMES) - 1}{did_you_mean(text.lower(), CLASS_NAMES)}"
        )
    return int(text)


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """Read a whole number of at least 0."""
    return _whole(text, 0)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number from `least` to `most`."""
    return lambda text: _whole(text, least, most)


def _whole(text: str, least: int, most: int = 2**63 - 1) -> int:
    is_number = len(text) <= _LONGEST and text.isascii() and text.isdigit()
    if not is_number or not least <= int(text) <= most:
        expected = f"of at least {least}" if most == 2**63 - 1 else f"from {least} to {most}"
        raise argparse.ArgumentTypeError(f"'{_shown(text)}' is not a whole number {expected}")
    return int(text)


def _hint(unknown: Sequence[str], known: Iterable[str]) -> str:
    return did_you_mean(unknown[0], known) if unknown else ""


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def image_range(text: str) -> tuple[int, int]:
    """Read how many images: "500" for the first 500, "500:1000" for those from position 500 up to 999."""
    start, colon, stop = text.partition(":")
    first, last = (_whole(start, 0), _whole(stop, 1)) if colon else (0, _whole(start, 1))
    if first >= last:
        raise argparse.ArgumentTypeError(
            f"'{_shown(text)}' is an empty range of images; expected START:STOP with START < STOP"
        )
    return first, last


def network(text: str) -> Path:
    """Read which network is meant: a file, or the name of a bundled one, such as robust-classifier."""
    bundled = resources.trained() / f"{text}.keras"
    is_name = not is_there(Path(text)) and Path(text).name == text and is_there(bundled)
    return bundled if is_name else Path(text)


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add where data and networks come from."""
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--data", type=Path, metavar="DIR", help="folder with the full CIFAR-10 (default: look for it)")
    data.add_argument("--samples", action="store_true", help="use the bundled sample images instead of the test set")
    parser.add_argument(
        "--classifier",
        type=network,
        metavar="FILE",
        help="another classifier (.keras), or robust-classifier, which comes with the program",
    )
    parser.add_argument("--autoencoder", type=network, metavar="FILE", help="another autoencoder (.keras)")
