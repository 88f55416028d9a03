"""How long newer work has to wait for older: never for more than one pass through a network."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from threading import Event

import numpy as np
import pytest

from advgui.defenses.autoencoder import Autoencoder
from advgui.gui.threads.live_answer import Answer, Dropped, Request, Result
from advgui.pipeline import Pipeline
from advgui.protocols import Corrected
from advgui.scenarios import scenario
from advgui.types import FloatArray, IntArray, ProtocolName, Scenario
from tests.gui.conftest import selection
from tests.gui.gated import Linear, Smoothing

PASS, CHECK = "pass", "check"


class Recorded(Answer):
    """Notes when it looks whether there is something newer."""

    log: list[str]

    def check(self) -> None:
        self.log.append(CHECK)
        super().check()


class RecordedLinear(Linear):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log

    def loss_gradient_and_logits(
        self, images: FloatArray, labels: IntArray, *loss: object
    ) -> tuple[FloatArray, FloatArray]:
        self._log.append(PASS)
        return super().loss_gradient_and_logits(images, labels, *loss)  # type: ignore[arg-type]


class RecordedSmoothing(Smoothing):
    def __init__(self, log: list[str]) -> None:
        self._log = log

    def vector_jacobian(self, images: FloatArray, gradient: FloatArray) -> FloatArray:
        self._log.append(PASS)
        return super().vector_jacobian(images, gradient)


def answer(asked: Scenario, log: list[str], held: bool = True) -> Recorded:
    autoencoder = Autoencoder(RecordedSmoothing(log))
    pipeline = Pipeline({ProtocolName.CORRECTED: Corrected(RecordedLinear(log), autoencoder)})
    chosen = selection()
    batch = pipeline.prepare(chosen.pixels[np.newaxis], np.array([3]), np.array([0]), keeps_draws=True)
    holding = Event()
    if held:
        holding.set()
    Recorded.log = log
    return Recorded(Request(1, chosen, (asked,)), [batch], Event(), holding)


def knowing(*names: str, steps: int = 3) -> Scenario:
    return scenario("pgd", settings={"steps": steps}, attacker_knows=names, attacker_draws=10)


def turns(made: Answer) -> list[bool]:
    """Take all turns; return for each whether it showed something."""
    shown = []
    while True:
        result = made.advance()
        shown.append(result is not None)
        if result is not None and result.is_final:
            return shown


@pytest.mark.parametrize("names", [(), ("autoencoder",), ("randomization",), ("autoencoder", "randomization")])
def test_between_two_gradients_it_looks_for_something_newer(names: tuple[str, ...]) -> None:
    log: list[str] = []
    turns(answer(knowing(*names), log))
    assert log.count(PASS) == 3 * (1 + ("autoencoder" in names))
    assert all((before, after) != (PASS, PASS) for before, after in pairwise(log))


def test_a_step_and_the_columns_after_it_are_two_turns() -> None:
    assert turns(answer(knowing(), [])) == [False, True] * 3 + [True]


def test_while_nobody_has_seen_the_last_result_no_other_is_made() -> None:
    assert turns(answer(knowing(steps=20), [], held=False)).count(True) == 2


def results(made: Answer) -> Iterator[Result]:
    """All that is shown, each seen at once."""
    while True:
        result = made.advance()
        if result is not None:
            yield result
            made.request.seen.set()
            if result.is_final:
                return


def test_of_a_vote_the_first_draw_is_there_at_once_and_the_last_is_final() -> None:
    made = answer(scenario(draws=6), [], held=False)
    first = next(results(made))
    assert first.outcomes[0].draws_left == 5
    assert (first.is_voting, first.is_attacking, first.is_final) == (True, False, False)
    made.request.seen.set()
    shown = [result.outcomes[0].draws_left for result in results(made)]
    assert shown[-1] == 0
    assert shown == sorted(set(shown), reverse=True)


def test_a_vote_makes_way_for_newer_work() -> None:
    made = answer(scenario(draws=100), [], held=False)
    next(results(made))
    made.request.outdated.set()
    with pytest.raises(Dropped):
        made.advance()


def test_holding_holds_the_attack_and_not_the_vote() -> None:
    made = answer(replace(knowing(), draws=4), [], held=True)
    for step in (1, 2, 3):
        left = []
        for result in results(made):  # up to where the worker rests
            left.append(result.outcomes[0].draws_left)
            assert result.outcomes[0].position == (step, 3)
            if not result.is_voting:
                break
        assert (left[0], left[-1]) == (3, 0)
    last = [result.outcomes[0] for result in results(made)]
    assert {outcome.position for outcome in last} == {None}
    assert last[-1].draws_left == 0


def test_what_has_answered_is_given_up_at_any_point() -> None:
    log: list[str] = []
    made = answer(knowing("autoencoder", "randomization"), log)
    while made.advance() is None:
        pass
    made.request.outdated.set()
    log.clear()
    with pytest.raises(Dropped):
        made.advance()
    assert log == [CHECK]
