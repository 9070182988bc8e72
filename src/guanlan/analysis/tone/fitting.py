"""Fitting: columns of n-gram weights, and small softmax heads over their scores. numpy only.

A column answers one question with a logistic regression whose n-grams are scaled by their naive
Bayes log-count ratio (Wang and Manning 2012, "Baselines and bigrams"): what is frequent on one side
moves first, what is rare and even hardly at all. Both fits are convex and use L-BFGS (Nocedal 1980).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.features import BUCKET_BITS, NO_GRAM, read

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Loss = Callable[[Floats], tuple[float, Floats]]

#: An n-gram seen in one text alone says nothing of the next text.
SEEN_IN = 2
#: Inverse strength of the L2 penalty on a column; 3, 10, 30 and 100 were tried (decision 10).
LOOSENESS = 10.0
#: The same where n-grams are not scaled by their ratio; the steps that such a fit needs.
PLAIN_LOOSENESS = 30.0
PLAIN_STEPS = 60
#: Added to every count of the log-count ratio.
SMOOTHING = 1.0
STEPS = 30
#: Pairs of steps and bends L-BFGS remembers.
MEMORY = 6
#: A step that lowers the loss by less than this share is the last.
ENOUGH = 1e-4
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

    def take(self, rows: Ints) -> Design:
        """Some rows, in the order named."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(lengths)
        at = np.repeat(self.starts[rows] - (ends - lengths), lengths) + np.arange(lengths.sum())
        return Design(self.columns[at], self.values[at], np.concatenate([[0], ends]))

    def scores(self, weights: Floats) -> Floats:
        """(rows, k) for ``weights`` (2**BUCKET_BITS, k)."""
        return np.stack([_sums(self.values * column[self.columns], self.starts) for column in weights.T], 1)


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


def _sums(values: Floats, starts: Ints) -> Floats:
    """Sums of ``values`` between each start and the next; 0 where they are equal."""
    sums = np.add.reduceat(np.append(values, np.float32(0)), starts[:-1])
    return np.where(np.diff(starts) > 0, sums, np.float32(0))


class Columns:
    """The rows of some questions, made ready once and asked several times."""

    def __init__(self, rows: Design) -> None:
        self._rows = rows
        self.used, place = np.unique(rows.columns, return_inverse=True)
        self._place = place.astype(np.int32)
        row_of = np.repeat(np.arange(len(rows.starts) - 1), np.diff(rows.starts))
        order = np.argsort(self._place, kind="stable")
        self._row_of = row_of[order].astype(np.int32)
        self._values = rows.values[order]
        self.seen = np.bincount(self._place, minlength=len(self.used))
        self._starts = np.concatenate([[0], np.cumsum(self.seen)])

    def fit(
        self,
        truth: npt.NDArray[np.bool_] | Floats,
        weights: Floats | None = None,
        *,
        plain: bool = False,
    ) -> tuple[Floats, float]:
        """Weights (2**BUCKET_BITS,) and bias of "is it so?", given the answers (rows,): so, or how likely.

        ``plain`` leaves the naive Bayes ratios out: better where rows of many sets answer together.
        """
        counted = np.ones(len(truth), np.float32) if weights is None else weights.astype(np.float32)
        yes = truth.astype(np.float32)
        ratio = (self.seen >= SEEN_IN).astype(np.float32) if plain else self._ratio(yes, counted)
        loss = self._loss(ratio, yes, counted, PLAIN_LOOSENESS if plain else LOOSENESS)
        start = np.zeros(len(self.used) + 1, np.float32)
        found = descend(loss, start, PLAIN_STEPS if plain else STEPS)
        whole = np.zeros(1 << BUCKET_BITS, np.float32)
        whole[self.used] = found[:-1] * ratio
        return whole, float(found[-1])

    def _loss(self, ratio: Floats, yes: Floats, weights: Floats, looseness: float) -> Loss:
        def loss(point: Floats) -> tuple[float, Floats]:
            moved = (point[:-1] * ratio)[self._place]
            odds = _sums(self._rows.values * moved, self._rows.starts) + point[-1]
            costs = yes * np.logaddexp(0, -odds) + (1 - yes) * np.logaddexp(0, odds)
            held = float(point[:-1] @ point[:-1]) / (2 * looseness)
            value = float((weights * costs).sum()) + held
            held_in = np.clip(odds, -30, 30)
            missed = (1 - yes) / (1 + np.exp(-held_in)) - yes / (1 + np.exp(held_in))
            errors = (weights * missed).astype(np.float32)
            slope = np.empty_like(point)
            slope[:-1] = self._gather(errors) * ratio + point[:-1] / looseness
            slope[-1] = errors.sum()
            return value, slope

        return loss

    def _gather(self, errors: Floats) -> Floats:
        return _sums(self._values * errors[self._row_of], self._starts)

    def _ratio(self, likely: Floats, weights: Floats) -> Floats:
        """Naive Bayes log-count ratio of every n-gram; 0 for those seen in too few rows."""
        yes, no = (
            _sums((weights * side).astype(np.float32)[self._row_of], self._starts) + np.float32(SMOOTHING)
            for side in (likely, 1 - likely)
        )
        ratio = np.log(yes / yes.sum() / (no / no.sum()))
        ratio[self.seen < SEEN_IN] = 0
        return np.asarray(ratio, np.float32)


