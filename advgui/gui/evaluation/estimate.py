"""How long an evaluation is going to take, said before it is begun."""

from advgui import foreign_code
from advgui.cluster.evaluating import ClusterProgress
from advgui.evaluation.effort import expected, passes
from advgui.evaluation.plan import Plan
from advgui.evaluation.run import Progress
from advgui.gui import settings
from advgui.gui.settings import Settings
from advgui.outcomes import Effort
from advgui.text import duration

_PATIENCE = 0.2  # seconds for a plug-in to say how many steps it has
LONG = 600  # seconds


class Estimate:
    """Knows from the last evaluation how fast this computer is, and from a plan how much there is to do.

    Args:
        store: Remembers the speed.
    """

    def __init__(self, store: Settings) -> None:
        self._store = store

    def learn(self, plan: Plan, step: Progress) -> None:
        """Measure the window's own speed: where an evaluation of a plan stands, the further the better."""
        if not isinstance(step, ClusterProgress) and step.total and step.images_per_second:
            an_image = passes(_effort(plan, step.total)) / step.total
            self._store.set(settings.EVALUATION_SPEED, an_image * step.images_per_second)

    def seconds(self, plan: Plan, images: int) -> float | None:
        """Return about how long a plan takes; None if nothing was measured on this computer yet."""
        speed = self._store.get(settings.EVALUATION_SPEED)
        return passes(_effort(plan, images)) / speed if speed > 0 else None

    def text(self, plan: Plan, images: int) -> str:
        """Return how much there is to do, and how long it takes, in a sentence or two.

        Raises:
            PluginError: An attack from a plug-in does not say how many steps it has.
        """
        effort, seconds = _effort(plan, images), self.seconds(plan, images)
        amount = f"{effort.gradients:,} gradients and {effort.queries:,} predictions"
        if seconds is None:
            return f"{amount}. How long that takes here is known once an evaluation has run."
        return f"{amount}: about {duration(seconds)} on this computer."


def _effort(plan: Plan, images: int) -> Effort:
    with foreign_code.limited(_PATIENCE):
        return expected(plan, images)
