"""AdvGUI shows what adversarial examples do to an image classifier, and what two mitigations do about it."""

__version__ = "0.1.0"
