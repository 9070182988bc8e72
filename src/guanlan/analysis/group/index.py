"""Same event? Texts put into groups one after the other, within a moving window of time.

A text is compared with the members that stand for a group; the mean chance that it is of one matter with
them (:mod:`reading`, :mod:`telling`) decides. One member alone would chain strangers together through a text
that touches both. The longer the group was silent the surer it must be; also where both name places and
none is shared. A shared number lets a little less do.

The :class:`GroupIndex` belongs to the caller, who gives group numbers, keeps the rows and rebuilds the
index from them with ``restore``, or from a file with ``group.saving``. What people decided (``merge``,
``split``, ``never_together``) binds. Groups that were opened apart and turned out to tell of one event
are joined by ``repair`` only, which says so: numbers never change behind the caller's back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from itertools import islice
from operator import itemgetter

from guanlan.analysis.event_words import EventText, is_place
from guanlan.analysis.group.reading import Reader
from guanlan.analysis.types import ANALYSIS_VERSION, Evidence, GroupDecision

#: Features of a text that look for groups, the weightiest; the others only confirm.
SEARCH_FEATURES = 12
#: Features by which a text can be found, the weightiest.
POSTED_FEATURES = 24
#: Groups kept under one feature, the latest: a word that hundreds of groups share finds nothing.
MAX_POSTINGS = 64
#: Log odds beyond these say no more, and would overflow.
MOST_ODDS = 60.0
#: Groups compared in full.
MAX_COMPARED = 8
#: Members kept for comparison: the first two and the latest.
MAX_MEMBERS = 8
#: Features kept of a centroid.
MAX_CENTROID = 128


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """``threshold`` and ``repair`` (of two groups) are mean chances that texts are of one matter, 0..1, from
    tuning rows.

    In log odds: ``decay`` is what a whole window of silence takes from the chance, ``other_place`` what other
    places take; ``same_number`` is what a shared number of two digits or more adds. These three were set
    by hand.
    """

    threshold: float = 0.40
    decay: float = 1.0
    other_place: float = 0.5
    same_number: float = 0.2
    repair: float = 0.34
    window: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class GroupMerge:
    """``repair`` joined group ``gone`` to the older ``kept``: the caller moves its rows.

    Where the caller did not let it, ``joined`` is False: nothing moved, a person may be asked.
    """

    kept: int
    gone: int
    similarity: float
    evidence: tuple[Evidence, ...] = ()
    joined: bool = True
    version: str = ANALYSIS_VERSION


@dataclass(slots=True)
class Member:
    key: int
    text: EventText
    at: datetime


@dataclass(slots=True)
class Group:
    number: int
    members: dict[int, Member] = field(default_factory=dict)
    centroid: dict[str, float] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class State:
    """What an index knows; for ``group.saving`` only."""

    groups: dict[int, Group] = field(default_factory=dict)
    group_of: dict[int, int] = field(default_factory=dict)
    postings: dict[str, tuple[int, ...]] = field(default_factory=dict)
    apart: dict[int, set[int]] = field(default_factory=dict)
    parted: dict[int, set[int]] = field(default_factory=dict)
    order: deque[tuple[datetime, int]] = field(default_factory=deque)
    touched: set[int] = field(default_factory=set)


class GroupIndex:
    """Groups in the window. ``next_id`` gives the number of each new group and never repeats one."""

    def __init__(self, next_id: Callable[[], int], options: GroupOptions | None = None) -> None:
        self.options = options or GroupOptions()
        self._next_id = next_id
        self.reader = Reader()
        self.state = State()

    def __len__(self) -> int:
        return len(self.state.group_of)

    def group_of(self, key: int) -> int | None:
        """The group of a text, None when it is not in the window."""
        return self.state.group_of.get(key)

    def assign(self, key: int, text: str, title: str, at: datetime) -> GroupDecision:
        """Put a text into the group it belongs to, or into a new one. A known key keeps its group.

        ``at`` must be aware; it may come out of order within the window.
        """
        known = self.state.group_of.get(key)
        if known is not None:
            return GroupDecision(known, False, None, (Evidence("known"),))
        self.forget_before(at - self.options.window)
        read = self.reader.read(title, text)
        best = self._best(key, read, at)
        self.reader.learn(read.weights)
        if best is None:
            group, decision = Group(self._next_id()), None
            self.state.groups[group.number] = group
        else:
            group, decision = self.state.groups[best[1]], best
        evidence = self._why(group, read, at) if decision else (Evidence("nothing_alike"),)
        self._join(group, Member(key, read, at))
        self.state.touched.add(group.number)
        return GroupDecision(group.number, decision is None, decision[0] if decision else None, evidence)

    def assign_batch(self, items: Iterable[tuple[int, str, str, datetime]]) -> Iterator[GroupDecision]:
        """``assign`` of each (key, text, title, at), in order."""
        for key, text, title, at in items:
            yield self.assign(key, text, title, at)

    def restore(self, key: int, group: int, title: str, text: str, at: datetime) -> None:
        """Put a text where a row of the caller says it is; used to rebuild the index.

        Its group is not ``repair``'s to look at: whoever grouped the text first has looked.
        """
        self._leave(key)
        read = self.reader.read(title, text)
        self.reader.learn(read.weights)
        self._join(self._named(group), Member(key, read, at))

    def move(self, key: int, group: int) -> None:
        """Put a text that the index knows where a row of the caller says it is now; others are left out."""
        member = self._member(key)
        if member is not None and self.state.group_of[key] != group:
            self._leave(key)
            self._join(self._named(group), member)

    def keys_of(self, group: int) -> tuple[int, ...]:
        """Keys of the texts of a group, in the order in which they came; empty for an unknown group."""
        found = self.state.groups.get(group)
        return tuple(found.members) if found else ()

    def merge(self, first: int, second: int) -> int:
        """A person says both groups are one event: ``second`` goes into ``first``, which is returned.

        Takes back an earlier ``never_together`` between their texts. Raises KeyError for a group
        that is not in the window.
        """
        kept, gone = self.state.groups[first], self.state.groups[second]
        if kept is gone:
            return first
        for key in gone.members:
            for other in kept.members:
                self._allow(key, other)
        self.unpart(first, second)
        self._pour(gone, kept)
        return first

    def split(self, keys: Iterable[int]) -> int:
        """A person says these texts are an event of their own: the number of their new group.

        Their group is never joined again with those left behind. Raises KeyError for an unknown key.
        """
        chosen = {key: self.state.group_of[key] for key in keys}
        fresh = self._next_id()
        for key, group in chosen.items():
            self.part(fresh, group)
            self.move(key, fresh)
        return fresh

    def part(self, first: int, second: int) -> None:
        """A person says these two groups are different events: ``repair`` never joins them.

        Holds for what is joined to either of them, too, until ``merge`` takes it back.
        """
        self.state.parted.setdefault(first, set()).add(second)
        self.state.parted.setdefault(second, set()).add(first)

    def unpart(self, first: int, second: int) -> None:
        """A person takes ``part`` back."""
        self.state.parted.get(first, set()).discard(second)
        self.state.parted.get(second, set()).discard(first)

    def never_together(self, first: int, second: int) -> None:
        """A person says these two texts (keys) are different events. Binds texts still to come, too."""
        self.state.apart.setdefault(first, set()).add(second)
        self.state.apart.setdefault(second, set()).add(first)

    def forget_before(self, at: datetime) -> None:
        """Drop texts older than ``at``; groups that lose all their texts are closed."""
        while self.state.order and self.state.order[0][0] < at:
            _at, key = self.state.order.popleft()
            member = self._member(key)
            if member is not None and member.at < at:
                self._leave(key)

    def _named(self, number: int) -> Group:
        return self.state.groups.setdefault(number, Group(number))

    def _member(self, key: int) -> Member | None:
        number = self.state.group_of.get(key)
        return None if number is None else self.state.groups[number].members[key]

    def _best(self, key: int, read: EventText, at: datetime) -> tuple[float, int] | None:
        best: tuple[float, int] | None = None
        for number in self._candidates(read):
            group = self.state.groups[number]
            dots = _dots(read.weights, group)
            least = max(self.options.threshold, best[0] if best else 0.0)
            if self._chance(dots, self.options.same_number) <= least or self._forbidden(key, group):
                continue
            score = self._chance(dots, self._odds(group, read, at))
            if score > least:
                best = (score, number)
        return best

    def _candidates(self, read: EventText) -> list[int]:
        """Groups that share the features that tell most, most shared weight first."""
        shared: dict[int, float] = {}
        postings = self.state.postings
        for feature in islice(read.weights, SEARCH_FEATURES):
            weight = read.weights[feature] ** 2
            for number in postings.get(feature, ()):
                shared[number] = shared.get(number, 0.0) + weight
        best = nlargest(MAX_COMPARED, shared, key=shared.__getitem__)
        return [number for number in best if number in self.state.groups]

    def _chance(self, dots: Sequence[float], odds: float = 0.0) -> float:
        """Mean chance that a text is of one matter with others, from its products with them."""
        start = self.reader.telling.start + odds
        return sum([1 / (1 + math.exp(min(MOST_ODDS, -start - dot))) for dot in dots]) / len(dots)

    def _odds(self, group: Group, read: EventText, at: datetime) -> float:
        """Log odds that time, places and numbers add to what the words say."""
        options, odds = self.options, 0.0
        if group.last:
            odds -= options.decay * min(1.0, abs(at - group.last) / options.window)
        if read.places:
            places = frozenset[str]().union(*(member.text.places for member in _shown(group)))
            odds -= options.other_place * (bool(places) and not places & read.places)
        if any(len(number) > 1 for number in read.numbers):
            told = (member.text.numbers for member in _shown(group))
            shared = read.numbers.intersection(frozenset[str]().union(*told))
            odds += options.same_number * any(len(number) > 1 for number in shared)
        return odds

    def repair(
        self, may_join: Callable[[GroupMerge], bool] | None = None, most: int | None = None
    ) -> tuple[GroupMerge, ...]:
        """Join groups that grew alike since the last call; each merge keeps the older group's number.

        For the caller to run now and then, outside ``assign``: it has rows to move. Two groups are joined
        when the chance of their members is ``options.repair`` on average (so nothing chains), and never
        against what people decided. ``may_join`` lets the caller refuse: such a merge is returned with
        ``joined`` False, not done. ``most`` groups are looked at, the oldest numbers first; the others wait for the
        next call. The same index gives the same merges.
        """
        done: dict[tuple[int, int], GroupMerge] = {}
        for number in sorted(self.state.touched)[:most]:
            self.state.touched.discard(number)
            group = self.state.groups.get(number)
            match = self._twin(group) if group else None
            if group is None or match is None:
                continue
            score, other = match
            kept, gone = sorted((group, other), key=_age)
            if (kept.number, gone.number) in done:
                continue  # refused a moment ago, seen from the other side
            merge = GroupMerge(kept.number, gone.number, score, _shared_words(kept, gone))
            if may_join is None or may_join(merge):
                self._pour(gone, kept)
            else:
                merge = replace(merge, joined=False)
            done[kept.number, gone.number] = merge
        return tuple(done.values())

    def _twin(self, group: Group) -> tuple[float, Group] | None:
        """The other group most like this one, and how much; None when none is enough."""
        size = len(group.members)
        top = nlargest(POSTED_FEATURES, group.centroid.items(), key=itemgetter(1))
        sought = EventText({name: weight / size for name, weight in top}, frozenset())
        best: tuple[float, Group] | None = None
        for number in self._candidates(sought):
            other = self.state.groups[number]
            if other is group or self._kept_apart(group, other):
                continue
            score = self._chance([dot for one in _shown(group) for dot in _dots(one.text.weights, other)])
            if score >= self.options.repair and (best is None or score > best[0]):
                best = (score, other)
        return best

    def _pour(self, gone: Group, kept: Group) -> None:
        self.state.touched.add(kept.number)
        for other in self.state.parted.pop(gone.number, set()):
            self.state.parted[other].discard(gone.number)
            self.part(kept.number, other)
        for member in list(gone.members.values()):
            self._leave(member.key)
            self._join(kept, member)

    def _kept_apart(self, one: Group, two: Group) -> bool:
        parted = two.number in self.state.parted.get(one.number, ())
        return parted or any(self._forbidden(key, two) for key in one.members)

    def _forbidden(self, key: int, group: Group) -> bool:
        apart = self.state.apart.get(key)
        return bool(apart) and not apart.isdisjoint(group.members)  # type: ignore[union-attr]

    def _why(self, group: Group, read: EventText, at: datetime) -> tuple[Evidence, ...]:
        """What speaks for the group, in words a person can check."""
        shared = [name for name in read.weights if name in group.centroid]
        plain = [name for name in shared if name[0] not in "+="][:5]
        numbers = read.numbers & frozenset().union(*(member.text.numbers for member in _shown(group)))
        evidence = [Evidence("shared_words", " ".join(plain or [name[1:] for name in shared[:5]]))]
        evidence += [Evidence("place", name) for name in plain if is_place(name)][:1]
        if numbers:
            evidence.append(Evidence("numbers", " ".join(sorted(numbers)[:5])))
        if group.last:
            evidence.append(Evidence("hours_apart", f"{abs(at - group.last) / timedelta(hours=1):.1f}"))
        return tuple(evidence)

    def _join(self, group: Group, member: Member) -> None:
        self.state.groups[group.number] = group
        group.members[member.key] = member
        self.state.group_of[member.key] = group.number
        self.state.order.append((member.at, member.key))
        group.last = member.at if group.last is None else max(group.last, member.at)
        group.first = member.at if group.first is None else min(group.first, member.at)
        centroid = group.centroid
        for feature in islice(member.text.weights, POSTED_FEATURES):
            if feature not in centroid:
                self._post(feature, group.number)
        for feature, weight in member.text.weights.items():
            centroid[feature] = centroid.get(feature, 0.0) + weight
        if len(group.centroid) > 2 * MAX_CENTROID:
            best = sorted(group.centroid.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_CENTROID]
            group.centroid = dict(best)

    def _post(self, feature: str, number: int) -> None:
        postings = self.state.postings
        # a tuple: nearly all features stand in one group only, and a list for each is most of the memory
        postings[feature] = (*postings.get(feature, ())[1 - MAX_POSTINGS :], number)

    def _leave(self, key: int) -> None:
        number = self.state.group_of.pop(key, None)
        if number is None:
            return
        group = self.state.groups[number]
        member = group.members.pop(key)
        if not group.members:
            del self.state.groups[number]
            self._unpost(group)
            return
        for feature, weight in member.text.weights.items():
            left = group.centroid.get(feature, 0.0) - weight
            if left > 1e-9:
                group.centroid[feature] = left
            else:
                group.centroid.pop(feature, None)
        group.last = max(one.at for one in group.members.values())

    def _unpost(self, group: Group) -> None:
        for feature in group.centroid:
            numbers = self.state.postings.get(feature)
            if numbers and group.number in numbers:
                left = tuple([number for number in numbers if number != group.number])
                if left:
                    self.state.postings[feature] = left
                else:
                    del self.state.postings[feature]

    def _allow(self, first: int, second: int) -> None:
        self.state.apart.get(first, set()).discard(second)
        self.state.apart.get(second, set()).discard(first)


def _shown(group: Group) -> list[Member]:
    """Members that stand for the group: the first two and the latest."""
    members = list(group.members.values())
    if len(members) <= MAX_MEMBERS:
        return members
    return members[:2] + members[2 - MAX_MEMBERS :]


def _shared_words(one: Group, two: Group) -> tuple[Evidence, ...]:
    shared = sorted(set(one.centroid) & set(two.centroid), key=lambda name: (-one.centroid[name], name))
    return (Evidence("shared_words", " ".join([name for name in shared if name[0] not in "+="][:5])),)


def _age(group: Group) -> tuple[datetime, int]:
    return group.first or datetime.max.replace(tzinfo=UTC), group.number


def _dots(weights: Mapping[str, float], group: Group) -> list[float]:
    """Products of a text with the members that stand for a group."""
    return [_dot(weights, member.text.weights) for member in _shown(group)]


def _dot(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    # what both have is found in C; an exact sum does not depend on the order of a set
    return math.fsum([one[name] * two[name] for name in one.keys() & two.keys()])
