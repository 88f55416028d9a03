import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advgui.errors import AdvguiError
from advgui.training.loop import OneCycle, Trainer, cycles, train
from advgui.training.run import CHECKPOINT, HISTORY


class Adding(Trainer):
    """Adds what the generator draws to one weight: a training whose result is easy to follow."""

    metrics = ("drawn",)

    def __init__(self):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
        super().__init__(model, keras.optimizers.SGD(0.1), OneCycle(0.1), epochs=3, steps=4)

    def batches(self, epoch, generator):
        yield from ((generator.random(),) for _ in range(self.steps))

    def step(self, drawn):
        weight = self.model.trainable_variables[0]
        weight.assign_add(np.full(weight.shape, drawn, np.float32))
        return (drawn,)

    def validate(self):
        return {"weight": float(self.model.trainable_variables[0].numpy().sum())}


def _start(folder, stop_at=None, recipe=None):
    """Train, with Ctrl+C in some step; returns the final weight."""
    seen = []

    def report(progress):
        seen.append(progress)
        if len(seen) == stop_at:
            raise KeyboardInterrupt

    model, rows = train(Adding, recipe or {"seed": 5}, folder, report)
    return float(model.trainable_variables[0].numpy()[0, 0]), rows, seen


@pytest.mark.parametrize("stop_at", [1, 4, 5, 8, 12])
def test_a_stopped_run_ends_as_an_uninterrupted_one(tmp_path, stop_at):
    expected, rows, _ = _start(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _start(tmp_path / "stopped", stop_at)
    resumed, resumed_rows, seen = _start(tmp_path / "stopped")
    assert resumed == expected
    assert resumed_rows == rows
    # The epoch that was at work begins again, those before it do not.
    assert len(seen) == 12 - (stop_at - 1) // 4 * 4
    assert (tmp_path / "stopped" / HISTORY).read_text() == (tmp_path / "whole" / HISTORY).read_text()


def test_progress_counts_down_to_nothing(tmp_path):
    _, _, seen = _start(tmp_path)
    assert [(p.epoch, p.step) for p in seen] == [(e, s) for e in (1, 2, 3) for s in (1, 2, 3, 4)]
    assert seen[-1].seconds_left == 0
    assert all(p.seconds_left > 0 for p in seen[:-1])


def test_another_recipe_is_refused(tmp_path):
    _start(tmp_path)
    with pytest.raises(AdvguiError, match="other settings"):
        _start(tmp_path, recipe={"seed": 6})


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"not a zip"])
def test_a_damaged_checkpoint_is_refused_with_advice(tmp_path, damage):
    _start(tmp_path)
    path = tmp_path / CHECKPOINT
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(AdvguiError, match="Delete it to start"):
        _start(tmp_path)


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        _start(tmp_path, stop_at=5)
    kept = (tmp_path / CHECKPOINT).read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        _start(tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == kept
    assert {path.name for path in tmp_path.iterdir()} == {CHECKPOINT, HISTORY}


def test_the_rate_rises_then_falls_to_zero():
    rate = OneCycle(0.1, warmup=0.2)
    values = [rate(p / 100) for p in range(101)]
    assert max(values) <= 0.1
    assert np.argmax(values) in (19, 20, 21)
    assert values[-1] == 0
    assert all(np.diff(values[21:]) < 0)


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(1e-4, 0.1)), min_size=1, max_size=4))
def test_every_cycle_of_the_rate_rises_to_its_peak_and_falls_to_nothing(parts):
    total = sum(epochs for epochs, _ in parts)
    rate = cycles(parts, 0.1)
    start = 0
    for epochs, peak in parts:
        inside = np.linspace(start + epochs * 1e-6, start + epochs * (1 - 1e-6), 1001) / total
        rates = [rate(done) for done in inside]
        assert max(rates) == pytest.approx(peak, rel=0.02)
        assert np.argmax(rates) == pytest.approx(100, abs=2)
        assert rates[0] < 0.02 * peak
        assert abs(rates[-1]) < 1e-3 * peak
        start += epochs
    assert rate(1) == pytest.approx(0, abs=1e-9)
