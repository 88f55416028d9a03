"""Compare the noise of randomized smoothing on validation images; the default of `advgui certify` is from here.

    python -m tests.benchmarks.smoothing_noise [--every N] [--sigma S ...] [--classifier FILE] [--autoencoder FILE]

Prints, for each standard deviation, the certified accuracy at several L2 radii. The test set is not touched.
"""

import argparse
from collections import deque
from pathlib import Path

import numpy as np

from advgui.certification.run import begun, certify
from advgui.certification.smoothing import Smoothing
from advgui.data import cifar10
from advgui.models.loading import load_pipeline

SIGMAS = (0.06, 0.08, 0.1, 0.12, 0.15, 0.18, 0.25)
RADII = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=50, help="every so manyth validation image (default: %(default)s)")
    parser.add_argument("--sigma", type=float, nargs="+", default=SIGMAS)
    parser.add_argument("--classifier", type=Path, help="a file of your own in place of the bundled network")
    parser.add_argument("--autoencoder", type=Path, help="likewise")
    parser.add_argument("--without-autoencoder", action="store_true", help="nothing between noise and classifier")
    args = parser.parse_args()

    pipeline = load_pipeline(args.classifier, args.autoencoder)
    _, validation = cifar10.load_training()
    positions = np.arange(0, len(validation), args.every)
    print(f"{len(positions)} images; certified at radius {''.join(f'{radius:8g}' for radius in RADII)}  abstained")
    for sigma in args.sigma:
        start = begun(pipeline, validation, Smoothing(sigma, denoised=not args.without_autoencoder), positions)
        report = deque(certify(pipeline, validation, start), maxlen=1)[0].report
        shares = "".join(f"{report.certified(radius).accuracy:8.1%}" for radius in RADII)
        print(f"sigma {sigma:<26g}{shares}  {report.abstained / report.images:.1%}", flush=True)


if __name__ == "__main__":
    main()
