"""Fitting one softmax over hashed n-grams: sparse rows, partial labels, AdaGrad. numpy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.features import BUCKET_BITS, NO_GRAM, read

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: An n-gram seen in one text alone says nothing of the next text.
SEEN_IN = 2
#: AdaGrad (Duchi, Hazan, Singer 2011): step, passes and rows a step. Steps of .05-.2 and
#: 128-512 rows differed by less than the noise of the held-out rows.
STEP = 0.1
PASSES = 5
ROWS_A_STEP = 256
#: Hashed a slice at a time, so that memory stays flat.
SLICE = 4000


@dataclass(frozen=True, slots=True)
class Design:
    """Sparse rows: ``columns`` (nnz,) are buckets, row r holds ``starts[r]:starts[r + 1]`` of them.

    Every value of row r is ``1 / sqrt(n-grams of r)`` times how often the n-gram stands there;
    ``values`` (nnz,) holds it.
    """

    columns: npt.NDArray[np.int32]
    values: Floats
    starts: Ints


@dataclass(frozen=True, slots=True)
class Targets:
    """What is known of every row.

    ``classes`` (rows,) the class; ``among`` (rows, classes) bool, the classes its set can tell
    apart; ``weights`` (rows,); ``groups`` (rows,) the bias group: sets of another balance have
    their own, and only group 0 is kept.
    """

    classes: Ints
    among: npt.NDArray[np.bool_]
    weights: Floats
    groups: Ints


def design(texts: Sequence[str]) -> Design:
    """Hash all texts (at least one) into one design."""
    columns: list[npt.NDArray[np.int32]] = []
    values: list[Floats] = []
    lengths: list[Ints] = []
    for first in range(0, len(texts), SLICE):
        column, value, length = _slice(texts[first : first + SLICE])
        columns.append(column)
        values.append(value)
        lengths.append(length)
    ends = np.cumsum(np.concatenate(lengths))
    return Design(np.concatenate(columns), np.concatenate(values), np.concatenate([[0], ends]))


def _slice(texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], Floats, Ints]:
    batch = read(texts)
    rows = np.repeat(np.arange(len(texts)), np.diff(np.append(batch.starts, len(batch.codes))))
    keys = np.concatenate([(rows << BUCKET_BITS) + bucket for bucket in batch.buckets])
    keys = keys[(keys & ((1 << BUCKET_BITS) - 1)) != NO_GRAM]
    unique, counts = np.unique(keys, return_counts=True)
    row = unique >> BUCKET_BITS
    values = (counts / np.sqrt(batch.grams)[row]).astype(np.float32)
    columns = (unique & ((1 << BUCKET_BITS) - 1)).astype(np.int32)
    return columns, values, np.bincount(row, minlength=len(texts))


def fit(
    rows: Design, targets: Targets, *, seed: int, progress: Callable[[float], None] | None = None
) -> tuple[Floats, Floats]:
    """Weights (2**BUCKET_BITS, classes) and biases (classes,) of group 0.

    The loss of a row is the cross-entropy among the classes its set can tell apart, so a set
    without neutral texts says nothing of neutral. The same seed gives the same weights.
    """
    kept, columns = _frequent(rows.columns)
    classes = targets.among.shape[1]
    state = _State(len(kept), classes, int(targets.groups.max(initial=0)) + 1)
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(targets.classes))
    steps = [
        _step(rows, columns, np.sort(order[first : first + ROWS_A_STEP]))
        for first in range(0, len(order), ROWS_A_STEP)
    ]
    for turn in range(PASSES):
        for place in draw.permutation(len(steps)):
            state.learn(steps[place], targets)
        if progress is not None:
            progress((turn + 1) / PASSES)
    weights = np.zeros((1 << BUCKET_BITS, classes), dtype=np.float32)
    weights[kept] = state.weights[:-1]
    return weights, state.biases[0].copy()


def _frequent(columns: npt.NDArray[np.int32]) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Buckets seen in SEEN_IN rows, and the columns renumbered; the rest share one last number."""
    seen = np.bincount(columns, minlength=1 << BUCKET_BITS)
    kept = np.flatnonzero(seen >= SEEN_IN)
    place = np.full(1 << BUCKET_BITS, len(kept), dtype=np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return kept, place[columns]


@dataclass(frozen=True, slots=True)
class _Step:
    """Some rows made ready: ``used`` columns and, for every value, its place among them."""

    rows: Ints
    used: npt.NDArray[np.int32]
    place: npt.NDArray[np.int32]
    values: Floats
    row_of: Ints


def _step(rows: Design, columns: npt.NDArray[np.int32], chosen: Ints) -> _Step:
    lengths = rows.starts[chosen + 1] - rows.starts[chosen]
    before = np.cumsum(lengths) - lengths
    at = np.repeat(rows.starts[chosen] - before, lengths) + np.arange(lengths.sum())
    used, place = np.unique(columns[at], return_inverse=True)
    row_of = np.repeat(np.arange(len(chosen)), lengths)
    return _Step(chosen, used, place.astype(np.int32), rows.values[at], row_of)


class _State:
    """Weights being learned. The last row of weights is the shared place of rare n-grams: zero."""

    def __init__(self, width: int, classes: int, groups: int) -> None:
        self.weights = np.zeros((width + 1, classes), dtype=np.float32)
        self.biases = np.zeros((groups, classes), dtype=np.float32)
        self._bends = np.full((width + 1, classes), 1e-6, dtype=np.float32)
        self._bias_bends = np.full((groups, classes), 1e-6, dtype=np.float32)

    def learn(self, step: _Step, targets: Targets) -> None:
        """One AdaGrad step; biases move faster than any single n-gram, as they are always there."""
        errors = self._errors(step, targets)
        pull = _sum_by(step.place, errors[step.row_of] * step.values[:, None], len(step.used))
        bends = self._bends[step.used] + pull * pull
        self._bends[step.used] = bends
        self.weights[step.used] -= STEP * pull / np.sqrt(bends)
        self.weights[-1] = 0
        groups = targets.groups[step.rows]
        bias_pull = _sum_by(groups, errors, len(self.biases))
        self._bias_bends += bias_pull * bias_pull
        self.biases -= STEP * bias_pull / np.sqrt(self._bias_bends)

    def _errors(self, step: _Step, targets: Targets) -> Floats:
        """Weighted (predicted - true) of every row of the step."""
        added = self.weights[step.used][step.place] * step.values[:, None]
        logits = _sum_by(step.row_of, added, len(step.rows)) + self.biases[targets.groups[step.rows]]
        logits[~targets.among[step.rows]] = -np.inf
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        errors = raised / raised.sum(axis=1, keepdims=True)
        errors[np.arange(len(step.rows)), targets.classes[step.rows]] -= 1
        return np.asarray(errors * targets.weights[step.rows][:, None], dtype=np.float32)


def _sum_by(place: npt.NDArray[np.int32] | Ints, values: Floats, size: int) -> Floats:
    """Sum rows of ``values`` that share a place: (size, classes)."""
    columns = [np.bincount(place, weights=values[:, k], minlength=size) for k in range(values.shape[1])]
    return np.stack(columns, axis=1).astype(np.float32)
