"""What the benchmarks run over, and how they are timed.

Texts are put together from the shipped background words by their frequency, so they have the length
and the repetition of real posts without being any; seeded, so that they are alike in each run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from guanlan.analysis.event_words import background

SEED = 20261123
#: Words of a post: with two characters a word this is the 55 characters of a usual one.
POST_WORDS = (12, 44)

Figures = dict[str, Any]


def posts(size: int) -> list[str]:
    """Made-up posts, the same ones every time."""
    draw = random.Random(SEED)  # noqa: S311 - repeatable texts, not secrets
    names = [(name, n) for name, n in background()[1].items() if name[0] not in "+="]
    words, weights = [name for name, _n in names], [n for _name, n in names]
    pool = draw.choices(words, weights, k=200_000)
    made = []
    for _ in range(size):
        start, length = draw.randrange(len(pool) - POST_WORDS[1]), draw.randint(*POST_WORDS)
        made.append("".join(pool[start : start + length]) + draw.choice("。！？"))
    return made


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def rate(n: int, seconds: float) -> Figures:
    return {"n": n, "seconds": round(seconds, 3), "texts_per_second": round(n / seconds, 1)}


def megabytes(texts: Sequence[str]) -> float:
    return sum(len(text.encode()) for text in texts) / 1e6


def page(text: str, at: int) -> str:
    links = "".join(f'<li><a href="/n/{n}.html">{text[:12]}</a></li>' for n in range(20))
    body = "".join(f"<p>{text}，{part}。</p>" for part in ("一", "二", "三", "四", "五", "六"))
    return (
        f"<html><head><meta charset=utf-8><title>{text[:20]}</title></head><body><ul>{links}</ul>"
        f"<h1>{text[:20]}</h1><p>2026-01-0{at % 9 + 1} 08:30 来源：本网</p><div>{body}</div>"
        f"<ul>{links}</ul></body></html>"
    )
