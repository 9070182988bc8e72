"""Where items came from: chains first, then origin lines, then shared words, then time alone.

Items are handled in the order of their times, so a parent is earlier unless an origin line says
otherwise: pages re-date themselves. Everything is bounded: n items cost n look-ups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np

from guanlan.analysis.trace.cascade import cascade
from guanlan.analysis.trace.likeness import alike, sketch
from guanlan.analysis.trace.names import Said, masked, outlet, read_said
from guanlan.analysis.types import Descent, Evidence, SpreadHour, TraceNode, Tracing

#: Least share of common runs of a reprint, and of one whose origin line names the other: ten characters
#: in a hundred edited leave .5, edited three times .15.
LEAST_OVERLAP, LEAST_NAMED = 0.15, 0.06
#: A text shorter than this share of another is an excerpt, and the longer cannot come from it.
EXCERPT = 0.9
#: Candidates whose likeness differs by less are told apart by time: the earliest wins.
SAME_OVERLAP = 0.03
#: Beliefs: a chain whose words agree, a chain by name alone, each link of a chain that is not here.
CHAIN_AGREES, CHAIN_NAMED, LINK_MISSING = 0.97, 0.85, 0.7
#: Shares of belief kept where the item has no time, its parent is later, its stated origin is not here.
UNDATED, CONTRADICTED, OUTSIDE = 0.5, 0.8, 0.5
#: Nothing found by searching a part of the public is ever certain to be the first.
MOST_CONFIDENCE = 0.95
#: Steps up a tree; who stands deeper is no candidate, so that a chain of drifting texts costs no square.
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class TraceItem:
    """One appearance. ``author`` is a masked handle (``trace.masked``) or empty; ``outlet`` the name
    of the medium as shown; ``origin`` an origin line that the page gave; ``at`` aware, None if unknown.
    """

    key: str
    text: str
    title: str = ""
    at: datetime | None = None
    platform: str = ""
    tier: str = ""
    author: str = ""
    outlet: str = ""
    origin: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """``source``: key of the item that all others are known to pass on, as in a platform's list of
    reposts. ``searched``: among what was looked, in words for a reader.
    """

    source: str | None = None
    searched: str = ""


@dataclass(slots=True)
class _Link:
    """A parent by place, or None, and why."""

    parent: int | None = None
    probability: float = 0.0
    relation: Descent = Descent.FIRST
    evidence: list[Evidence] = field(default_factory=list)
    rivals: float = 1.0  # share of the belief in kinship that this parent has among its like


def trace(items: Sequence[TraceItem], options: TraceOptions | None = None) -> Tracing:
    """The reprint or repost tree of items about one matter, its earliest known item and its spread.

    Results name items by key only; handles in texts are hashed for matching and not kept.
    """
    chosen = options or TraceOptions()
    ordered = sorted(items, key=lambda item: (item.at is None, item.at or datetime.max.replace(tzinfo=UTC)))
    tree = _Tree(ordered, chosen)
    tree.follow_names()
    if tree.source is None:
        tree.follow_words()
    else:
        tree.follow_time()
    return tree.told()


class _Tree:
    """The tree while it grows; places are by time, undated items last."""

    def __init__(self, items: list[TraceItem], options: TraceOptions) -> None:
        self.items, self.options = items, options
        self.said = [read_said(item.text, item.origin) for item in items]
        self.links = [_Link() for _item in items]
        places = {item.key: place for place, item in enumerate(items)}
        self.source = places.get(options.source) if options.source is not None else None
        self.alike: list[list[tuple[int, float]]] = [[] for _item in items]
        if self.source is None:
            self.alike = alike([sketch(f"{item.title}\n{item.text}") for item in items], LEAST_NAMED)
        self.by_handle = self._handles()
        self.outlets = [outlet(item.outlet) for item in items]
        self.claims: Counter[int] = Counter()

    def follow_names(self) -> None:
        """Chains and origin lines, which are believed over time."""
        for place, said in enumerate(self.said):
            if place != self.source and not self._chain(place, said):
                self._origin(place, said)
        self.claims.update(
            link.parent
            for link in self.links
            if link.parent is not None and link.relation is Descent.ORIGIN_LINE
        )

    def follow_words(self) -> None:
        """Shared words: the most alike of the earlier items, the earliest of equals."""
        for place, link in enumerate(self.links):
            if link.parent is not None:
                continue
            near = [(p, s) for p, s in self.alike[place] if s >= LEAST_OVERLAP]
            options = [(p, s) for p, s in near if self._may_follow(place, p)]
            if options:
                self._overlap(place, link, options)

    def follow_time(self) -> None:
        """Items of a repost list that no name explains: the source or a hub."""
        source = self.source
        rest = [place for place, item in enumerate(self.items) if place != source and item.at is not None]
        if source is None:
            return
        times = np.array([_seconds(self.items[place].at) for place in rest])
        at = self.items[source].at
        started = _seconds(at) if at is not None else float(times[0]) if len(times) else 0.0
        if len(times):
            started = min(started, float(times[0]))
            parents, beliefs = cascade(times, started, [self.said[place].own for place in rest])
            for place, parent, belief in zip(rest, parents.tolist(), beliefs.tolist(), strict=True):
                self._pass_on(place, source if parent < 0 else rest[parent], belief)
        for place, item in enumerate(self.items):
            if item.at is None and place != source:
                self._pass_on(place, source, UNDATED)

    def told(self) -> Tracing:
        """The result, items in the order of their times."""
        items = self.items
        nodes = tuple(
            TraceNode(
                item.key,
                None if link.parent is None else items[link.parent].key,
                link.probability,
                link.relation,
                tuple(link.evidence),
            )
            for item, link in zip(items, self.links, strict=True)
        )
        first, confidence, why = self._earliest()
        undated = sum(item.at is None for item in items)
        searched = self.options.searched or f"{len(items)} items"
        return Tracing(
            nodes,
            first,
            confidence,
            searched,
            _spread(items),
            undated,
            evidence=(*why, Evidence("searched", searched)),
        )

    def _handles(self) -> dict[str, list[int]]:
        """Places by hashed handle; a handle is matched as it is and hashed, for it may be either."""
        found: dict[str, list[int]] = {}
        if any(said.links for said in self.said):
            for place, item in enumerate(self.items):
                for handle in {item.author, masked(item.author)} if item.author else ():
                    found.setdefault(handle, []).append(place)
        return found

    def _chain(self, place: int, said: Said) -> bool:
        """Link to the nearest author of the chain who is here."""
        for depth, (handle, words) in enumerate(said.links):
            earlier = [other for other in self.by_handle.get(handle, [])[:64] if other < place]
            if not earlier:
                continue
            same = [other for other in earlier if self.said[other].own == words]
            parent = (same or earlier)[-1]
            belief = (CHAIN_AGREES if same else CHAIN_NAMED) * LINK_MISSING**depth
            why = [Evidence("chain_words" if same else "chain_name")]
            why += [Evidence("chain_gap", str(depth))] if depth else []
            self.links[place] = _Link(parent, belief, Descent.CHAIN, why)
            return True
        return False

    def _origin(self, place: int, said: Said) -> None:
        """Link to the item of the outlet that the origin line names, if its words agree."""
        named = [name for name in said.origins if name != self.outlets[place]]
        for name in named:
            known = [(p, s) for p, s in self.alike[place] if self.outlets[p] and _same(self.outlets[p], name)]
            known = [(p, s) for p, s in known if not self._descends(p, place)]
            if known:
                parent, similar = min(known, key=lambda pair: (pair[0] > place, -pair[1], pair[0]))
                link = _Link(parent, 0.5 + 0.48 * similar, Descent.ORIGIN_LINE, [Evidence("origin_line")])
                if parent > place:
                    link.probability *= CONTRADICTED
                    link.evidence.append(Evidence("time_contradicts"))
                self.links[place] = link
                return
        if named:
            self.links[place].evidence.append(Evidence("origin_outside"))

    def _may_follow(self, place: int, other: int) -> bool:
        """A parent is earlier, or named as origin by more; who is named by several follows no unnamed one."""
        mine, theirs = self.claims[place], self.claims[other]
        if len(self.items[other].text) < EXCERPT * len(self.items[place].text):
            return False
        believed = theirs > mine or (other < place and mine in (theirs, 1))
        return believed and not self._descends(other, place)

    def _overlap(self, place: int, link: _Link, options: list[tuple[int, float]]) -> None:
        best = max(similar for _p, similar in options)
        parent, similar = min(pair for pair in options if pair[1] >= best - SAME_OVERLAP)
        weights = [np.exp(12 * (value - best)) for _p, value in options]
        link.parent, link.relation = parent, Descent.OVERLAP
        link.rivals = float(np.exp(12 * (similar - best)) / sum(weights))
        link.probability = min(1.0, 0.4 + similar / 2) * link.rivals
        link.evidence.append(Evidence("overlap", f"{similar:.2f}"))
        for code, holds, factor in (
            ("undated", self.items[place].at is None, UNDATED),
            ("time_contradicts", parent > place, CONTRADICTED),
            ("origin_outside", bool(link.evidence[:-1]), OUTSIDE),
        ):
            if holds:
                link.probability *= factor
                if code != "origin_outside":
                    link.evidence.append(Evidence(code))

    def _pass_on(self, place: int, parent: int, belief: float) -> None:
        if self.links[place].parent is None:
            why = [Evidence("time_alone")] + ([Evidence("chain_outside")] if self.said[place].links else [])
            self.links[place] = _Link(parent, belief, Descent.CASCADE, why)

    def _descends(self, place: int, ancestor: int) -> bool:
        """Whether ``place`` is ``ancestor`` or comes from it."""
        at: int | None = place
        for _step in range(MAX_DEPTH):
            if at is None or at == ancestor:
                return at == ancestor
            at = self.links[at].parent
        return True

    def _earliest(self) -> tuple[str | None, float, list[Evidence]]:
        """Root of the largest tree, and what lowers the belief that it is the first among the items."""
        if not self.items:
            return None, 0.0, []
        roots = self._roots()
        counts = Counter(roots)
        root = min(counts, key=lambda place: (-counts[place], place))
        confidence, why = MOST_CONFIDENCE, [Evidence("tree", f"{counts[root]}/{len(roots)}")]
        members = [self.links[place] for place, own in enumerate(roots) if own == root and place != root]
        mean = sum(link.probability / link.rivals for link in members) / len(members) if members else 0.5
        confidence *= mean * (counts[root] / len(roots)) ** 0.5
        for code, holds, factor in (
            ("undated", self.items[root].at is None, UNDATED),
            ("origin_outside", bool(self.links[root].evidence), OUTSIDE),
        ):
            if holds:
                confidence *= factor
                why.append(Evidence(code))
        return self.items[root].key, confidence, [*why, Evidence("earlier_not_excluded")]

    def _roots(self) -> list[int]:
        """The root of every item's tree, each path walked once."""
        roots: dict[int, int] = {}
        for place in range(len(self.items)):
            path, at = list[int](), place
            while at not in roots:
                path.append(at)
                parent = self.links[at].parent
                if parent is None:
                    roots[at] = at
                    break
                at = parent
            for walked in path:
                roots[walked] = roots[at]
        return [roots[place] for place in range(len(self.items))]


def _same(one: str, two: str) -> bool:
    """Names of outlets agree, or the longer begins with the other (新华社, 新华社客户端)."""
    short, long = sorted((one, two), key=len)
    return one == two or (len(short) > 2 and long.startswith(short))


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0


def _spread(items: Sequence[TraceItem]) -> tuple[SpreadHour, ...]:
    """Dated items by hour, platform and tier, in order."""
    counts = Counter(
        (
            item.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
            item.platform or _host(item.url),
            item.tier,
        )
        for item in items
        if item.at is not None
    )
    return tuple(SpreadHour(*place, counts[place]) for place in sorted(counts))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
