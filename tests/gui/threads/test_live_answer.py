"""How long newer work has to wait for older: never for more than one pass through a network."""

from itertools import pairwise
from threading import Event

import numpy as np
import pytest

from advgui.defenses.autoencoder import Autoencoder
from advgui.gui.threads.live_answer import Answer, Dropped, Request
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
    batch = pipeline.prepare(chosen.pixels[np.newaxis], np.array([3]), np.array([0]))
    holding = Event()
    if held:
        holding.set()
    Recorded.log = log
    return Recorded(Request(1, chosen, (asked,)), batch, Event(), holding)


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
