"""Speed of fingerprints alone."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, posts, rate, timed
from guanlan.analysis.fingerprint import fingerprint_batch


def run(size: int) -> Figures:
    texts = posts(size)
    return rate(size, timed(lambda: list(fingerprint_batch(texts))))
