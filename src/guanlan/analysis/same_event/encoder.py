"""A small pretrained encoder that reads both texts of a pair together, in plain numpy.

multilingual-e5-small (Wang et al. 2024; BERT with 384 dimensions, its vocabulary cut to Chinese and
ASCII), its lower layers as they are, each text alone; some further layers were taught on labelled pairs
and see both texts at once; what lies above is left out. Made by ``scripts/train_pair_encoder.py``;
docs/decisions/0021 says why, docs/models/same_event.md how good it is.

One pair is read at a time: its numbers then never hang on which other pairs stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.same_event.pieces import Pieces, kept
from guanlan.analysis.same_event.weights import Arrays, matrix, read_arrays, rows_of

SHIPPED_ENCODER = Path(__file__).parent.parent.parent / "packs" / "words" / "pair_encoder.npz"
#: Texts whose lower layers are remembered within one call: 60 kB each.
REMEMBERED = 512
#: Heads of attention, as pretrained.
HEADS = 12
#: Added to variances, as pretrained.
TINY = 1e-12
#: How much the nearness of both texts counts before the last layer learns it.
NEARNESS_SCALE = 4.0
MATRICES = ("qkv", "out", "wide", "narrow")

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer: attention, then two dense steps. Matrices of shape (in, out), each with its offset."""

    qkv: tuple[Singles, Singles]
    out: tuple[Singles, Singles]
    wide: tuple[Singles, Singles]
    narrow: tuple[Singles, Singles]
    first_norm: Singles
    second_norm: Singles

    def __call__(self, states: Singles) -> Singles:
        """States of the pieces, shape (pieces, dimensions), each having seen all others."""
        seen = normal(states + _dense(self._attended(states), self.out), self.first_norm)
        return normal(seen + _dense(_gelu(_dense(seen, self.wide)), self.narrow), self.second_norm)

    def _attended(self, states: Singles) -> Singles:
        count, size = states.shape
        parts = _dense(states, self.qkv).reshape(count, 3, HEADS, size // HEADS).transpose(1, 2, 0, 3)
        asked, held, told = (np.ascontiguousarray(part) for part in parts)
        odds = asked @ held.transpose(0, 2, 1)
        odds *= np.float32(1 / math.sqrt(size // HEADS))
        odds -= odds.max(axis=-1, keepdims=True)
        np.exp(odds, out=odds)
        odds /= odds.sum(axis=-1, keepdims=True)
        seen = np.ascontiguousarray((odds @ told).transpose(1, 0, 2))
        return np.asarray(seen.reshape(count, size), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PairEncoder:
    """Reads pairs. Holds nothing that one pair could tell another; safe to share between threads."""

    pieces: Pieces
    arrays: Arrays
    lower: Sequence[Layer]
    upper: Sequence[Layer]
    #: Pieces kept of each text.
    most: int

    def odds(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """Log odds of one event and of one topic, shape (pairs, 2), the same whichever text comes first."""
        read = dict[str, tuple[list[int], Singles]]()
        return np.array([self._pair(pair, read) for pair in pairs], dtype=np.float64).reshape(-1, 2)

    def _pair(self, pair: tuple[str, str], read: dict[str, tuple[list[int], Singles]]) -> list[float]:
        if len(read) > REMEMBERED:
            read.clear()
        (one, first), (two, second) = (
            self._read(text, read) for text in sorted(map(kept, pair), key=lambda text: (len(text), text))
        )
        marks = self.arrays["segments"], self.arrays["shared"]
        joined = [
            first + marks[0][0] + marks[1][self._shared(one, two)],
            second + marks[0][1] + marks[1][self._shared(two, one)],
        ]
        states = np.concatenate(joined)
        for layer in self.upper:
            states = layer(states)
        return self._told(states[: len(first)].mean(axis=0), states[len(first) :].mean(axis=0))

    def _told(self, one: Singles, two: Singles) -> list[float]:
        near = NEARNESS_SCALE * (one @ two) / max(float(np.linalg.norm(one) * np.linalg.norm(two)), 1e-8)
        told = np.concatenate([np.abs(one - two), one * two, (one + two) / 2, [near]])
        found = self.arrays["head.weight"] @ told.astype(np.float32) + self.arrays["head.offset"]
        return [float(value) for value in found]

    def _read(self, text: str, read: dict[str, tuple[list[int], Singles]]) -> tuple[list[int], Singles]:
        """Numbers of the pieces of one text, and their states after the lower layers."""
        if text not in read:
            numbers = self.pieces.numbers(text)[: self.most]
            read[text] = numbers, self._alone(numbers)
        return read[text]

    def _alone(self, numbers: list[int]) -> Singles:
        start, prefix, end = (self.arrays[name].tolist() for name in ("start", "prefix", "end"))
        whole = [*start, *prefix, *numbers, *end]
        states = rows_of(self.arrays, "words", whole) + self.arrays["positions"][: len(whole)]
        states = normal(states, self.arrays["words_norm"])
        for layer in self.lower:
            states = layer(states)
        return np.concatenate([states[:1], states[1 + len(prefix) :]])

    def _shared(self, one: list[int], two: list[int]) -> npt.NDArray[np.int64]:
        """1 for each piece of one text that the other has too; the marks of start and end share nothing."""
        other = set(two) - set(self.arrays["blank"].tolist())
        return np.array([0, *(number in other for number in one), 0], dtype=np.int64)


@cache
def shipped_encoder() -> PairEncoder:
    """The encoder that comes with the program, 0.1 GB in memory. Raises ModelError when its file is damaged."""
    return load_encoder(SHIPPED_ENCODER)


def load_encoder(path: Path) -> PairEncoder:
    """Read an encoder. Raises ModelError when it is missing, damaged or of another shape."""
    try:
        arrays = read_arrays(path)
        lower, upper, most = (int(value) for value in arrays["shape"])
        layers = [layer_of(arrays, at) for at in range(lower + upper)]
        encoder = PairEncoder(_pieces(arrays), arrays, layers[:lower], layers[lower:], most)
        encoder.odds([("停电", "停电")])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ModelError(f"{path.name}: cannot be read ({error})") from error
    return encoder


def layer_of(arrays: Arrays, at: int) -> Layer:
    """The layer that a file holds under a number."""
    qkv, out, wide, narrow = (
        (matrix(arrays, f"{at}.{name}"), arrays[f"{at}.{name}.offset"]) for name in MATRICES
    )
    return Layer(qkv, out, wide, narrow, arrays[f"{at}.first_norm"], arrays[f"{at}.second_norm"])


def _pieces(arrays: Arrays) -> Pieces:
    words = arrays["pieces"].tobytes().decode().split("\n")
    scores = arrays["pieces.scores"].tolist()
    known = {word: (at, score) for at, (word, score) in enumerate(zip(words, scores, strict=True))}
    read_as = arrays["normal.read_as"].tobytes().decode().split("\n")
    normal = {chr(mark): text for mark, text in zip(arrays["normal.marks"].tolist(), read_as, strict=True)}
    return Pieces(known, normal, int(arrays["unknown"][0]), float(arrays["unknown.score"][0]))


def _dense(states: Singles, step: tuple[Singles, Singles]) -> Singles:
    told = np.asarray(states @ step[0], dtype=np.float32)
    told += step[1]
    return told


def normal(states: Singles, norm: Singles) -> Singles:
    """Each row brought to mean 0 and variance 1, then scaled and moved; ``norm`` of shape (2, dimensions)."""
    centred = states - states.mean(axis=1, keepdims=True)
    spread = np.einsum("ij,ij->i", centred, centred)[:, None] / np.float32(states.shape[1])
    centred *= norm[0] / np.sqrt(spread + np.float32(TINY))
    centred += norm[1]
    return np.asarray(centred, dtype=np.float32)


def _gelu(values: Singles) -> Singles:
    """``x * P(normal < x)``; the error function to 2e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    size = np.abs(values)
    part = size * np.float32(0.3275911 * math.sqrt(0.5))
    part += 1
    np.reciprocal(part, out=part)
    beyond = part * np.float32(1.061405429)
    for step in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        beyond += np.float32(step)
        beyond *= part
    beyond *= np.exp(size * size * np.float32(-0.5))
    size -= size * beyond
    size += values
    size *= np.float32(0.5)
    return size
