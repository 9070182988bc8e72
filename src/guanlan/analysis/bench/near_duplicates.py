"""Speed of finding near duplicates in a stream."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, posts, rate, timed
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.near_duplicates import NearDuplicateIndex


def run(size: int) -> Figures:
    """Fingerprint, query and add, as a stream."""
    texts, index = posts(size), NearDuplicateIndex()

    def stream() -> None:
        for key, text in enumerate(texts):
            fp = fingerprint(text)
            index.query(fp, text)
            index.add(key, fp, text)

    return rate(size, timed(stream))
