"""Whether the process may use enough memory for TensorFlow, which without it aborts where no error can be caught."""

import sys

from advgui.errors import AdvguiError

# Of addresses, which are more than the memory that is filled: TensorFlow, the bundled networks and their compilation.
NEEDED = 2_400_000_000


def check_address_space() -> None:
    """Hold the limit of the process' addresses, where the system has one, against what TensorFlow needs.

    Raises:
        AdvguiError: It is lower.
    """
    if sys.platform == "win32":
        return
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY and limit < NEEDED:
        raise AdvguiError(
            f"This process may use {limit / 1e9:.1f} GB of addresses, expected at least {NEEDED / 1e9:.1f} GB for "
            "TensorFlow. Raise the limit (ulimit -v unlimited) and start again."
        )
