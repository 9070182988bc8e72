"""Where a matter came from among the documents of an event or group: the library's trace, bounded.

What is shown names sources, never persons; accounts are hashed before they are compared, and no account is
counted or ranked. What is found is the earliest *known* appearance: earlier is never excluded.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.db.models.functions import Left

from guanlan.analysis.trace import TraceItem, masked, trace
from guanlan.analysis.types import ANALYSIS_VERSION, TraceNode, Tracing
from guanlan.desk.documents.models import Document
from guanlan.desk.sources.models import Source

#: Documents that are compared: the newest, and beside them the earliest, which may hold the source.
NEWEST, EARLIEST = 1_900, 100
#: Characters of each text that are compared.
TEXT_CHARACTERS = 10_000
#: Nodes of all trees on the page together; the rest is counted.
MOST_NODES = 50
TITLE_CHARACTERS = 60
#: An account named in a text; no title shows one.
HANDLE = re.compile(r"@[^\s:：,，。;；/@]{1,40}")
#: Rows of the spread by kind and tier of source.
MOST_SPREAD = 12
#: So many are compared without being asked for: a tenth of a second.
AT_ONCE = 300
CACHED_SECONDS = 24 * 3600
#: From here on a confidence is called high, or medium.
HIGH, MEDIUM = 0.7, 0.4


@dataclass(frozen=True, slots=True)
class Branch:
    """One text of a tree. ``depth`` is 0 for a root; ``belief`` is that it comes from its parent."""

    document: int
    title: str
    source: str
    at: datetime | None
    depth: int
    relation: str
    belief: float


@dataclass(frozen=True, slots=True)
class Tree:
    """A text and what comes from it. ``size`` counts all of them, ``branches`` only those shown."""

    branches: tuple[Branch, ...]
    size: int

    @property
    def rest(self) -> int:
        return self.size - len(self.branches)


@dataclass(frozen=True, slots=True)
class Spread:
    """Dated texts of one kind and tier of source."""

    kind: str
    tier: str
    items: int
    first: datetime


@dataclass(frozen=True, slots=True)
class Traced:
    """``earliest`` is the first text with a time; ``origin`` the text that most of the others come from, held
    for the source with ``confidence``. They differ where several people say the same in words of their own.

    ``alone`` texts come from no other one that was searched; ``documents`` there are, ``searched`` of them were
    compared, from ``sources`` sources, between ``since`` and ``until``.
    """

    earliest: Branch | None
    origin: Branch | None
    confidence: float
    why: tuple[str, ...]
    trees: tuple[Tree, ...]
    more_trees: int
    alone: int
    spread: tuple[Spread, ...]
    undated: int
    documents: int
    searched: int
    sources: int
    since: datetime | None
    until: datetime | None

    @property
    def agree(self) -> bool:
        """Whether the others come from the earliest text."""
        return self.earliest is not None and self.earliest == self.origin

    @property
    def word(self) -> str:
        """high, medium or low: how surely the origin is the source."""
        return "high" if self.confidence >= HIGH else "medium" if self.confidence >= MEDIUM else "low"

    @property
    def hours(self) -> int:
        """Whole hours between the first and the last text, rounded up."""
        if self.since is None or self.until is None:
            return 0
        return -int(-(self.until - self.since).total_seconds() // 3600)


def traced(documents: QuerySet[Document], *, key: str, asked: bool = False) -> Traced | None:
    """Trace these documents; kept until one comes or goes. ``key`` names what they belong to.

    None where there are more than AT_ONCE, nothing is kept, and nobody ``asked`` for it.
    """
    facts = documents.order_by().aggregate(
        n=Count("pk"), last=Max("pk"), first=Min("pk"), sum=Sum("sequence")
    )
    name = f"trace:{ANALYSIS_VERSION}:{key}:{facts['n']}:{facts['first']}:{facts['last']}:{facts['sum']}"
    found: Traced | None = cache.get(name)
    if found is None and (asked or facts["n"] <= AT_ONCE):
        found = _trace(documents, facts["n"])
        cache.set(name, found, CACHED_SECONDS)
    return found


def sources_listened() -> int:
    """Sources that this desk listens to now."""
    return Source.objects.filter(active=True).count()


def _trace(documents: QuerySet[Document], count: int) -> Traced:
    rows = _rows(documents, count)
    found = trace([_item(row) for row in rows])
    by_key = {str(row["pk"]): row for row in rows}
    trees, more, alone = _trees(found.nodes, by_key)
    nodes = {node.key: node for node in found.nodes}
    dated = [row["published_at"] for row in rows if row["published_at"]]
    timed = [node for node in found.nodes if by_key[node.key]["published_at"]]  # in the order of their times
    first = timed[0] if timed else nodes[found.earliest] if found.earliest else None
    return Traced(
        earliest=_branch(first, by_key, 0) if first else None,
        origin=_branch(nodes[found.earliest], by_key, 0) if found.earliest else None,
        confidence=found.confidence,
        why=tuple(entry.code for entry in found.evidence),
        trees=trees, more_trees=more, alone=alone, spread=_spread(found), undated=found.undated,
        documents=count, searched=len(rows), sources=len({row["source"] for row in rows}),
        since=min(dated, default=None), until=max(dated, default=None),
    )  # fmt: skip


def _rows(documents: QuerySet[Document], count: int) -> list[dict[str, Any]]:
    """The newest documents, and the earliest where there are more than both together."""
    fields: QuerySet[Any, Any] = documents.annotate(beginning=Left("text", TEXT_CHARACTERS)).values(
        "pk", "title", "beginning", "published_at", "author", "origin", "url", "source",
        outlet=F("source__name"), platform=F("source__kind"), source_tier=F("source__tier"),
    )  # fmt: skip
    if count <= NEWEST + EARLIEST:
        return list(fields.order_by("-pk")[: NEWEST + EARLIEST])
    return [*fields.order_by("-pk")[:NEWEST], *fields.order_by("pk")[:EARLIEST]]


def _item(row: dict[str, Any]) -> TraceItem:
    return TraceItem(
        key=str(row["pk"]), text=row["beginning"], title=row["title"], at=row["published_at"],
        platform=row["platform"], tier=row["source_tier"], author=masked(row["author"]) if row["author"] else "",
        outlet=row["outlet"], origin=row["origin"], url=row["url"],
    )  # fmt: skip


def _trees(nodes: Sequence[TraceNode], rows: dict[str, dict[str, Any]]) -> tuple[tuple[Tree, ...], int, int]:
    """Trees of two texts or more, the largest first, within MOST_NODES; how many more; texts alone."""
    children: dict[str | None, list[TraceNode]] = defaultdict(list)
    for node in nodes:
        children[node.parent].append(node)
    walked = [list(_walk(root, children)) for root in children[None]]
    grown = sorted((tree for tree in walked if len(tree) > 1), key=lambda tree: -len(tree))
    shown, left = [], MOST_NODES
    for tree in grown:
        if left < 2:
            break
        part = tree[:left]
        shown.append(Tree(tuple(_branch(node, rows, depth) for node, depth in part), len(tree)))
        left -= len(part)
    return tuple(shown), len(grown) - len(shown), sum(len(tree) == 1 for tree in walked)


def _walk(root: TraceNode, children: dict[str | None, list[TraceNode]]) -> Iterable[tuple[TraceNode, int]]:
    """A tree with depths, each text below the one it comes from."""
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack += [(child, depth + 1) for child in reversed(children.get(node.key, []))]


def _branch(node: TraceNode, rows: dict[str, dict[str, Any]], depth: int) -> Branch:
    row = rows[node.key]
    title = HANDLE.sub("@*", row["title"] or row["beginning"][:TITLE_CHARACTERS])
    return Branch(
        row["pk"], title, row["outlet"], row["published_at"], depth, str(node.relation), node.probability
    )


def _spread(found: Tracing) -> tuple[Spread, ...]:
    items: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], datetime] = {}
    for hour in found.spread:
        place = (hour.platform, hour.tier)
        items[place] += hour.items
        first[place] = min(first.get(place, hour.hour), hour.hour)
    ordered = sorted(items, key=lambda place: (first[place], place))[:MOST_SPREAD]
    return tuple(Spread(*place, items[place], first[place]) for place in ordered)
