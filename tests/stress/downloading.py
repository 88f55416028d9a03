"""Downloads a small archive in a process of its own: `python -m tests.stress.downloading FOLDER URL EACH`.

Says something whenever the program asks whether to stop, so that it can be killed there.
"""

import sys
from pathlib import Path

import pytest

from advgui.data import cifar10, download
from advgui.errors import DataError
from tests.downloads import small_archive


def should_stop() -> bool:
    print("at work", flush=True)
    return False


def main(folder: Path, url: str, each: int) -> int:
    """Return 0 when the data set is there, 1 after an error for the user."""
    with pytest.MonkeyPatch.context() as patch:
        archive = small_archive(patch, each)
        patch.setattr(cifar10, "_BLOCK", 50_000)
        patch.setattr(download, "_PAUSE", 0)
        try:
            download.download(folder, should_stop=should_stop, urls=[url], archive=archive)
        except DataError as error:
            print(error)
            return 1
    print("done")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
