"""Where the classifier looks, for a result that is on screen: computed when asked for, behind everything newer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from advgui.columns import read_only
from advgui.errors import AdvguiError
from advgui.gui.networks import STANDARD
from advgui.gui.threads.live_answer import Result
from advgui.outcomes import Outcome
from advgui.pipeline import Pipeline
from advgui.types import CLEAN, FloatArray
from advgui.victim import Classifying

if TYPE_CHECKING:
    from advgui.models.activation_maps import ActivationMaps


@dataclass(frozen=True, eq=False)
class MapRequest:
    """A result whose maps are wanted.

    Attributes:
        result: What is on screen.
        outdated: Set by the GUI thread when something newer was asked for.
    """

    result: Result
    outdated: Event = field(default_factory=Event)


@dataclass(frozen=True, eq=False)
class MapsDrawn:
    """The maps of a result.

    Attributes:
        result: Whose.
        maps: For each outcome, by the key of each column, float32 (h, w): that of the predicted class, read-only.
    """

    result: Result
    maps: tuple[Mapping[str, FloatArray], ...]

    @property
    def largest(self) -> float:
        """The largest value of all, which sets the common scale."""
        return max(float(values.max()) for each in self.maps for values in each.values())


class MapWorker(QObject):
    """Computes maps on the TensorFlow thread. A request waits behind those for panels, and is dropped for a newer one.

    Args:
        network: Gives the pipeline of a network by its name in `advgui.gui.networks`; called on that thread alone.

    Signals:
        drawn: A `MapsDrawn`.
        failed: The error of a request, such as a classifier without such maps.
    """

    drawn = Signal(object)
    failed = Signal(object)

    def __init__(self, network: Callable[[str], Pipeline]) -> None:
        super().__init__()
        self._network = network
        self._known: dict[Classifying, ActivationMaps] = {}

    @Slot(object)
    def compute(self, request: MapRequest) -> None:
        """Compute the maps of a result, unless it is out of date."""
        result, found = request.result, []
        networks = result.networks or (STANDARD,) * len(result.outcomes)
        try:
            for name, outcome in zip(networks, result.outcomes, strict=True):
                maps: dict[str, FloatArray] = {}
                for key in outcome.images:
                    if request.outdated.is_set():
                        return
                    maps[key] = self._map(self._network(name), outcome, key)
                found.append(MappingProxyType(maps))
        except Exception as error:  # it goes to the user, whatever it was
            if not request.outdated.is_set():
                self.failed.emit(error)
            return
        self.drawn.emit(MapsDrawn(result, tuple(found)))

    def _map(self, pipeline: Pipeline, outcome: Outcome, key: str) -> FloatArray:
        procedure = pipeline.procedure(outcome.scenario.protocol)
        image = outcome.images[key][:1]
        fed = procedure.classified(image) if key == CLEAN else image
        return read_only(self._maps_of(procedure.classifier)(fed, outcome.predictions(key)[:1])[0])

    def _maps_of(self, classifier: Classifying) -> "ActivationMaps":
        if classifier not in self._known:
            from advgui.models.activation_maps import ActivationMaps  # TensorFlow, so on its thread alone
            from advgui.models.classifier import Classifier

            if not isinstance(classifier, Classifier):
                raise AdvguiError(
                    f"There is no map of where '{classifier.name}' looks: it is no network whose layers are known. "
                    "Expected a Keras model. Use the built-in classifier."
                )
            self._known[classifier] = ActivationMaps(classifier.model)
        return self._known[classifier]

    @Slot()
    def forget(self) -> None:
        """Let go of the networks on the thread that made them."""
        self._known.clear()
