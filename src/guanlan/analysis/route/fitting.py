"""A small softmax over scores, pulled to a prior instead of to zero: what nobody taught stays as it was."""

from __future__ import annotations

import numpy as np

from guanlan.analysis.route.reading import Floats, Ints

#: Cost of leaving the prior, in losses of a file. Five-fold macro-F1 on 308 messages: .1 .855, 1 .865,
#: 3 .874 (with a likeness prior of 3), 10 .888.
RIDGE = 10.0
STEPS = 300


def softmax(logits: Floats) -> Floats:
    """Row-wise, safe against overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_softmax(features: Floats, classes: Ints, prior: Floats, steps: int = STEPS) -> Floats:
    """Weights (features, units) of least balanced cross-entropy plus ``RIDGE`` times the way from ``prior``.

    Nesterov's accelerated gradient with the step of the loss's known curvature (at most half the
    largest eigenvalue of the features' second moment). Units without a file keep their prior.
    """
    counts = np.bincount(classes, minlength=prior.shape[1])
    balance = (len(classes) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[classes]
    weighed = features * balance[:, None]
    curvature = 0.5 * float(np.linalg.eigvalsh(features.T @ weighed)[-1]) + RIDGE
    wanted = np.zeros((len(classes), prior.shape[1]))
    wanted[np.arange(len(classes)), classes] = 1.0
    weights, ahead = prior.copy(), prior.copy()
    for turn in range(steps):
        pull = weighed.T @ (softmax(features @ ahead) - wanted) + RIDGE * (ahead - prior)
        step = ahead - pull / curvature
        ahead = step + turn / (turn + 3) * (step - weights)
        weights = step
    return weights
