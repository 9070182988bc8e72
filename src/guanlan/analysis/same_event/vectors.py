"""Vectors of words: what stands near what in public titles, so that a domain can be told without its words.

Positive pointwise mutual information of words within ten words of each other, reduced by a truncated
singular value decomposition (Levy and Goldberg 2014), 128 dimensions of one byte each, the weightiest first. Made by
``scripts/build_word_vectors.py``; no text is kept, only the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError

SHIPPED_VECTORS = Path(__file__).parent.parent.parent / "packs" / "words" / "vectors.npz"

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class WordVectors:
    """``matrix`` of shape (words, dimensions), rows of length one."""

    places: Mapping[str, int]
    matrix: Vectors

    @property
    def size(self) -> int:
        """Number of dimensions."""
        return int(self.matrix.shape[1])

    def known(self, words: Iterable[str]) -> list[str]:
        """The words that have a vector, in order."""
        return [word for word in words if word in self.places]

    def of(self, words: list[str]) -> Vectors:
        """Vectors of known words, shape (words, dimensions)."""
        return self.matrix[[self.places[word] for word in words]]


@cache
def shipped_vectors() -> WordVectors:
    """The vectors that come with the program. Raises ModelError when their file is damaged."""
    return load_vectors(SHIPPED_VECTORS)


def load_vectors(path: Path) -> WordVectors:
    """Read a table of vectors. Raises ModelError when it is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as table:
            words = bytes(table["words"]).decode().split("\n")
            matrix = table["matrix"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path.name}: cannot be read ({error})") from error
    if matrix.ndim != 2 or len(words) != len(matrix):
        raise ModelError(f"{path.name}: words and vectors do not match")
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True) + 1e-9
    return WordVectors({word: at for at, word in enumerate(words)}, matrix)


def save_vectors(words: list[str], matrix: Vectors, path: Path) -> None:
    """Write a table of vectors, one byte a dimension."""
    most = np.abs(matrix).max(axis=1, keepdims=True) + 1e-9
    small = np.round(matrix / most * 127).astype(np.int8)
    np.savez_compressed(path, words=np.frombuffer("\n".join(words).encode(), np.uint8), matrix=small)
