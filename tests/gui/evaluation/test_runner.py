"""The state of an evaluation without its dialog."""

import pytest
from pytestqt.qtbot import QtBot

from advgui.data import cifar10
from advgui.evaluation.plan import Plan
from advgui.gui.evaluation import jobs
from advgui.gui.evaluation.runner import JobRunner
from advgui.gui.threads.live_runner import LiveRunner
from advgui.reports import storage
from tests import toy
from tests.gui.evaluations import held, is_partial

PLAN = Plan.of(attacks=("fgsm",), stop=20)


def start(evaluation: JobRunner, plan: Plan) -> bool:
    samples = cifar10.load_samples()
    return evaluation.start(samples, jobs.evaluation(samples, plan))


@pytest.fixture
def evaluation(qtbot: QtBot, tiny_runner: LiveRunner) -> JobRunner:
    return JobRunner(tiny_runner)


def test_it_runs_to_its_end(qtbot: QtBot, evaluation: JobRunner) -> None:
    ended: list[str] = []
    evaluation.ended.connect(ended.append)
    with qtbot.waitSignal(evaluation.ended):
        assert start(evaluation, PLAN)
        assert evaluation.is_running
    assert ended == ["Done"]
    assert not evaluation.is_running
    assert evaluation.own_report is evaluation.report
    assert evaluation.report is not None
    assert evaluation.report.complete


def test_the_last_result_stays_until_the_next_has_begun_and_what_was_counted_after_a_cancel(
    qtbot: QtBot, evaluation: JobRunner, tiny_runner: LiveRunner
) -> None:
    opened = toy.made_up(5)
    evaluation.open(opened)
    assert (evaluation.report, evaluation.own_report, evaluation.dataset) == (opened, None, None)
    samples = cifar10.load_samples()

    def begin() -> None:
        evaluation.start(samples, jobs.evaluation(samples, PLAN))
        assert evaluation.report is opened

    with held(qtbot, tiny_runner, begin, is_partial):
        evaluation.cancel()
    assert not evaluation.is_running
    assert evaluation.dataset is samples
    counted = evaluation.own_report
    assert counted is not None
    assert 0 < counted.images < 20
    # Nothing more is told of it.
    with qtbot.waitSignal(evaluation.ended):
        evaluation.start(samples, jobs.evaluation(samples, PLAN))
    assert evaluation.report is not None
    assert storage.from_json(storage.to_json(evaluation.report)).complete


def test_a_pause_holds_it(qtbot: QtBot, evaluation: JobRunner, tiny_runner: LiveRunner) -> None:
    with held(qtbot, tiny_runner, lambda: start(evaluation, PLAN)):
        evaluation.pause(True)
    assert evaluation.is_running
    with qtbot.waitSignal(evaluation.ended):
        evaluation.pause(False)


def test_an_error_ends_it_with_the_reason(qtbot: QtBot, evaluation: JobRunner) -> None:
    with qtbot.waitSignals([evaluation.ended, evaluation.failed]):
        start(evaluation, Plan.of(attacks=("fgsm",), stop=21))  # there are twenty
    assert not evaluation.is_running
    assert evaluation.own_report is None
