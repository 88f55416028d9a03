"""Weights files in several layouts of HDF5, and the same with some of their bytes changed."""

import io

import h5py
import numpy as np

LAYOUTS = ("earliest", "latest", "creation order", "chunked")


def weights(layout: str) -> bytes:
    """Return a file with the weights of `tests.tiny`'s classifier, as Keras arranges them, in a layout.

    Args:
        layout: One of `LAYOUTS`.
    """
    file = io.BytesIO()
    version = "earliest" if layout == "earliest" else "latest"
    with h5py.File(file, "w", libver=version, track_order=layout == "creation order") as root:
        random = np.random.default_rng(0)
        for name, shapes in (
            ("normalization", [(3,), (3,), ()]),
            ("conv2d", [(3, 3, 3, 8), (8,)]),
            ("dense", [(8, 10), (10,)]),
            *((f"activation_{n}", []) for n in range(12)),  # more links than fit into a header
        ):
            track = {"track_order": layout == "creation order"}
            group = root.create_group(f"layers/{name}", **track).create_group("vars", **track)
            group.attrs["name"] = name
            for number, shape in enumerate(shapes):
                packing = {"chunks": shape, "compression": "gzip"} if layout == "chunked" and shape else {}
                group.create_dataset(str(number), data=random.random(shape, np.float32), **packing)
    return file.getvalue()


def damaged(content: bytes, seed: int) -> bytes:
    """Return a file with one to eight bytes changed; the numbers themselves are spared as far as they are together."""
    random = np.random.default_rng(seed)
    changed = bytearray(content)
    for place in random.integers(0, len(changed), random.integers(1, 9)):
        changed[place] = random.choice([0, 1, 0x7F, 0x80, 0xFF, int(random.integers(256))])
    return bytes(changed)
