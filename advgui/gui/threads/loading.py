"""What the TensorFlow thread loads at first: TensorFlow, the networks, and what is told of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

from advgui import paper, resources
from advgui.attacks import Loss
from advgui.data.cifar10 import CLASS_NAMES
from advgui.defenses import Defense
from advgui.errors import ModelFileError
from advgui.gui import session
from advgui.gui.networks import ROBUST, STANDARD
from advgui.images import TRAINED_SIDE
from advgui.memory import check_address_space
from advgui.models import cards
from advgui.models.archive import ModelFile
from advgui.pipeline import Pipeline, warm_up
from advgui.scenarios import attack_label, scenario, without
from advgui.types import PAPER_CHAIN, ProtocolName, Scenario


@dataclass(frozen=True)
class Ready:
    """What can be computed, told when loading ends.

    Attributes:
        device: Where, "CPU" or "GPU: ...".
        class_names: Of the classifier.
        protocols: Those whose networks are there.
        path: Of the user's own classifier; None for the bundled one.
        trained_side: Longest side in pixels of the pictures that it learned from.
        problem: Why there is no autoencoder, or None where there is one.
        networks: What can be attacked, by the names in `advgui.gui.networks`.
        files: SHA-256 of the networks' files at work, by what they do.
    """

    device: str
    class_names: tuple[str, ...]
    protocols: tuple[ProtocolName, ...]
    path: Path | None = None
    trained_side: int = TRAINED_SIDE
    problem: Exception | None = None
    networks: tuple[str, ...] = (STANDARD,)
    files: tuple[tuple[str, str], ...] = ()

    @property
    def classifier(self) -> str:
        """The name of the user's own classifier; "" for the bundled one."""
        return "" if self.path is None else self.path.stem

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the mitigations whose networks are not there."""
        return () if self.problem is None else ("autoencoder",)

    def possible(self, scenario: Scenario, network: str = STANDARD) -> Scenario:
        """Return what of a scenario can be computed with one of these networks (see `session.possible`)."""
        protocols = self.protocols if network == STANDARD else (ProtocolName.CORRECTED,)
        return session.possible(scenario, protocols, self.missing)


@dataclass(frozen=True)
class Loaded:
    """What a load function returns.

    Attributes:
        pipeline: Warmed up.
        device: Where it computes, "CPU" or "GPU: ...".
        path: Of the user's own classifier; None for the bundled one.
        trained_side: Longest side in pixels of the pictures that it learned from.
        problem: Why there is no autoencoder, or None where there is one.
        later: Goes on warming up, a piece at a time; taken when nothing else is to be done.
        others: Load other networks that can be attacked beside this one, by their name in `advgui.gui.networks`.
        denoiser: Loads, when first called, what restores noisy copies before they vote.
    """

    pipeline: Pipeline
    device: str
    path: Path | None = None
    trained_side: int = TRAINED_SIDE
    problem: Exception | None = None
    later: Iterator[object] = field(default_factory=lambda: iter(()))
    others: Mapping[str, Callable[[], Pipeline]] = field(default_factory=lambda: MappingProxyType({}))
    denoiser: Callable[[], Defense] | None = None

    @property
    def ready(self) -> Ready:
        """What is told of it."""
        return Ready(
            self.device,
            self.pipeline.classifier.class_names,
            tuple(self.pipeline.procedures),
            self.path,
            self.trained_side,
            self.problem,
            (STANDARD, *self.others),
            _files(self.pipeline),
        )


Tell = Callable[[str], None]
Load = Callable[[Tell], Loaded]


def _files(pipeline: Pipeline) -> tuple[tuple[str, str], ...]:
    """Return the SHA-256 of the networks' files, by what they do."""
    autoencoder = pipeline.procedure(ProtocolName.CORRECTED).defense("autoencoder", "")
    files = [("classifier", pipeline.classifier.sha256)]
    if autoencoder is not None and autoencoder.file is not None:
        files.append(("autoencoder", autoencoder.file.sha256))
    return tuple((role, digest) for role, digest in files if digest)


def load_pipeline(tell: Tell, classifier: ModelFile | None = None) -> Loaded:
    """Import TensorFlow, open the networks and warm them up; on the TensorFlow thread alone.

    Args:
        tell: Called with what is being loaded.
        classifier: The user's own classifier in place of the bundled one, admitted by `advgui.models.quarantine`.

    Raises:
        AdvguiError: TensorFlow cannot be loaded.
        ModelFileError: The classifier is missing, damaged or foreign.
        Cancelled: The window was closed; `tell` says so.
    """
    tell("Loading TensorFlow")
    check_address_space()
    without_import_inspection()
    from advgui.models import loading
    from advgui.models.classifier import device_name

    tell("Loading the networks")
    problem: ModelFileError | None = None
    try:
        pipeline = loading.load_pipeline(classifier)
    except ModelFileError as error:
        # Without the classifier there is nothing, and this fails too; without the autoencoder there is much.
        pipeline, problem = loading.load_without_autoencoder(classifier), error
    chain = PAPER_CHAIN if problem is None else without(PAPER_CHAIN, "autoencoder")
    # They need all that is compiled: the classifier, its gradient, and the autoencoder.
    for text in warm_up(
        pipeline, {f"Preparing {attack_label(name)}": scenario(name, chain=chain) for name in paper.FIGURES}
    ):
        tell(text)
    # What only some attackers need: the gradient through the autoencoder, and that of the margin.
    known = tuple(link.name for link in chain if link.on)
    later = warm_up(
        pipeline,
        {
            loss: scenario("pgd", settings={"steps": 1, "loss": loss}, chain=chain, attacker_knows=known)
            for loss in (Loss.CROSS_ENTROPY, Loss.MARGIN)
        },
    )
    others = {}
    if pipeline.classifier.class_names == CLASS_NAMES:  # side by side, the same classes have to be told apart
        others[ROBUST] = partial(loading.load_beside, pipeline, "robust-classifier")
    denoiser = cache(partial(loading.load_autoencoder, resources.trained() / "denoiser.keras"))
    if classifier is None:
        return Loaded(pipeline, device_name(), problem=problem, later=later, others=others, denoiser=denoiser)
    path = classifier.path
    return Loaded(pipeline, device_name(), path, cards.trained_side(path), problem, later, others, denoiser)


def without_import_inspection() -> None:
    """Keep PySide6 from reading the source of every module that is imported, which doubles TensorFlow's import time.

    It looks for modules that use its `snake_case` feature; nothing here does.
    """
    with suppress(Exception):  # private to PySide6, so it may change; then the import is slow, no more
        import shibokensupport.feature as feature

        if hasattr(feature, "_mod_uses_pyside"):
            feature._mod_uses_pyside = lambda _module: False
