"""Reprint chains planted from a seed: edits, excerpts, origin lines or none, times missing or false."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from guanlan.analysis.bench.texts import posts
from guanlan.analysis.trace import TraceItem
from guanlan.analysis.types import Tracing

SEED = 20261123
CHAINS = 600
#: Reprints in a chain, and posts put together for one article (about 55 characters each).
LENGTHS, POSTS = (2, 12), (3, 9)
#: Shares of reprints: with an origin line, excerpts, without a time, dated before the origin; and of
#: origins that were re-dated after some of their reprints.
ORIGIN_LINE, EXCERPT, NO_TIME, TOO_EARLY, REDATED = 0.6, 0.15, 0.1, 0.05, 0.1
#: A reprint names where the text began, not where it was copied from, this often.
NAMES_FIRST = 0.7
EDITS = (0.02, 0.1)
LINES = ("来源：{}", "（转载自{}）", "文章来源: {}", "转自：{}", "据{}报道，")


@dataclass(frozen=True, slots=True)
class Planted:
    """``origins`` and ``parents`` by key of each reprint; origins themselves are not in them."""

    items: tuple[TraceItem, ...]
    origins: dict[str, str]
    parents: dict[str, str]


def planted_origin(tracing: Tracing, planted: Planted) -> list[bool]:
    """For each reprint whether the tree it was put in begins at its planted origin."""
    parents = {node.key: node.parent for node in tracing.nodes}
    return [_root(key, parents) == origin for key, origin in planted.origins.items()]


@cache
def planted_chains(chains: int = CHAINS, seed: int = SEED) -> Planted:
    """Chains mixed in one list, in no order; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    pool = posts(chains * POSTS[1])
    items, origins, parents = list[TraceItem](), dict[str, str](), dict[str, str]()
    for chain in range(chains):
        text = "".join(pool[chain * POSTS[1] : chain * POSTS[1] + draw.randint(*POSTS)])
        made = _chain(draw, chain, text, parents)
        origins |= {item.key: made[0].key for item in made[1:]}
        items += made
    draw.shuffle(items)
    return Planted(tuple(items), origins, parents)


def _chain(draw: random.Random, chain: int, text: str, parents: dict[str, str]) -> list[TraceItem]:
    started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=draw.randrange(40_000))
    first = TraceItem(f"{chain}-0", text, at=started, outlet=_name(chain, 0), platform="news")
    made, true_texts = [first], [text]
    for number in range(1, draw.randint(*LENGTHS) + 1):
        above = draw.randrange(number)
        copied = _edited(draw, true_texts[above])
        true_texts.append(copied)
        made.append(_reprint(draw, made, above, copied))
        parents[made[-1].key] = made[above].key
    if draw.random() < REDATED:
        made[0] = replace(first, at=started + timedelta(hours=draw.randint(5, 60)))
    return made


def _reprint(draw: random.Random, made: Sequence[TraceItem], above: int, text: str) -> TraceItem:
    chain, number = made[0].key.split("-")[0], len(made)
    parent_at = max(item.at for item in made[: above + 1] if item.at is not None)
    at: datetime | None = parent_at + timedelta(minutes=draw.randint(3, 900))
    drawn = draw.random()
    if drawn < NO_TIME and number > 1:
        at = None
    elif drawn < NO_TIME + TOO_EARLY and made[0].at is not None:
        at = made[0].at - timedelta(minutes=draw.randint(3, 300))
    if draw.random() < ORIGIN_LINE:
        named = made[0] if draw.random() < NAMES_FIRST else made[above]
        line = draw.choice(LINES).format(named.outlet)
        text = f"{line}{text}" if line.startswith("据") else f"{text}\n{line}"
    outlet = _name(int(chain), number)
    return TraceItem(f"{chain}-{number}", text, at=at, outlet=outlet, platform=draw.choice(("news", "forum")))


def _edited(draw: random.Random, text: str) -> str:
    """Some characters replaced, dropped or doubled; now and then the beginning alone is kept."""
    if draw.random() < EXCERPT and len(text) > 160:
        text = text[: max(120, int(len(text) * draw.uniform(0.5, 0.9)))]
    marks = list(text)
    for _edit in range(int(len(marks) * draw.uniform(*EDITS))):
        at = draw.randrange(len(marks))
        marks[at] = draw.choice((draw.choice(marks), "", marks[at] * 2))
    return "".join(marks)


def _name(chain: int, number: int) -> str:
    """An outlet's name of its own: 甲丙日报."""
    signs = "甲乙丙丁戊己庚辛壬癸"
    return (
        "".join(signs[int(digit)] for digit in f"{chain:03d}")
        + ("日报", "晚报", "在线", "新闻网")[number % 4]
        + signs[number % 10]
    )


def _root(key: str, parents: dict[str, str | None]) -> str:
    for _step in range(len(parents)):
        above = parents[key]
        if above is None:
            return key
        key = above
    return key
