"""The evaluations and certifications that come with the program."""

from pathlib import Path
from typing import NamedTuple

from advgui import resources


class Shipped(NamedTuple):
    """An evaluation or a certification in the folder `trained`.

    Attributes:
        name: Of its file, without ".json".
        title: What it is, for people.
    """

    name: str
    title: str

    @property
    def path(self) -> Path:
        """Where it is, if it is there."""
        return resources.trained() / f"{self.name}.json"


EVALUATIONS = (
    Shipped("evaluation", "noise and FGSM, all 10,000 test images"),
    Shipped("matrix", "what the attacker knows, 1,000 test images"),
    Shipped("robust", "adversarially trained classifier, 1,000 test images"),
)
CERTIFICATIONS = (Shipped("certified", "sigma 0.18 through the denoiser, 500 test images"),)
