"""A thread with an event loop that Python code may rely on."""

from PySide6.QtCore import QDeadlineTimer, QThread
from typing_extensions import override


class WorkerThread(QThread):
    """Runs an event loop in one Python thread state, from its start to its end.

    A plain QThread gives every slot a state of its own and frees it afterwards. Thread-local values would not last from
    one slot to the next, where Keras and TensorFlow keep theirs; and TensorFlow's bindings (pybind11) remember the
    state in which they last took the interpreter's lock, so that a later slot would crash the process.
    """

    @override
    def run(self) -> None:
        """Process events until `quit`."""
        self.exec()

    def wait_for_end(self, deadline: QDeadlineTimer | None) -> bool:
        """Wait for the end of a thread that was asked to end.

        Args:
            deadline: How long; for ever if None.

        Returns:
            Whether it has ended. A thread that has not may not be destroyed, so the process has to leave without it.
        """
        return self.wait() if deadline is None else self.wait(deadline)
