"""Speed of fingerprints alone."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, posts, rate, timed
from guanlan.analysis.fingerprint import fingerprint


def run(size: int) -> Figures:
    texts = posts(size)
    return rate(size, timed(lambda: [fingerprint(text) for text in texts]))
