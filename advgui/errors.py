"""The errors that carry a message for the user.

Every text says what was given, what was expected and what to do about it.
"""

from pathlib import Path


class AdvguiError(Exception):
    """An error whose text can be shown to the user as it is."""


class UsageError(AdvguiError):
    """The arguments of a command do not fit together, or are out of their range."""


class DataError(AdvguiError):
    """A data set is missing, incomplete, damaged or foreign."""


class PictureError(AdvguiError):
    """A picture cannot be read, or is not one."""


class ModelFileError(AdvguiError):
    """A model file is missing, damaged, foreign or unsafe to open."""


class Cancelled(AdvguiError):
    """Long work was stopped on request; what it had saved is kept."""


class ContractError(AdvguiError):
    """An attack or a mitigation did not keep to its contract; the text names it and what it broke."""


class PluginError(AdvguiError):
    """A plug-in cannot be loaded, or its code went wrong; the text names file, line and reason.

    Args:
        text: For the user.
        path: The plug-in's file.
        line: In it, from 1; None where it is none in particular.
    """

    def __init__(self, text: str, path: Path, line: int | None = None) -> None:
        super().__init__(text)
        self.path, self.line = path, line
