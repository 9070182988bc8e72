"""Same event? Texts put into groups one after the other, within a moving window of time.

A text is compared with a group as a whole (its centroid) *and* with its closest member: the member
alone would chain strangers together through a text that touches both, the centroid alone would lose a
follow-up in other words. Both must agree, and the longer the group was silent the more they must; also
where both name places and none is shared. A shared number lets a little less do.

The :class:`GroupIndex` belongs to the caller, who gives group numbers, keeps the rows and rebuilds the
index from them with ``restore``, or from a file with ``group.saving``. What people decided (``merge``,
``split``, ``never_together``) binds. Groups that were opened apart and turned out to tell of one event
are joined by ``repair`` only, which says so: numbers never change behind the caller's back.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from itertools import islice
from operator import itemgetter

from guanlan.analysis.event_words import EventText, WordWeights, is_place
from guanlan.analysis.types import ANALYSIS_VERSION, Evidence, GroupDecision

#: Features of a text that look for groups, the weightiest; the others only confirm.
SEARCH_FEATURES = 12
#: Features by which a text can be found, the weightiest.
POSTED_FEATURES = 24
#: Groups kept under one feature, the latest: a word that hundreds of groups share finds nothing.
MAX_POSTINGS = 64
#: Groups compared in full.
MAX_COMPARED = 8
#: Members kept for comparison: the first two and the latest.
MAX_MEMBERS = 8
#: Features kept of a centroid.
MAX_CENTROID = 128


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """``threshold``, ``centroid_least`` and ``repair`` (of two groups) are cosines, from tuning rows.

    ``decay`` is what the threshold rises by over the whole window of silence, ``other_place`` where places
    differ; ``same_number`` is what it falls by for a shared number of two digits or more. These three were
    set by hand.
    """

    threshold: float = 0.13
    centroid_least: float = 0.10
    decay: float = 0.10
    other_place: float = 0.05
    same_number: float = 0.02
    repair: float = 0.25
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
    length: float = 0.0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(slots=True)
class State:
    """What an index knows; for ``group.saving`` only."""

    groups: dict[int, Group] = field(default_factory=dict)
    group_of: dict[int, int] = field(default_factory=dict)
    postings: dict[str, deque[int]] = field(default_factory=dict)
    apart: dict[int, set[int]] = field(default_factory=dict)
    parted: dict[int, set[int]] = field(default_factory=dict)
    order: deque[tuple[datetime, int]] = field(default_factory=deque)
    touched: set[int] = field(default_factory=set)


class GroupIndex:
    """Groups in the window. ``next_id`` gives the number of each new group and never repeats one."""

    def __init__(self, next_id: Callable[[], int], options: GroupOptions | None = None) -> None:
        self.options = options or GroupOptions()
        self._next_id = next_id
        self.weights = WordWeights()
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
        read = self.weights.read(title, text)
        best = self._best(key, read, at)
        self.weights.learn(read.weights)
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
        read = self.weights.read(title, text)
        self.weights.learn(read.weights)
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
            if self._forbidden(key, group):
                continue
            score = self._score(group, read)
            if score >= self._needed(group, read, at) and (best is None or score > best[0]):
                best = (score, number)
        return best

    def _candidates(self, read: EventText) -> list[int]:
        """Groups that share the weightiest features, most shared weight first."""
        shared: defaultdict[int, float] = defaultdict(float)
        for feature in islice(read.weights, SEARCH_FEATURES):
            weight = read.weights[feature] ** 2
            for number in self.state.postings.get(feature, ()):
                shared[number] += weight
        best = nlargest(2 * MAX_COMPARED, shared.items(), key=itemgetter(1))
        return [number for number, _weight in best if number in self.state.groups][:MAX_COMPARED]

    def _score(self, group: Group, read: EventText) -> float:
        """Mean of the cosines with the centroid and with the closest member; 0 when one is too low."""
        whole = _dot(read.weights, group.centroid) / (group.length or 1.0)
        if whole < self.options.centroid_least:
            return 0.0
        closest = max(_dot(read.weights, member.text.weights) for member in _shown(group))
        return (whole + closest) / 2

    def _needed(self, group: Group, read: EventText, at: datetime) -> float:
        options = self.options
        silence = abs(at - group.last) / options.window if group.last else 0.0
        needed = options.threshold + options.decay * min(1.0, silence)
        if read.places:
            places = frozenset[str]().union(*(member.text.places for member in _shown(group)))
            needed += options.other_place * (bool(places) and not places & read.places)
        if any(len(number) > 1 for number in read.numbers):
            told = (member.text.numbers for member in _shown(group))
            shared = read.numbers.intersection(frozenset[str]().union(*told))
            needed -= options.same_number * any(len(number) > 1 for number in shared)
        return needed

    def repair(
        self, may_join: Callable[[GroupMerge], bool] | None = None, most: int | None = None
    ) -> tuple[GroupMerge, ...]:
        """Join groups that grew alike since the last call; each merge keeps the older group's number.

        For the caller to run now and then, outside ``assign``: it has rows to move. Two groups are joined
        when their centroids agree by ``options.repair`` and their members do on average by ``threshold``;
        never against what people decided. ``may_join`` lets the caller refuse: such a merge is returned with
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
        top = nlargest(MAX_CENTROID // 4, group.centroid.items(), key=itemgetter(1))
        best: tuple[float, Group] | None = None
        for number in self._candidates(EventText(dict(top), frozenset())):
            other = self.state.groups[number]
            lengths = group.length * other.length
            if other is group or not lengths or self._kept_apart(group, other):
                continue
            score = _dot(group.centroid, other.centroid) / lengths
            if score < self.options.repair or (best is not None and score <= best[0]):
                continue
            if _mean_likeness(group, other) >= self.options.threshold:
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
        group.length = _length(group.centroid)

    def _post(self, feature: str, number: int) -> None:
        postings = self.state.postings.get(feature)
        if postings is None:
            postings = self.state.postings[feature] = deque(maxlen=MAX_POSTINGS)
        postings.append(number)

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
        group.length = _length(group.centroid)
        group.last = max(one.at for one in group.members.values())

    def _unpost(self, group: Group) -> None:
        for feature in group.centroid:
            postings = self.state.postings.get(feature)
            if postings is None:
                continue
            if group.number in postings:
                postings.remove(group.number)
            if not postings:
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


def _mean_likeness(one: Group, two: Group) -> float:
    """Mean cosine of the members that stand for the groups: average linkage, so nothing chains."""
    pairs = [_dot(first.text.weights, second.text.weights) for first in _shown(one) for second in _shown(two)]
    return sum(pairs) / len(pairs)


def _dot(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    return sum([weight * two[name] for name, weight in one.items() if name in two])


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(sum(value * value for value in weights.values()))
