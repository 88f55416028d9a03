"""The controls and the image as they were when the window was closed last."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Slot

from advgui.attacks import ATTACKS
from advgui.certification.smoothing import Smoothing
from advgui.gui import settings
from advgui.gui.gallery.view import Gallery
from advgui.gui.session import START, DemoState, Session
from advgui.gui.settings import Settings
from advgui.scenarios import scenario
from advgui.types import Scenario

_log = logging.getLogger(__name__)


def as_mapping(state: DemoState) -> dict[str, Any]:
    """Return a state as plain data, for `from_mapping`: a scenario for each attack whose settings are not usual."""
    named = dict.fromkeys((*state.attacks, *(name for name in state.settings if name in ATTACKS)))
    return {
        "attacks": list(state.attacks),
        "scenarios": [
            json.loads(
                scenario(
                    name,
                    state.strength_of(name),
                    dict(list(state.settings_of(name).items())[1:]),
                    chain=state.fitting_chain(),
                    protocol=state.protocol,
                    seed=state.seed,
                    draws=state.draws,
                    rule=state.rule,
                ).to_json()
            )
            for name in named
        ],
        "attacker": {"knows": list(state.attacker_knows), "draws": state.attacker_draws, "target": state.target},
        "twin": state.twin,
        "wide": list(state.wide),
        "networks": list(state.networks),
        "smoothing": {
            "on": state.is_smoothed,
            "sigma": state.smoothing.sigma,
            "copies": state.smoothing.estimating,
            "denoised": state.smoothing.denoised,
        },
    }


def from_mapping(stored: Mapping[str, Any]) -> DemoState:
    """Return the state that `as_mapping` wrote; what belongs to plug-ins that are not there is left out.

    Raises:
        ValueError: It is none.
    """
    try:
        scenarios = [Scenario.from_json(json.dumps(each)) for each in stored["scenarios"]]
        attacker = stored["attacker"]
        known = {each.attack.name: each.attack.settings for each in scenarios if each.attack.name in ATTACKS}
        attacks = tuple(name for name in stored["attacks"] if name in known)
        first, smoothing = scenarios[0], stored["smoothing"]
        target = attacker["target"]
        state = DemoState(
            attacks=attacks or DemoState().attacks,
            settings=MappingProxyType(known),
            chain=first.chain,
            protocol=first.protocol,
            seed=first.seed,
            attacker_knows=tuple(map(str, attacker["knows"])),
            attacker_draws=int(attacker["draws"]),
            target=None if target is None else int(target),
            draws=first.draws,
            rule=first.rule,
            twin=bool(stored["twin"]),
            wide=tuple(map(str, stored["wide"])),
            networks=tuple(map(str, stored["networks"])),
            is_smoothed=bool(smoothing["on"]),
            smoothing=Smoothing(
                sigma=float(smoothing["sigma"]),
                estimating=int(smoothing["copies"]),
                denoised=bool(smoothing["denoised"]),
            ),
        )
        state.scenarios()  # whatever cannot be computed is no state
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"these are not controls: {error}") from error
    return state


class Remembered(QObject):
    """Puts controls and image back as they were, and keeps them; at the first start nothing is attacked yet.

    Args:
        session: The single source of truth.
        gallery: Shows the image.
        store: Where both are kept.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, gallery: Gallery, store: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._gallery, self._store = session, gallery, store

    def restore(self) -> None:
        """Put both back; there is nothing to undo then."""
        stored = self._store.get(settings.CONTROLS)
        state = START
        if stored:
            try:
                state = from_mapping(stored)
            except ValueError as error:
                _log.info("The controls are not as they were: %s.", error)
        # A target belongs to the classes of a classifier, and it is the bundled one that is loaded.
        count = len(self._session.class_names)
        target = state.target if state.target is not None and 0 <= state.target < count else None
        self._session.begin(replace(state, target=target))
        title, _, index = self._store.get(settings.IMAGE).rpartition(" ")
        if title and index.isdecimal():
            self._gallery.wish(title, int(index))

    @Slot()
    def keep(self) -> None:
        """Keep both."""
        self._store.set(settings.CONTROLS, as_mapping(self._session.state))
        shown = self._gallery.place_shown()
        self._store.set(settings.IMAGE, "" if shown is None else f"{shown[0]} {shown[1]}")
