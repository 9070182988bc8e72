"""Kleinberg's two-state automaton, read step by step.

Kleinberg 2003, "Bursty and Hierarchical Structure in Streams", Data Mining and Knowledge Discovery 7:
counts come at a base rate or at ``ratio`` times it; going up costs ``cost``, coming down nothing. The
score is how much cheaper the best path in the burst state is than the best one outside it (nats). The
base rate is a fading mean that a burst cannot pull up, because a desk does not know the whole stream.
"""

from __future__ import annotations

import numpy as np

from guanlan.analysis.burst.options import HOURLY, BurstOptions, Floats

#: Best of 2 and 3, with 1 and 3, on tuning rows.
RATIO = 3.0
COST = 1.0
_LEAST_RATE = 0.05


def kleinberg_scores(
    counts: Floats, options: BurstOptions = HOURLY, ratio: float = RATIO, cost: float = COST
) -> Floats:
    """Scores (terms, steps) in nats; above 0 the burst state explains the stream better."""
    scores = np.zeros_like(counts)
    fade = 0.5 ** (1 / options.half_life)
    weighted, weight = np.zeros(len(counts)), np.zeros(len(counts))
    quiet, burst = np.zeros(len(counts)), np.full(len(counts), 5.0 * cost)
    for step in range(counts.shape[1]):
        ok = ~np.isnan(counts[:, step])
        count = np.where(ok, counts[:, step], 0.0)
        rate = np.maximum((weighted + _LEAST_RATE) / (weight + 0.5), _LEAST_RATE)
        dearer = np.where(ok, rate * (ratio - 1) - count * np.log(ratio), 0.0)
        burst, quiet = np.minimum(burst, quiet + cost) + dearer, np.minimum(quiet, burst)
        least = np.minimum(burst, quiet)
        burst, quiet = burst - least, quiet - least
        scores[:, step] = np.where(ok, quiet - burst, 0.0)
        taken = np.minimum(count, rate + options.clip * np.sqrt(rate) + 1)
        weighted = np.where(ok, weighted * fade + (1 - fade) * taken, weighted)
        weight = np.where(ok, weight * fade + (1 - fade), weight)
    return scores
