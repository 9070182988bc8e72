"""Speed and memory of finding near duplicates in a stream."""

from __future__ import annotations

import time

from guanlan.analysis.bench.texts import Figures, posts, rate
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.near_duplicates import NearDuplicateIndex

#: Bytes a text takes in the two dictionaries that find it: 196 by tracemalloc at 200,000 (CPython 3.11).
DICTIONARIES = 200


def run(size: int) -> Figures:
    """Fingerprint, query and add, as a stream read ahead in batches; and one text at a time."""
    texts, index = posts(size), NearDuplicateIndex()
    started = time.process_time()
    named = sum(bool(found) for _, found in index.seen_texts(enumerate(texts)))
    figures = rate(size, time.process_time() - started)
    return {
        **figures,
        "named": named,
        "bytes_per_text": round(index.nbytes / max(1, len(index))) + DICTIONARIES,
        "texts_per_second_one_by_one": _one_by_one(texts[: max(1, size // 10)]),
    }


def _one_by_one(texts: list[str]) -> float:
    index = NearDuplicateIndex()
    started = time.process_time()
    for key, text in enumerate(texts):
        fp = fingerprint(text)
        index.query(fp, text)
        index.add(key, fp, text)
    return round(len(texts) / (time.process_time() - started), 1)
