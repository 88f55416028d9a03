"""Writes two files in turn over one another, until it is killed: `python -m tests.gui.stress.killed KIND FOLDER`."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

Write = Callable[[int], object]


def checkpoint(folder: Path) -> tuple[Path, Write]:
    """A training run; the kill may also fall between its two files."""
    from advgui.training.run import CHECKPOINT, Run

    class Variable:
        def __init__(self, value: int) -> None:
            self.value = value

        def numpy(self) -> np.ndarray:
            return np.full((200, 200), self.value, np.float32)

    def write(turn: int) -> None:
        run = Run(folder, {"seed": 0})
        run.rows.clear()
        run.save({"epoch": turn + 1.0}, [Variable(turn)])

    return folder / CHECKPOINT, write


def card(folder: Path) -> tuple[Path, Write]:
    """A model card."""
    from advgui.models import cards

    model = folder / "net.keras"

    def write(turn: int) -> None:
        card = cards.Card(
            name="net", sha256=f"{turn}" * 64, date="2026-01-31", parameters=turn, data={}, metrics={}, seed=0,
            recipe={f"{n}": turn for n in range(500)}, commands=(), history="net.csv", history_rows=1,
        )  # fmt: skip
        cards.write(model, card)

    return cards.path_for(model), write


def settings(folder: Path) -> tuple[Path, Write]:
    """The settings file, which Qt writes."""
    from PySide6.QtCore import QSettings

    from advgui.gui.settings import FOLDER, Settings

    path = folder / "settings.ini"

    def write(turn: int) -> None:
        store = Settings(QSettings(str(path), QSettings.Format.IniFormat))
        store.set(FOLDER, "ab"[turn] * 50_000)
        store.store.sync()

    return path, write


def exported(folder: Path, suffix: str) -> tuple[Path, Write]:
    """What the evaluation dialog exports as text."""
    from advgui.gui.evaluation.exports import of_evaluations
    from advgui.gui.widgets import export
    from advgui.reports import storage

    path = folder / f"evaluation.{suffix}"
    reports = [storage.load(folder.parent / f"{turn}.json") for turn in (0, 1)]
    text = of_evaluations(lambda: ()).texts[suffix][1]
    return path, lambda turn: export.save(path, lambda: text(reports[turn]), None, lambda _: None, _raise)


def _raise(error: Exception) -> None:
    raise error


def figure(folder: Path, kind: str) -> tuple[Path, Write]:
    """A figure that the window exports. It is drawn once, or most kills would fall into the drawing."""
    from advgui.figures.strength import strength_figure
    from advgui.gui.widgets import export
    from advgui.reports import storage

    path = folder / f"figure.{kind}"
    drawn = [strength_figure(storage.load(folder.parent / f"{turn}.json")).file(kind) for turn in (0, 1)]

    return path, lambda turn: export.save(path, lambda: drawn[turn], None, lambda _: None, _raise)


KINDS: dict[str, Callable[[Path], tuple[Path, Write]]] = {
    "checkpoint": checkpoint,
    "card": card,
    "settings": settings,
    **{suffix: (lambda folder, suffix=suffix: exported(folder, suffix)) for suffix in
       ("csv", "json", "md", "tex")},
    **{kind: (lambda folder, kind=kind: figure(folder, kind)) for kind in ("png", "svg", "pdf")},
}  # fmt: skip


def main(kind: str, folder: Path) -> None:
    """Write both files in turn, for ever."""
    _, write = KINDS[kind](folder)
    for turn in itertools.cycle((0, 1)):
        write(turn)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
