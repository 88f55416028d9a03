"""Batch files of noise, in the format of CIFAR-10."""

import gzip
import io
import struct
import tarfile

import numpy as np

from advgui.data import cifar10

HEADER = b"\x80\x02"


def batch(pixels: bytes, labels: list[int]) -> bytes:
    """A batch file as the official ones are: pickled by Python 2."""

    def text(content: bytes) -> bytes:
        return b"U" + bytes([len(content)]) + content

    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    kind = (
        b"cnumpy\ndtype\n"
        + text(b"u1")
        + b"K\0K\1\x87R(K\3"
        + text(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    )
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + text(b"b") + b"\x87R(K\1M"
        + struct.pack("<H", len(labels)) + b"M\0\x0c\x86" + kind + b"\x89T" + struct.pack("<i", len(pixels)) + pixels
        + b"tb"
    )  # fmt: skip
    return HEADER + b"}(" + text(b"labels") + numbers + text(b"data") + array + b"u."


EACH = 40  # images in a batch file of noise


def pixels_of(seed: int, count: int = EACH) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)


def archive_of(contents: dict[str, bytes]) -> bytes:
    """The same bytes at any time and in any process."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(f"{cifar10.FOLDER}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(file.getvalue(), 0, mtime=0)
