"""Batch files are decoded; every other pickle is refused before any of it runs."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from advgui.data import cifar10_batch
from advgui.errors import DataError
from tests.batches import HEADER, batch, pixels_of


class Evil:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


GOOD = batch(bytes(3072 * 10_000), [0] * 10_000)


def test_a_batch_file_is_decoded() -> None:
    images, labels = cifar10_batch.decode(batch(pixels_of(3, 10_000).tobytes(), [9] * 10_000), "x")
    assert_array_equal(images, pixels_of(3, 10_000).transpose(0, 2, 3, 1))
    assert images.flags.c_contiguous
    assert (labels == 9).all()
    assert labels.dtype == np.int64


REDUCED = b"cnumpy\nndarray\n"
MALICIOUS = {
    "os.system": pickle.dumps(Evil(os.system, "touch owned"), 2),
    "newer": pickle.dumps(Evil(os.system, "touch owned"), 4),
    "eval": pickle.dumps({b"data": Evil(eval, "open('owned', 'w')")}, 2),
    "text protocol": b"cos\nsystem\n(S'touch owned'\ntR.",
    "INST": b"(S'touch owned'\nios\nsystem\n.",
    "another function of NumPy": b"cnumpy\nload\nU\5owned\x85R.",
    "by a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x0dndarray.tofile\x93.",
    "a huge array": HEADER + REDUCED + b"J\xff\xff\xff\x7f\x85R.",
    "a huge string": HEADER + b"T\xff\xff\xff\x7fabc.",
    "a huge number": HEADER + b"\x8b\xff\xff\xff\x7fabc.",
    "objects in an array": GOOD.replace(b"U\2u1", b"U\2O8"),
    "by columns": GOOD.replace(b"\x89T", b"\x88T"),
    "writes to a class": HEADER + REDUCED + b"}U\x08__init__Nsb.",
    "writes slots of a class": HEADER + REDUCED + b"N}(U\x08__init__Nu\x86b.",
    "persistent object": HEADER + b"U\5ownedQ.",
    "extension registry": HEADER + b"\x82\1.",
    "nothing": b"",
    "no end": GOOD[:-1],
    "underflow": HEADER + b"R.",
    "not a dictionary": HEADER + b"K\1.",
    "no labels": HEADER + b"}.",
    "too few": batch(bytes(3072 * 10), [0] * 10),
    "a label of 10": batch(bytes(3072 * 10_000), [0] * 9_999 + [10]),
    "labels of text": GOOD.replace(b"](" + b"K\0" * 10_000 + b"e", b"](" + b"U\x010" * 10_000 + b"e"),
    "fewer labels than images": GOOD.replace(b"](K\0", b"]("),
}


@pytest.mark.parametrize("kind", MALICIOUS)
def test_foreign_pickles_are_refused_behind_the_checksum(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert kind == "nothing" or MALICIOUS[kind] != GOOD
    with pytest.raises(DataError, match="'test_batch' is not a CIFAR-10 file"):
        cifar10_batch.decode(MALICIOUS[kind], "test_batch")
    assert list(tmp_path.iterdir()) == []
    cifar10_batch.decode(GOOD, "the next file")  # is not affected
