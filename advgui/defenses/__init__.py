"""The mitigations, by name. A new mitigation is a new file in this folder, and nothing else.

The networks belong to the protocol: the autoencoder in this registry is one without its network.
"""

from advgui.defenses.base import Defense, Step
from advgui.defenses.network import NetworkDefense
from advgui.registry import bundled

DEFENSES: dict[str, Defense] = bundled(__name__, __path__, Defense, first=("autoencoder", "randomization"))

__all__ = ["DEFENSES", "Defense", "NetworkDefense", "Step"]
