"""What one body's confirmed labels teach: a small correction, taken only when it is proved to help.

A desk's people confirm or change tones. ``adapt`` learns from these labels how this body's matters
differ (a fish market's 死 is no death) and answers with a corrected model, or refuses and says why:

- too few labels, or all of one tone;
- judged by cross-validation on the labels themselves it is no better than the shipped model;
- on the rows the model carries for this (``ToneModel.gate``) it is worse than the shipped model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.correction import Correction
from guanlan.analysis.tone.fitting import descend
from guanlan.analysis.tone.model import LABELS, ToneModel
from guanlan.analysis.types import ToneLabel

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: Fewer labels than these cannot be told from chance, and those after the last thousands say no more.
FEWEST = 40
MOST = 20_000
#: Labels of a second tone that must be there at least.
FEWEST_OF_A_TONE = 5
FOLDS = 5
#: Pull towards the shipped model in labels: this many labels are needed to move a weight by one half
#: of what they ask. Biases move more easily.
PULL = 30.0
BIAS_PULL = 3.0
#: What the share of right answers on the kept rows may lose: less than their own chance.
GATE_LOSS = 0.01
SEED = 20261123


@dataclass(frozen=True, slots=True)
class Adapted:
    """``model`` is None when it was refused, and ``reason`` a stable code: ``too_few``, ``one_tone``,
    ``no_better`` or ``worse_on_gate``; ``accepted`` when it was taken.

    Shares of right answers: ``before`` and ``after`` on the labels (``after`` cross-validated),
    ``gate_before`` and ``gate_after`` on the rows that the model carries; None where not reached.
    """

    model: ToneModel | None
    reason: str
    labels: int
    before: float | None = None
    after: float | None = None
    gate_before: float | None = None
    gate_after: float | None = None


def adapt(model: ToneModel, labelled: Sequence[tuple[str, ToneLabel]], seed: int = SEED) -> Adapted:
    """Learn from confirmed labels beside the shipped ``model`` (a correction it has is left out).

    The last MOST labels count. The same labels and seed give the same answer. Takes milliseconds a
    hundred labels.
    """
    shipped = ToneModel(model.table, model.mixture, model.gate, model.facts, model.digest)
    last = list(labelled)[-MOST:]
    truth = np.array([LABELS.index(label) for _text, label in last], np.int64)
    counts = np.bincount(truth, minlength=len(LABELS)) if len(last) else np.zeros(len(LABELS), np.int64)
    if len(last) < FEWEST:
        return Adapted(None, "too_few", len(last))
    if np.sort(counts)[-2] < FEWEST_OF_A_TONE:
        return Adapted(None, "one_tone", len(last))
    standard = shipped.standard([text for text, _label in last])
    tones = shipped.mixture.tones(standard)
    return _prove(shipped, standard, tones, truth, seed)


def _prove(shipped: ToneModel, standard: Floats, tones: Floats, truth: Ints, seed: int) -> Adapted:
    before, after = _right(tones, truth), _cross_validated(standard, tones, truth, seed)
    loss_before, loss_after = _loss(tones, truth), _loss(after, truth)
    share = _right(after, truth)
    if share < before or loss_after >= loss_before:
        return Adapted(None, "no_better", len(truth), before, share)
    weights, biases = _fit(standard, tones, truth)
    correction = Correction(shipped.digest, weights, biases, len(truth))
    kept = shipped.mixture.standard(shipped.gate.scores)
    kept_tones = shipped.mixture.tones(kept)
    gate_before = _right(kept_tones, shipped.gate.tones)
    gate_after = _right(correction.apply(kept_tones, kept), shipped.gate.tones)
    if gate_after < gate_before - GATE_LOSS:
        return Adapted(None, "worse_on_gate", len(truth), before, share, gate_before, gate_after)
    taken = shipped.corrected(correction)
    return Adapted(taken, "accepted", len(truth), before, share, gate_before, gate_after)


def _right(tones: Floats, truth: Ints) -> float:
    return float((tones.argmax(axis=1) == truth).mean()) if len(truth) else 1.0


def _loss(tones: Floats, truth: Ints) -> float:
    return -float(np.log(np.maximum(tones[np.arange(len(truth)), truth], 1e-6)).mean())


def _cross_validated(standard: Floats, tones: Floats, truth: Ints, seed: int) -> Floats:
    """Corrected probabilities of each label by a correction that never saw it."""
    folds = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    found = tones.copy()
    for fold in range(FOLDS):
        own, others = folds == fold, folds != fold
        weights, biases = _fit(standard[others], tones[others], truth[others])
        found[own] = Correction("", weights, biases, 0).apply(tones[own], standard[own])
    return found


def _fit(standard: Floats, tones: Floats, truth: Ints) -> tuple[Floats, Floats]:
    """Weights (columns, 3) and biases (3,) added to log probabilities: convex, pulled to nothing."""
    logs = np.log(np.maximum(tones, 1e-6)).astype(np.float64)
    wide = np.hstack([standard, np.ones((len(standard), 1))]).astype(np.float64)
    pull = np.full((wide.shape[1], 1), PULL)
    pull[-1] = BIAS_PULL
    wanted = np.eye(len(LABELS))[truth]

    def loss(point: Floats) -> tuple[float, Floats]:
        shape = point.reshape(-1, len(LABELS))
        logits = logs + wide @ shape
        logits -= logits.max(axis=1, keepdims=True)
        told = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        value = -float((wanted * told).sum()) + float((pull * shape * shape).sum()) / 2
        slope = wide.T @ (np.exp(told) - wanted) + pull * shape
        return value, slope.ravel()

    start = np.zeros(wide.shape[1] * len(LABELS))
    found = descend(loss, start, steps=200).reshape(-1, len(LABELS))
    rounded = np.round(found, 6).astype(np.float32)  # as it is stored: saved and loaded it is the same
    return rounded[:-1], rounded[-1]