def descend(loss: Loss, start: Floats, steps: int = STEPS) -> Floats:
    """Where ``loss`` (value and slope at a point) is least, by L-BFGS with halved steps."""
    point = start
    value, slope = loss(point)
    moves: list[Floats] = []
    bends: list[Floats] = []
    for _ in range(steps):
        towards = _direction(slope, moves, bends)
        found, there, slope_there = _step(loss, point, value, towards, float(slope @ towards))
        move, bend = found - point, slope_there - slope
        if float(move @ bend) > 1e-10:
            moves, bends = [*moves, move][-MEMORY:], [*bends, bend][-MEMORY:]
        done = value - there < ENOUGH * abs(value) + 1e-9
        point, value, slope = found, there, slope_there
        if done:
            break
    return point


def _step(
    loss: Loss, point: Floats, value: float, towards: Floats, steepness: float
) -> tuple[Floats, float, Floats]:
    length = 1.0
    while True:
        found = point - np.asarray(length, point.dtype) * towards
        there, slope = loss(found)
        if there <= value - 1e-4 * length * steepness or length < 1e-4:
            return found, there, slope
        length /= 2


def _direction(slope: Floats, moves: Sequence[Floats], bends: Sequence[Floats]) -> Floats:
    towards = slope.copy()
    used: list[tuple[float, float]] = []
    for move, bend in zip(reversed(moves), reversed(bends), strict=True):
        share = 1 / float(move @ bend)
        part = share * float(move @ towards)
        towards -= part * bend
        used.append((share, part))
    if moves:
        towards *= float(moves[-1] @ bends[-1]) / float(bends[-1] @ bends[-1])
    else:
        towards /= max(1.0, float(np.linalg.norm(slope)))
    for (move, bend), (share, part) in zip(zip(moves, bends, strict=True), reversed(used), strict=True):
        towards += move * (part - share * float(bend @ towards))
    return towards


def fit_softmax(
    scores: Floats, classes: Ints, count: int, weights: Floats, penalty: float
) -> tuple[Floats, Floats]:
    """Weights (k, count) and biases (count,) of a softmax over ``scores`` (rows, k); convex."""
    wide = np.hstack([scores, np.ones((len(scores), 1))]).astype(np.float64)
    truth = np.zeros((len(scores), count))
    truth[np.arange(len(scores)), classes] = 1
    total = max(float(weights.sum()), 1e-9)

    def loss(point: Floats) -> tuple[float, Floats]:
        shape = point.reshape(-1, count)
        logits = wide @ shape
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        slope = wide.T @ ((np.exp(logs) - truth) * weights[:, None]) / total + penalty * shape
        value = -float((weights[:, None] * truth * logs).sum()) / total
        return value + penalty / 2 * float((shape * shape).sum()), slope.ravel()

    found = descend(loss, np.zeros(wide.shape[1] * count), steps=200).reshape(-1, count)
    return found[:-1].astype(np.float32), found[-1].astype(np.float32)
