"""Marks the thumbnails of images that are fooled at the strength that is shown."""

from collections.abc import Hashable

from PySide6.QtCore import QObject, QPoint, QTimer, Slot

from advgui.gui.gallery.view import Gallery
from advgui.gui.networks import STANDARD
from advgui.gui.threads.live_answer import Result
from advgui.gui.threads.live_marks import Mark, MarkRequest
from advgui.gui.threads.live_runner import LiveRunner, Ready
from advgui.types import Scenario

_REST = 150  # ms after scrolling
_MOST = 60  # images at once; the others follow when these are seen
_KEPT = 50  # scenarios


class Marking(QObject):
    """Asks for the images that are seen, after each result, and keeps what it was told.

    Args:
        gallery: Whose thumbnails are marked.
        runner: Finds out, when there is nothing else to do.
        parent: Qt's owner.
    """

    def __init__(self, gallery: Gallery, runner: LiveRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gallery, self._runner = gallery, runner
        # By what is done, and then by image.
        self._known: dict[tuple[Scenario, str], dict[Hashable, bool]] = {}
        self._shown: tuple[Scenario, str] | None = None
        self._is_on, self._has_marks = True, False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REST)
        self._timer.timeout.connect(self._ask)
        gallery.view.verticalScrollBar().valueChanged.connect(self._timer.start)
        gallery.model.modelReset.connect(self._timer.start)
        runner.result.connect(self._on_result)
        runner.marked.connect(self._on_marked)
        runner.ready.connect(self._on_ready)

    @Slot(bool)
    def set_on(self, on: bool) -> None:
        """Mark thumbnails, or leave them alone."""
        self._is_on = on
        self._show()
        self._ask()

    @Slot(object)
    def _on_ready(self, _ready: Ready) -> None:
        self._known.clear()  # other networks
        self._shown = None
        self._show()

    @Slot(object)
    def _on_result(self, result: Result) -> None:
        if not result.is_final:
            return
        network = result.networks[0] if result.networks else STANDARD
        self._shown = result.outcomes[0].scenario.without_mitigations, network
        self._show()
        self._ask()

    @Slot()
    def _ask(self) -> None:
        """Ask for the thumbnails that are seen and of which nothing is known."""
        if self._shown is None or not self._is_on or not self._gallery.isVisible() or not self._runner.is_idle:
            return
        scenario, network = self._shown
        source, missing, known = self._gallery.source, [], self._known.get(self._shown, {})
        for row in self._rows_seen()[:_MOST]:
            place = int(self._gallery.model.places[row])
            key = self._key(place)
            if key not in known:
                missing.append((key, source.selection(place)))
        if missing and scenario.strength:
            self._runner.mark(MarkRequest(scenario, network, tuple(missing)))

    def _rows_seen(self) -> list[int]:
        view, model = self._gallery.view, self._gallery.model
        frame, rows = view.viewport().rect(), list[int]()
        first = max(view.indexAt(QPoint(frame.left() + 8, frame.top() + 8)).row(), 0)
        for row in range(first, model.rowCount()):
            if view.visualRect(model.index(row, 0)).top() > frame.bottom():
                break  # they stand in order
            rows.append(row)
        return rows

    def _key(self, place: int) -> Hashable:
        source = self._gallery.source
        name = source.dataset.name if source.dataset is not None else id(source.pictures[place])
        return name, source.index(place)

    @Slot(object)
    def _on_marked(self, mark: Mark) -> None:
        shown = mark.request.scenario, mark.request.network
        self._known.setdefault(shown, {})[mark.key] = mark.is_fooled
        for old in list(self._known)[:-_KEPT]:
            del self._known[old]
        self._show()

    def _show(self) -> None:
        known = {} if self._shown is None or not self._is_on else self._known.get(self._shown, {})
        if known or self._has_marks:  # while a slider is dragged, there are none
            self._has_marks = bool(known)
            self._gallery.model.set_fooled(lambda place: known.get(self._key(place), False))
