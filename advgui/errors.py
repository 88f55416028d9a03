"""The errors that carry a message for the user.

Every text says what was given, what was expected and what to do about it.
"""


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
