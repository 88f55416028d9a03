"""Each light can be every colour that it may be, and no report is beyond it."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui import images
from advgui.attacks import ATTACKS, Access
from advgui.attacks.fgsm import FastGradientSign
from advgui.data.cifar10 import load_samples
from advgui.evaluation.comparing import FEWEST_IMAGES, State
from advgui.evaluation.intervals import sign_test
from advgui.evaluation.plan import Plan
from advgui.evaluation.report import Report, Run, merge
from advgui.evaluation.sanity import Light, lights, lights_of
from advgui.outcomes import Effort
from advgui.pipeline import Pipeline
from advgui.protocols import supports
from advgui.scenarios import scenario, without
from advgui.types import ATTACKED, PAPER_CHAIN, ProtocolName, Scenario
from tests import toy

IMAGES, CLASSES = 400, 10
LABELS = np.arange(IMAGES) % CLASSES
NAMES = (
    "strength-0", "norm", "clipping", "zero-gradients", "strengths", "steps", "white-box", "chance", "random-signs",
)  # fmt: skip
COUNTED = Effort(gradients=IMAGES, gradient_values=1000, zero_values=0)


def run(
    attack: str = "fgsm",
    strength: float = 8 / 255,
    right: int = 40,
    *,
    column: str = ATTACKED,
    linf: float | None = None,
    clipped: int = 10,
    l2: float | None = None,
    effort: Effort | None = COUNTED,
    settings: dict | None = None,
    **rest: object,
) -> Run:
    """A run in which the first images of a column are right, and all in the others."""
    asked = scenario(attack, strength, settings, **rest)
    wrong = (LABELS + 1) % CLASSES
    return Run(
        asked,
        {
            one.key: np.where((np.arange(IMAGES) < right) | (one.key != column), LABELS, wrong).astype(np.int16)
            for one in asked.columns
        },
        linf=strength if linf is None else linf,
        clipped=clipped if strength else 0,
        values=1000,
        l2=l2,
        effort=effort,
    )


CONTROL = run(strength=0.0, right=IMAGES)


def report(*runs: Run) -> Report:
    return Report(
        "toy images", toy.ToyData.class_names, ((0, IMAGES),), np.arange(IMAGES), LABELS, runs, toy.PROVENANCE
    )


def light(name: str, *runs: Run) -> Light:
    return dict(zip(NAMES, lights(report(*runs)), strict=True))[name]


AS_PUBLISHED = {"protocol": ProtocolName.AS_PUBLISHED}
CASES: dict[str, dict[State, tuple[Run, ...]]] = {
    "strength-0": {
        State.GREEN: (CONTROL, run()),
        State.AMBER: (run(strength=0.0, right=300, **AS_PUBLISHED),),
        State.RED: (replace(CONTROL, linf=0.01), run()),
        State.GREY: (run(),),
    },
    "norm": {
        State.GREEN: (CONTROL, run(), run("pgd_l2", 0.5, l2=0.4999)),
        State.AMBER: (run(linf=0.4 * 8 / 255),),
        State.RED: (run(), run("pgd_l2", 0.5, l2=0.51)),
        State.GREY: (run("gaussian", 0.1),),
    },
    "clipping": {
        State.GREEN: (CONTROL, run(clipped=500)),
        State.AMBER: (run(clipped=501),),
        State.RED: (replace(CONTROL, clipped=1),),
    },
    "zero-gradients": {
        State.GREEN: (run(effort=Effort(gradient_values=1000, zero_values=2)),),
        State.AMBER: (run(effort=Effort(gradient_values=1000, zero_values=3)),),
        State.RED: (run(), run("pgd", effort=Effort(gradient_values=1000, zero_values=991))),
        State.GREY: (run(effort=None), run("gaussian")),
    },
    "strengths": {
        # Four images more hold out, and three less: that may well be chance.
        State.GREEN: (CONTROL, run("pgd", 2 / 255, 100), run("pgd", 4 / 255, 104)),
        State.AMBER: (CONTROL, run("fgsm", 2 / 255, 100), run("fgsm", 4 / 255, 150)),
        State.RED: (CONTROL, run("pgd", 2 / 255, 100), run("pgd", 4 / 255, 150)),
        State.GREY: (run("pgd", 4 / 255, 150), run("fgsm", 2 / 255)),
    },
    "steps": {
        State.GREEN: (run("pgd", right=4), run("fgsm", right=40)),
        # Beyond the interval of one comparison, and not beyond that of two.
        State.AMBER: (run("pgd", right=46), run("mi_fgsm", right=4), run("fgsm", right=40)),
        State.RED: (run("pgd", right=47), run("mi_fgsm", right=4), run("fgsm", right=40)),
        State.GREY: (run("pgd", 4 / 255), run("fgsm", 8 / 255)),
    },
    "chance": {
        State.GREEN: (run(right=40), run(strength=4 / 255, right=300)),
        State.AMBER: (run("fgsm", 0.3, right=80),),
        State.RED: (run("pgd", 0.3, right=80),),
        State.GREY: (run("pgd", 0.2, right=80), run("gaussian", 1.0)),
    },
    "random-signs": {
        State.GREEN: (run(right=40), run("random_signs", right=300)),
        State.AMBER: (run(right=300), run("random_signs", right=303)),
        State.RED: (run(right=300), run("random_signs", right=250)),
        State.GREY: (run(right=300), run("random_signs", 4 / 255)),
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "state"), [(name, state) for name, cases in CASES.items() for state in cases])
def test_each_light_can_be_every_colour(name: str, state: State) -> None:
    found = light(name, *CASES[name][state])
    assert found.state is state, found.numbers
    assert found.numbers
    assert found.meaning.startswith("Red would mean that ")


class Queries(FastGradientSign):
    """Says that it asks for probabilities alone."""

    name = "queries"
    access = Access.PROBABILITIES


@pytest.mark.parametrize(
    ("white", "black", "state"), [(4, 40, State.GREEN), (40, 34, State.RED), (40, 36, State.GREEN)]
)
def test_a_black_box_that_does_more_is_red(
    monkeypatch: pytest.MonkeyPatch, white: int, black: int, state: State
) -> None:
    monkeypatch.setitem(ATTACKS, Queries.name, Queries())
    both = run("pgd", right=white), run(Queries.name, right=black)
    assert light("white-box", *both).state is state
    assert light("white-box", both[1]).state is State.GREY
    # Of several white boxes the strongest counts.
    assert light("white-box", *both, run("mi_fgsm", right=0)).state is State.GREEN


def test_without_a_black_box_it_is_said_what_to_add() -> None:
    found = light("white-box", run("pgd"))
    assert found.state is State.GREY
    assert "Evaluate an attack without gradients" in found.numbers


def test_attackers_are_judged_where_they_aim() -> None:
    """What an attacker does not aim at may go up with the strength, and stay above chance."""
    known = {"attacker_knows": ("autoencoder",), "column": "autoencoder"}
    rising = run("pgd", 2 / 255, 0, **known), run("pgd", 0.3, 300, **known)
    assert light("strengths", CONTROL, *rising).state is State.RED
    assert light("chance", *rising).state is State.RED
    unaware = [replace(one, scenario=replace(one.scenario, attacker_knows=("randomization",))) for one in rising]
    assert light("strengths", CONTROL, *unaware).state is State.GREEN


def test_a_control_serves_attackers_of_any_knowledge() -> None:
    control = run("pgd", 0.0, 300, column="autoencoder")
    attack = run("pgd", 8 / 255, 350, column="autoencoder", attacker_knows=("autoencoder",))
    assert light("strengths", control, attack).state is State.RED


def test_a_targeted_attack_is_judged_by_its_target() -> None:
    """Accuracy tells nothing of it: an image may be wrong without being the target."""
    weak, strong = run("pgd", 2 / 255, 0, target=3), run("pgd", 4 / 255, 0, target=3)
    reached = np.full(IMAGES, 3, np.int16)
    weak = replace(weak, predictions={**weak.predictions, ATTACKED: reached})
    assert light("strengths", weak, strong).state is State.RED
    assert light(
        "strengths", replace(strong, scenario=weak.scenario), replace(weak, scenario=strong.scenario)
    ).state is (State.GREEN)
    assert light("chance", weak, strong).state is State.GREY


def test_guessing_may_guess_better() -> None:
    """At the largest strengths an attack only decides which class is guessed."""
    chance = IMAGES // CLASSES
    assert light("strengths", run("pgd", 0.2, chance - 5), run("pgd", 0.3, chance + 10)).state is State.GREEN
    assert light("strengths", run("pgd", 0.2, 0), run("pgd", 0.3, chance + 10)).state is State.RED


def test_noise_that_leaves_nothing_is_no_yardstick() -> None:
    assert light("random-signs", run(strength=0.3), run("random_signs", 0.3, 41)).state is State.GREEN


@pytest.mark.parametrize("count", range(FEWEST_IMAGES))
def test_few_images_contradict_nothing(count: int) -> None:
    whole = report(CONTROL, run("pgd", 0.2, 0), run("pgd", 0.3, IMAGES), run("random_signs", 0.3, 0))
    found = dict(zip(NAMES, lights(part_of(whole, count)), strict=True))
    assert all(found[name].state is State.GREY for name in NAMES[4:])
    assert all((one.state is State.GREY) == (not count) for one in list(found.values())[:3])


def test_the_fewest_images_can() -> None:
    whole = report(run("pgd", 0.2, 0), run("pgd", 0.3, IMAGES), run("random_signs", 0.3, 0))
    found = dict(zip(NAMES, lights(part_of(whole, FEWEST_IMAGES)), strict=True))
    assert found["strengths"].state is found["random-signs"].state is found["chance"].state is State.RED


def part_of(whole: Report, count: int) -> Report:
    return replace(
        whole,
        indices=whole.indices[:count],
        labels=whole.labels[:count],
        runs=tuple(
            replace(one, predictions={key: found[:count] for key, found in one.predictions.items()})
            for one in whole.runs
        ),
    )


@given(more=st.integers(0, 40), fewer=st.integers(0, 40))
def test_the_sign_test_is_exact(more: int, fewer: int) -> None:
    images = more + fewer
    exact = sum(comb(images, count) for count in range(more, images + 1)) / 2**images
    assert sign_test(more, fewer) == pytest.approx(exact, rel=1e-9)
    assert sign_test(more + 1, fewer) <= sign_test(more, fewer) <= 1


def test_the_sign_test_takes_ten_thousand_images() -> None:
    assert sign_test(5000, 5000) == pytest.approx(0.5, abs=0.01)
    assert sign_test(5300, 4700) < 1e-8
    assert sign_test(10_000, 0) == 0.0  # of which a float knows nothing smaller


# No valid report is beyond the lights.

CHAINS = [PAPER_CHAIN, without(PAPER_CHAIN, "autoencoder"), (), PAPER_CHAIN[:1], PAPER_CHAIN[::-1]]


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[Scenario, ...]:
    chain = draw(st.sampled_from(CHAINS))
    names = [link.name for link in chain]
    known = st.lists(st.sampled_from(names), unique=True).map(tuple) if names else st.just(())

    def one() -> Scenario | None:
        attack, protocol = draw(st.sampled_from([*ATTACKS])), draw(st.sampled_from(ProtocolName))
        if not supports(protocol, attack):
            protocol = ProtocolName.CORRECTED
        strength = draw(st.sampled_from([0.0, 2 / 255, 8 / 255, ATTACKS[attack].strength.high]))
        target = draw(st.sampled_from([None, None, 0, 9]))
        return scenario(attack, strength, chain=chain, attacker_knows=draw(known), target=target, protocol=protocol)

    return tuple(dict.fromkeys(one() for _ in range(draw(st.integers(1, 8)))))


@given(
    images=st.integers(0, 40),
    asked=scenarios(),
    effort=st.sampled_from([None, Effort(), COUNTED, replace(COUNTED, zero_values=1000)]),
    l2=st.sampled_from([None, 0.0, 0.3, 60.0]),
)
def test_every_report_has_nine_lights(
    images: int, asked: tuple[Scenario, ...], effort: Effort | None, l2: float | None
) -> None:
    made = toy.made_up(images, asked, images + 1)
    made = replace(made, runs=tuple(replace(one, effort=effort, l2=l2) for one in made.runs))
    found = lights(made)
    assert tuple(one.name for one in found) == NAMES
    assert all(one.title and one.numbers and one.meaning and "nan" not in one.numbers for one in found)
    assert lights(made) == found
    if not images:
        assert {one.state for one in found} == {State.GREY}


@given(asked=scenarios())
def test_images_in_another_order_say_the_same(asked: tuple[Scenario, ...]) -> None:
    made = toy.made_up(30, asked)
    order = np.random.default_rng(0).permutation(30)
    other = replace(
        made,
        labels=made.labels[order],
        runs=tuple(
            replace(one, predictions={key: found[order] for key, found in one.predictions.items()}) for one in made.runs
        ),
    )
    assert lights(other) == lights(made)


def test_merged_parts_say_what_the_whole_says() -> None:
    whole = report(CONTROL, run("pgd", 2 / 255, 100), run("pgd", 4 / 255, 150))
    first = replace(part_of(whole, 100), ranges=((0, 100),))
    rest = replace(
        whole,
        ranges=((100, IMAGES),),
        indices=whole.indices[100:],
        labels=whole.labels[100:],
        runs=tuple(
            replace(
                one,
                predictions={key: found[100:] for key, found in one.predictions.items()},
                clipped=0,
                values=0,
                effort=Effort(),
            )
            for one in whole.runs
        ),
    )
    assert [one.state for one in lights(merge([rest, first]))] == [one.state for one in lights(whole)]


def test_an_attack_that_is_gone_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    made = report(CONTROL, run("pgd", 0.2, 0), run("pgd", 0.3, IMAGES))
    monkeypatch.delitem(ATTACKS, "pgd")
    assert len(lights(made)) == len(NAMES)


# On one image.


@pytest.fixture(scope="module")
def tiny_pipeline() -> Pipeline:
    return toy.pipeline()


@pytest.mark.parametrize("attack", ["gaussian", "fgsm", "pgd", "pgd_l2"])
@pytest.mark.parametrize("strength", [0.0, None])
def test_one_image(tiny_pipeline: Pipeline, attack: str, strength: float | None) -> None:
    data = toy.data(1)
    batch = tiny_pipeline.prepare(images.to_float(data.images), data.labels, data.indices)
    settings = {"steps": 3} if attack.startswith("pgd") else None
    found = dict(zip(NAMES, lights_of(batch.run(scenario(attack, strength, settings))), strict=True))
    assert found["strength-0"].state is (State.GREEN if strength == 0 else State.GREY)
    assert found["norm"].state is (State.GREY if attack == "gaussian" else State.GREEN), found["norm"].numbers
    assert found["clipping"].state is State.GREEN
    follows = attack != "gaussian" and strength is None
    assert (found["zero-gradients"].state is State.GREY) is not follows
    assert all(found[name].state is State.GREY for name in NAMES[4:])


def test_one_image_of_an_attack_that_breaks_the_rules(tiny_pipeline: Pipeline) -> None:
    data = toy.data(1)
    outcome = tiny_pipeline.prepare(images.to_float(data.images), data.labels, data.indices).run(scenario("fgsm"))
    masked = Effort(1, 0, 3072, 3072)
    found = dict(zip(NAMES, lights_of(replace(outcome, linf=outcome.linf * 2, effort=masked)), strict=True))
    assert found["norm"].state is found["zero-gradients"].state is State.RED
    at_zero = replace(outcome, scenario=scenario("fgsm", 0.0))
    found = dict(zip(NAMES, lights_of(at_zero), strict=True))
    assert found["strength-0"].state is State.RED


# With the networks that come with the program.


@pytest.fixture(scope="module")
def real(bundled: Pipeline) -> Report:
    plan = Plan.of(
        attacks=("fgsm", "pgd", "random_signs"),
        strengths=dict.fromkeys(("fgsm", "pgd", "random_signs"), (8 / 255,)),
        settings={"pgd": {"steps": 5}},
        knows=[(), ("autoencoder",)],
    )
    return toy.report(bundled, load_samples(), plan, batch_size=20)


@pytest.mark.parametrize("name", ["strength-0", "norm", "clipping", "strengths", "steps", "chance", "random-signs"])
def test_the_real_attacks_contradict_nothing(real: Report, name: str) -> None:
    found = dict(zip(NAMES, lights(real), strict=True))[name]
    assert found.state is State.GREEN, found.numbers
