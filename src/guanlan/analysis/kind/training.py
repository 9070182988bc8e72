"""Training: labelled texts and the stated rules in, a calibrated and quantised model out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.evaluation.split import Rows, keep
from guanlan.analysis.kind.fitting import Design, Fitted, design, fit
from guanlan.analysis.kind.model import KindModel, Weights, save, softmax
from guanlan.analysis.kind.rules import KINDS, RuleBook, rule_book
from guanlan.analysis.kind.sets import TRAINING_LABELS, Labelled, read_labelled

Progress = Callable[[str, float], None]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SEED = 20261123
#: The sharpness is fitted on rows that the weights of their turn did not see.
FOLDS = 4
#: A rare kind counts for more, by this power of how much rarer it is; .5 and 1 were tried.
BALANCE = 1.0
#: Share of weights kept within the byte's range; the rest is clipped.
CLIP = 0.9999
SHARPNESSES = tuple(step / 20 for step in range(6, 41))


def train(
    rows: Sequence[Labelled],
    *,
    seed: int = SEED,
    book: RuleBook | None = None,
    progress: Progress | None = None,
) -> KindModel:
    """Learn from labelled texts (at least one). The same rows, rules and seed give the same model."""
    say = progress or (lambda _step, _share: None)
    book = book or rule_book()
    say("reading", 0.0)
    read = design([row.text for row in rows], book)
    kinds = np.array([KINDS.index(row.kind) for row in rows])
    importance = _importance(kinds)
    out_of_fold = np.zeros((len(rows), len(KINDS)), dtype=np.float32)
    folds = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    for fold in range(FOLDS):
        say("fitting", fold / (FOLDS + 1))
        fitted = fit(read, kinds, importance, np.flatnonzero(folds != fold), seed)
        out_of_fold[folds == fold] = logits(read, fitted)[folds == fold]
    say("fitting", FOLDS / (FOLDS + 1))
    weights = quantised(
        fit(read, kinds, importance, np.arange(len(rows)), seed), sharpest(out_of_fold, kinds)
    )
    right = float((out_of_fold.argmax(axis=1) == kinds).mean())
    return KindModel(
        weights, book, {"seed": seed, "rows": len(rows), "cross_validated_accuracy": round(right, 4)}
    )


def train_files(
    paths: Sequence[Path], out: Path, *, seed: int = SEED, progress: Progress | None = None
) -> dict[str, Any]:
    """Train on labelled texts, or on texts that the shipped training labels name; write the model to ``out``.

    Rows for validation are left out. Returns ``rows``, ``cross_validated_accuracy``, ``bytes`` and ``model``.
    Raises LabelledDataError, and OSError when ``out`` cannot be written.
    """
    labelled = read_labelled(paths, TRAINING_LABELS)
    rows = list(keep(labelled, Rows.TUNING, key=lambda row: row.key))
    model = train(rows or labelled, seed=seed, progress=progress)
    size = save(model, out)
    return {
        "rows": model.facts["rows"],
        "cross_validated_accuracy": model.facts["cross_validated_accuracy"],
        "bytes": size,
        "model": str(out),
    }


def logits(rows: Design, fitted: Fitted) -> Floats:
    """What fitted weights say of all rows: (rows, kinds)."""
    owner = np.repeat(np.arange(len(rows.marks)), np.diff(rows.starts))
    total = rows.marks @ fitted.dense + fitted.biases + rows.stated
    for kind in range(len(KINDS)):
        pulls = fitted.weights[rows.columns, kind] * rows.values
        total[:, kind] += np.bincount(owner, weights=pulls, minlength=len(rows.marks))
    return np.asarray(total, dtype=np.float32)


def sharpest(scores: Floats, kinds: Ints) -> float:
    """The factor under which the probabilities fit best what was seen (temperature, Guo et al. 2017)."""

    def loss(sharpness: float) -> float:
        believed = softmax(scores * np.float32(sharpness))[np.arange(len(kinds)), kinds]
        return float(-np.log(np.maximum(believed, 1e-9)).mean())

    return min(SHARPNESSES, key=loss)


def quantised(fitted: Fitted, sharpness: float) -> Weights:
    """Weights of n-grams as bytes. The few beyond the last ten-thousandth are clipped, the rest gain its steps."""
    table = np.zeros(fitted.weights.shape, dtype=np.int8)
    scales = np.ones(len(KINDS), dtype=np.float32)
    for kind in range(len(KINDS)):
        column = fitted.weights[:, kind]
        used = np.abs(column[column != 0])
        scales[kind] = (float(np.quantile(used, CLIP)) if len(used) else 1.0) / 127
        table[:, kind] = np.clip(np.rint(column / scales[kind]), -127, 127).astype(np.int8)
    return Weights(table, scales, fitted.dense, fitted.biases, sharpness)


def _importance(kinds: Ints) -> Floats:
    counts = np.bincount(kinds, minlength=len(KINDS))
    there = counts[counts > 0]
    weights = (there.mean() / np.maximum(counts, 1)) ** BALANCE
    return np.asarray(weights[kinds], dtype=np.float32)
