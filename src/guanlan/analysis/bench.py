"""How fast the pure stages are here: simple timed loops over made-up posts, seeded and alike each run.

Texts are put together from the shipped background words by their frequency, so they have the length
and the repetition of real posts without being any. Rates are of one process. Peers (bare daachorse,
datasketch) are timed in the same run where they are installed.
"""

from __future__ import annotations

import os
import platform
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import daachorse

from guanlan.analysis.event_words import background
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.group import GroupIndex
from guanlan.analysis.match import compile_themes
from guanlan.analysis.near_duplicates import NearDuplicateIndex
from guanlan.analysis.pipeline import Toolbox, analyse_batch
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.types import RawItem

SEED = 20261123
#: Words of a post: with two characters a word this is the 55 characters of a usual one.
POST_WORDS = (12, 44)
DEFAULT_SIZE = 20_000
TERMS = 10_000
#: Posts an hour while grouping: 72 hours hold about 200,000.
POSTS_AN_HOUR = 2_800

Figures = dict[str, Any]


def machine_line() -> str:
    """What the figures were taken on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def bench_stage(name: str, size: int | None = None) -> Figures:
    """Run one stage over ``size`` posts: name, machine, n, seconds and rate. Raises KeyError."""
    stage = STAGES[name]
    return {"name": name, "machine": machine_line(), **stage(size or DEFAULT_SIZE)}


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


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _rate(n: int, seconds: float) -> Figures:
    return {"n": n, "seconds": round(seconds, 3), "texts_per_second": round(n / seconds, 1)}


def _megabytes(texts: Sequence[str]) -> float:
    return sum(len(text.encode()) for text in texts) / 1e6


def _fingerprint(size: int) -> Figures:
    texts = posts(size)
    return _rate(size, _timed(lambda: [fingerprint(text) for text in texts]))


def _near_duplicates(size: int) -> Figures:
    """Fingerprint, query and add, as a stream."""
    texts, index = posts(size), NearDuplicateIndex()

    def stream() -> None:
        for key, text in enumerate(texts):
            fp = fingerprint(text)
            index.query(fp, text)
            index.add(key, fp, text)

    return _rate(size, _timed(stream))


def _match(size: int) -> Figures:
    """10,000 terms in 100 themes against bare daachorse, once with terms as themes have them (a few
    texts in a hundred are asked for), once with the commonest words (every text is, by many themes).
    """
    texts = posts(size)
    names = sorted(background()[1].items(), key=lambda item: (-item[1], item[0]))
    common = [name for name, _n in names if name[0] not in "+=" and len(name) > 1]
    asked = [one + two for one, two in pairwise(common[: TERMS + 1])]
    figures: Figures = {}
    for kind, terms in (("asked", asked), ("common", common[:TERMS])):
        figures |= {f"{kind}_{name}": value for name, value in _match_terms(terms, texts).items()}
    return {"n": size, **figures}


def _match_terms(terms: Sequence[str], texts: Sequence[str]) -> Figures:
    themes = {at: " ".join(f'"{term}"' for term in terms[at::100]) for at in range(100)}
    compiled = _timed(lambda: compile_themes(themes))
    matcher, bare = compile_themes(themes), daachorse.CharwiseDoubleArrayAhoCorasick(list(terms))
    ours = min(_timed(lambda: list(matcher.match_batch(texts))) for _ in range(3))
    theirs = min(_timed(lambda: list(map(bare.find_overlapping, texts))) for _ in range(3))
    return {
        "terms": len(terms),
        "compile_seconds": round(compiled, 3),
        "matched_share": round(sum(map(bool, matcher.match_batch(texts))) / len(texts), 3),
        "megabytes_per_second": round(_megabytes(texts) / ours, 1),
        "share_of_bare_daachorse": round(theirs / ours, 3),
    }


def _group(size: int) -> Figures:
    texts, numbers = posts(size), count(1)
    index = GroupIndex(lambda: next(numbers))
    started = datetime(2026, 1, 1, tzinfo=UTC)

    def stream() -> None:
        for key, text in enumerate(texts):
            index.assign(key, text, "", started + timedelta(hours=key / POSTS_AN_HOUR))

    seconds = _timed(stream)
    return {**_rate(size, seconds), "in_window": len(index), "groups": next(numbers) - 1}


def _analyse(size: int) -> Figures:
    """The pure pipeline on HTML pages: decode to tone, without a store."""
    tools = Toolbox(matcher=compile_themes({1: "停电 供水"}), tone=ToneModel.load())
    items = [
        RawItem(str(at), content=_page(text, at).encode(), url=f"https://example.org/news/2026/{at}.html")
        for at, text in enumerate(posts(min(size, 2_000) * 12)[::12])
    ]
    seconds = _timed(lambda: list(analyse_batch(items, tools)))
    return {"n": len(items), "seconds": round(seconds, 3), "pages_per_second": round(len(items) / seconds, 1)}


def _page(text: str, at: int) -> str:
    links = "".join(f'<li><a href="/n/{n}.html">{text[:12]}</a></li>' for n in range(20))
    body = "".join(f"<p>{text}，{part}。</p>" for part in ("一", "二", "三", "四", "五", "六"))
    return (
        f"<html><head><meta charset=utf-8><title>{text[:20]}</title></head><body><ul>{links}</ul>"
        f"<h1>{text[:20]}</h1><p>2026-01-0{at % 9 + 1} 08:30 来源：本网</p><div>{body}</div>"
        f"<ul>{links}</ul></body></html>"
    )


STAGES: dict[str, Callable[[int], Figures]] = {
    "fingerprint": _fingerprint,
    "near-duplicates": _near_duplicates,
    "match": _match,
    "group": _group,
    "analyse": _analyse,
}
