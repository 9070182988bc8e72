"""Fitting one softmax over hashed n-grams, marks and rules: sparse rows, AdaGrad. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.kind.model import CHUNK, see
from guanlan.analysis.kind.reading import BUCKET_BITS, NO_GRAM, Part
from guanlan.analysis.kind.rules import KINDS, RuleBook
from guanlan.analysis.kind.shape import WIDTH

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: An n-gram seen in one text alone says nothing of the next text.
SEEN_IN = 2
#: AdaGrad (Duchi, Hazan, Singer 2011): step for n-grams and for marks, passes, rows a step.
STEP = 0.1
DENSE_STEP = 0.05
PASSES = 8
ROWS_A_STEP = 128
#: Share of its size that every weight loses in a pass.
DECAY = 0.02


@dataclass(frozen=True, slots=True)
class Design:
    """Rows to learn from. ``columns``, ``values`` (nnz,) are n-grams, row r holds
    ``starts[r]:starts[r + 1]`` of them; ``marks`` (rows, shapes + rules); ``stated`` (rows, kinds) is
    what the rules say before anything is learned.
    """

    columns: npt.NDArray[np.int32]
    values: Floats
    starts: Ints
    marks: Floats
    stated: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """``weights`` (2**BUCKET_BITS, kinds), ``dense`` (shapes + rules, kinds), ``biases`` (kinds,)."""

    weights: Floats
    dense: Floats
    biases: Floats


def design(texts: Sequence[str], book: RuleBook) -> Design:
    """Read and hash all texts (at least one)."""
    columns, values, lengths, marks = [], [], [], []
    for first in range(0, len(texts), CHUNK):
        seen = see(texts[first : first + CHUNK], book)
        column, value, length = _sparse(seen.parts, len(seen.fired))
        columns.append(column)
        values.append(value)
        lengths.append(length)
        marks.append(seen.marks)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    table = np.concatenate(marks)
    return Design(
        np.concatenate(columns), np.concatenate(values), starts, table, table[:, WIDTH:] @ book.weights
    )


def _sparse(read: Sequence[Part], texts: int) -> tuple[npt.NDArray[np.int32], Floats, Ints]:
    keys, weights = [], []
    for part in read:
        ends = np.append(part.starts[1:], len(part.buckets[0]))
        rows = np.repeat(np.arange(texts), ends - part.starts)
        for bucket in part.buckets:
            there = bucket != NO_GRAM
            keys.append((rows[there] << BUCKET_BITS) + bucket[there])
            weights.append(1 / part.norms[rows[there]])
    unique, place = np.unique(np.concatenate(keys), return_inverse=True)
    values = np.bincount(place, weights=np.concatenate(weights)).astype(np.float32)
    columns = (unique & ((1 << BUCKET_BITS) - 1)).astype(np.int32)
    return columns, values, np.bincount(unique >> BUCKET_BITS, minlength=texts)


def fit(rows: Design, kinds: Ints, importance: Floats, chosen: Ints, seed: int) -> Fitted:
    """Learn from the rows ``chosen``; ``kinds`` and ``importance`` are of all rows. The same seed, the same weights."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(chosen)
    batches = [np.sort(order[at : at + ROWS_A_STEP]) for at in range(0, len(order), ROWS_A_STEP)]
    state = _State(rows, chosen)
    for _ in range(PASSES):
        for place in draw.permutation(len(batches)):
            state.learn(batches[place], kinds, importance)
        state.decay()
    return state.fitted()


class _State:
    """Weights being learned. The last row of n-gram weights is the shared place of rare ones: zero."""

    def __init__(self, rows: Design, chosen: Ints) -> None:
        self._rows = rows
        self._kept, self._place = _frequent(rows, chosen)
        size = (len(self._kept) + 1, len(KINDS))
        self._weights = np.zeros(size, dtype=np.float32)
        self._bends = np.full(size, 1e-4, dtype=np.float32)
        self._dense = np.zeros((rows.marks.shape[1] + 1, len(KINDS)), dtype=np.float32)
        self._dense_bends = np.full(self._dense.shape, 1e-4, dtype=np.float32)

    def learn(self, batch: Ints, kinds: Ints, importance: Floats) -> None:
        """One step down the weighted cross-entropy of the rows in ``batch``."""
        rows = self._rows
        lengths = rows.starts[batch + 1] - rows.starts[batch]
        before = np.cumsum(lengths) - lengths
        at = np.repeat(rows.starts[batch] - before, lengths) + np.arange(lengths.sum())
        used, place = np.unique(self._place[rows.columns[at]], return_inverse=True)
        row_of = np.repeat(np.arange(len(batch)), lengths)
        values = rows.values[at][:, None]
        marks = np.hstack([rows.marks[batch], np.ones((len(batch), 1), dtype=np.float32)])
        logits = _sum_by(row_of, self._weights[used][place] * values, len(batch))
        logits += marks @ self._dense + rows.stated[batch]
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        errors = raised / raised.sum(axis=1, keepdims=True)
        errors[np.arange(len(batch)), kinds[batch]] -= 1
        errors *= importance[batch][:, None]
        self._step(used, _sum_by(place, errors[row_of] * values, len(used)))
        pull = marks.T @ errors
        self._dense_bends += pull * pull
        self._dense -= DENSE_STEP * pull / np.sqrt(self._dense_bends)

    def _step(self, used: Ints, pull: Floats) -> None:
        bends = self._bends[used] + pull * pull
        self._bends[used] = bends
        self._weights[used] -= STEP * pull / np.sqrt(bends)
        self._weights[-1] = 0

    def decay(self) -> None:
        """Let every weight lose a little, so that what is rarely asked for stays small."""
        self._weights *= 1 - DECAY
        self._dense[:-1] *= 1 - DECAY

    def fitted(self) -> Fitted:
        weights = np.zeros((1 << BUCKET_BITS, len(KINDS)), dtype=np.float32)
        weights[self._kept] = self._weights[:-1]
        return Fitted(weights, self._dense[:-1].copy(), self._dense[-1].copy())


def _frequent(rows: Design, chosen: Ints) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Buckets seen in SEEN_IN of the chosen rows, and where each bucket stands among them."""
    there = np.zeros(len(rows.starts) - 1, dtype=np.bool_)
    there[chosen] = True
    of_chosen = np.repeat(there, np.diff(rows.starts))
    seen = np.bincount(rows.columns[of_chosen], minlength=1 << BUCKET_BITS)
    kept = np.flatnonzero(seen >= SEEN_IN)
    place = np.full(1 << BUCKET_BITS, len(kept), dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return kept, place


def _sum_by(place: npt.NDArray[np.int32] | Ints, values: Floats, size: int) -> Floats:
    """Sum rows of ``values`` that share a place: (size, kinds)."""
    columns = [np.bincount(place, weights=values[:, k], minlength=size) for k in range(values.shape[1])]
    return np.stack(columns, axis=1).astype(np.float32)
