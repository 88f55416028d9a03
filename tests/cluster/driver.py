"""A driver that keeps its partial result after every shard, to be killed: `python -m tests.cluster.driver FILE`."""

import sys
import warnings
from pathlib import Path

from advgui.cluster import engine
from advgui.cluster.evaluating import evaluate_on
from advgui.files import write_atomically
from advgui.reports.storage import to_json
from tests import toy
from tests.cluster import sources
from tests.cluster.test_cluster import first_report, order_of


def main(path: Path) -> None:
    """Evaluate the toy images on two workers."""
    warnings.simplefilter("ignore")  # Ray's own
    pipeline = toy.pipeline()
    with engine.opened(engine.LOCAL, workers=2) as workers:
        order = order_of(sources.Toy(), pipeline)
        for progress in evaluate_on(workers, order, toy.data(), first_report(pipeline), 2):
            write_atomically(path, to_json(progress.report))
            print(progress.done, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
