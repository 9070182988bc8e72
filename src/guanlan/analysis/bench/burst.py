"""Speed of burst detection over many terms side by side."""

from __future__ import annotations

import numpy as np

from guanlan.analysis.bench.texts import SEED, Figures, timed
from guanlan.analysis.burst import HOURLY, BurstDetector
from guanlan.analysis.burst.kleinberg import kleinberg_scores

#: Five terms for each text of the usual size: 20,000 make 100,000 terms.
TERMS_A_TEXT = 5
STEPS = 24


def run(size: int) -> Figures:
    """A day of hours of ``5 * size`` terms, step by step; Kleinberg's automaton on the same counts."""
    terms = size * TERMS_A_TEXT
    draw = np.random.default_rng(SEED)
    rates = draw.exponential(0.5, terms)
    counts = draw.poisson(rates, (STEPS, terms)).astype(np.float64)
    detector = BurstDetector(terms, HOURLY)

    def stream() -> None:
        for number, column in enumerate(counts):
            detector.step_number(number, column)

    seconds, rival = timed(stream), timed(lambda: kleinberg_scores(counts.T.copy()))
    return {
        "n": size,
        "terms": terms,
        "seconds_a_step": round(seconds / STEPS, 4),
        "term_steps_per_second": round(terms * STEPS / seconds),
        "time_against_kleinberg": round(seconds / rival, 2),
        "state_bytes_a_term": round(len(detector.save()) / terms, 1),
    }
