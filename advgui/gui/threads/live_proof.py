"""A vote over noisy copies of the image at work, which grows when there is nothing else to compute."""

import logging
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass

import numpy as np

from advgui.certification.bounds import Certificate, certificate
from advgui.certification.smoothing import Smoothed, Smoothing, Vote
from advgui.gui.session import Selection
from advgui.images import TRAINED_SIDE
from advgui.types import IntArray

_log = logging.getLogger(__name__)

# Copies of a step, for an image of the usual size: few, so that nothing waits long for it.
_STEP = 10
_KEPT = 200  # votes on images and settings that were looked at before


@dataclass(frozen=True, eq=False)
class Proof:
    """What the votes on an image say so far.

    Attributes:
        number: Of the newest request.
        selection: The image.
        network: Which classifier votes.
        smoothing: How copies are made, counted and judged.
        choosing: int64 (classes,), votes so far that choose the class.
        estimating: int64 (classes,), votes so far that bound its share.
        problem: Why there is no vote; "" where there is one.
    """

    number: int
    selection: Selection
    network: str
    smoothing: Smoothing
    choosing: IntArray
    estimating: IntArray
    problem: str = ""

    @property
    def chosen(self) -> int:
        """How many copies have voted on the class."""
        return int(self.choosing.sum())

    @property
    def counted(self) -> int:
        """How many copies bound the share of the class that was chosen."""
        return int(self.estimating.sum())

    @property
    def is_complete(self) -> bool:
        """Whether all copies have voted: before, what it says is provisional."""
        return self.counted == self.smoothing.estimating

    @property
    def certificate(self) -> Certificate | None:
        """What is proven, once a copy has been counted; nobody may rely on it before the vote is complete.

        To look at a bound again and again, and to stop when it pleases, breaks its confidence.
        """
        if not self.counted:
            return None
        return certificate(self.choosing, self.estimating, self.smoothing.sigma, self.smoothing.alpha)


class Proofs:
    """Counts the votes that are wanted, and keeps those of before: a vote that was left goes on where it was."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Count] = {}
        self._wanted: _Count | None = None

    def want(
        self,
        number: int,
        selection: Selection,
        network: str,
        smoothing: Smoothing,
        smoothed: Callable[[Smoothing], Smoothed],
    ) -> Proof:
        """Say which vote is to grow from now on.

        Args:
            number: Of the request.
            selection: The image.
            network: Which classifier votes.
            smoothing: How copies are made, counted and judged.
            smoothed: Returns the classifier that votes; called when the first copy is due.

        Returns:
            What is known already.
        """
        key: Hashable = selection, network, smoothing
        count = self._wanted = self._kept.pop(key, None) or _Count(selection, network, smoothing, smoothed)
        self._kept[key] = count  # last, because it is the newest
        for old in list(self._kept)[:-_KEPT]:
            del self._kept[old]
        count.number = number
        return count.proof

    @property
    def is_counting(self) -> bool:
        """Whether copies are missing in what is wanted."""
        return self._wanted is not None and self._wanted.is_going

    def rest(self) -> None:
        """Count nothing until something is wanted again."""
        self._wanted = None

    def advance(self) -> Proof | None:
        """Count a few more copies; return what the votes say now."""
        return self._wanted.advance() if self._wanted is not None else None


class _Count:
    """One vote at work."""

    def __init__(
        self, selection: Selection, network: str, smoothing: Smoothing, smoothed: Callable[[Smoothing], Smoothed]
    ) -> None:
        self.number = 0
        self.is_going = True
        self._selection, self._network, self._smoothing, self._smoothed = selection, network, smoothing, smoothed
        none = np.zeros(0, np.int64)
        self._votes: dict[Vote, IntArray] = {Vote.CHOOSING: none, Vote.ESTIMATING: none}
        self._problem = ""
        self._steps = self._count()

    @property
    def proof(self) -> Proof:
        return Proof(
            self.number,
            self._selection,
            self._network,
            self._smoothing,
            self._votes[Vote.CHOOSING],
            self._votes[Vote.ESTIMATING],
            self._problem,
        )

    def advance(self) -> Proof:
        try:
            next(self._steps)
        except StopIteration:
            self.is_going = False
        except Exception as error:  # the panels go on without a proof
            _log.warning("There is no proof: %s", error)
            self.is_going, self._problem = False, str(error)
        return self.proof

    def _count(self) -> Generator[None, None, None]:
        target = self._smoothed(self._smoothing)
        classes = len(target.classifier.class_names)
        self._votes = {vote: np.zeros(classes, np.int64) for vote in Vote}
        pixels = self._selection.pixels
        step = max(_STEP * TRAINED_SIDE**2 // (pixels.shape[0] * pixels.shape[1]), 1)
        for vote in Vote:
            for copies in target.noisy(pixels, self._selection.index, vote):
                for start in range(0, len(copies), step):
                    found = target.classified(copies[start : start + step])
                    self._votes[vote] = self._votes[vote] + np.bincount(found, minlength=classes)
                    if vote is Vote.ESTIMATING and self._votes[vote].sum() == self._smoothing.estimating:
                        return
                    yield
