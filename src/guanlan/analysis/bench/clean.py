"""Speed of cleaning, for each kind of text that comes in."""

from __future__ import annotations

import time
from collections.abc import Sequence

import opencc

from guanlan.analysis.bench.texts import Figures, megabytes, posts, rate
from guanlan.analysis.clean import clean

#: One text in so many is traditional in the mixed kind.
MIXED_EVERY = 5


def run(size: int) -> Figures:
    """Texts of simplified posts a second, and megabytes of UTF-8 a second of each kind."""
    kinds = _kinds(posts(size))
    clean(kinds["traditional"][0])  # tables and converter are loaded once, at the first text that asks
    speeds, seconds = {}, 0.0
    for kind, texts in kinds.items():
        spent = _timed(texts)
        speeds[kind] = round(megabytes(texts) / spent, 1)
        seconds = seconds or spent
    return {**rate(size, seconds), "megabytes_per_second": speeds}


def _timed(texts: Sequence[str]) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    for text in texts:
        clean(text)
    return time.process_time() - started


def _kinds(texts: list[str]) -> dict[str, list[str]]:
    pages = ["\n".join(texts[at : at + 20]) for at in range(0, len(texts), 20)]
    traditional = opencc.OpenCC("s2tw").convert("\f".join(pages)).split("\f")
    mixed = [traditional[at] if at % MIXED_EVERY == 0 else page for at, page in enumerate(pages)]
    return {
        "posts": texts,
        "pages": pages,
        "traditional": traditional,
        "mixed": mixed,
        "names_in_traditional": [f"{page}陳先生" for page in pages],
        "full_width": [f"{page}ＡＢＣ１２３" for page in pages],
    }
