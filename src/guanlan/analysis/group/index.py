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

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np

from guanlan.analysis.event_words import is_place
from guanlan.analysis.group.members import Group, Member, State, products, shared
from guanlan.analysis.group.options import GroupMerge, GroupOptions
from guanlan.analysis.group.reading import Reader, ReadText
from guanlan.analysis.group.vocabulary import Floats
from guanlan.analysis.types import Evidence, GroupDecision

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

_YES = np.ones(1, np.bool_)


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
        self.reader.learn(read)
        if best is None:
            group, decision = Group(self._next_id()), None
            self.state.groups[group.number] = group
        else:
            group, decision = self.state.groups[best[1]], best
        evidence = self._why(group, read, at) if decision else (Evidence("nothing_alike"),)
        self._join(group, Member(key, read, at))
        self.state.touched.add(group.number)
        self._fade_if_sated()
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
        self.reader.learn(read)
        self._join(self._named(group), Member(key, read, at))
        self._fade_if_sated()

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

    def _fade_if_sated(self) -> None:
        """Let counts fade when it is time, and take over the new numbers of features."""
        if not self.reader.sated:
            return
        state = self.state
        members = [member for group in state.groups.values() for member in group.members.values()]
        posted = np.fromiter(state.postings, np.int32, len(state.postings))
        numbers = self.reader.fade([posted, *(member.text.features for member in members)])
        state.postings = {int(numbers[at]): groups for at, groups in state.postings.items()}
        for group in state.groups.values():
            group.posted = set(numbers[list(group.posted)].tolist())
            group.changed()
        for member in members:
            places = frozenset(numbers[list(member.text.places)].tolist())
            member.text = replace(member.text, features=numbers[member.text.features], places=places)

    def _best(self, key: int, read: ReadText, at: datetime) -> tuple[float, int] | None:
        groups = self._candidates(read)
        if not groups:
            return None
        dots, begins = products(self.reader.vocabulary.scratch, read, groups)
        # the chance at best, if a number is shared: most groups need not be looked at any further
        chances = self._chances(dots, self.options.same_number)
        most = (np.add.reduceat(chances, begins[:-1]) / np.subtract(begins[1:], begins[:-1])).tolist()
        best, least = None, self.options.threshold
        for place, group in enumerate(groups):
            if most[place] <= least or self._forbidden(key, group):
                continue
            score = self._chance(dots[begins[place] : begins[place + 1]], self._odds(group, read, at))
            if score > least:
                best, least = (score, group.number), score
        return best

    def _candidates(self, read: ReadText) -> list[Group]:
        """Groups that share the features that tell most, most shared weight first."""
        found: list[array[int]] = []
        weights, postings = list[float](), self.state.postings
        features, told = read.features[:SEARCH_FEATURES].tolist(), read.weights[:SEARCH_FEATURES].tolist()
        for feature, weight in zip(features, told, strict=True):
            if feature in postings:
                found.append(postings[feature])
                weights.append(weight * weight)
        if not found:
            return []
        numbers = np.frombuffer(b"".join(found), np.int64)
        order = numbers.argsort(kind="stable")
        numbers = numbers[order]
        starts = np.flatnonzero(np.concatenate([_YES, numbers[1:] != numbers[:-1]]))
        shared = np.add.reduceat(np.repeat(weights, [len(one) for one in found])[order], starts)
        best = (-shared).argsort(kind="stable")[:MAX_COMPARED]  # of equals the oldest groups
        return [self.state.groups[number] for number in numbers[starts[best]].tolist()]

    def _chances(self, dots: Floats, odds: float = 0.0) -> Floats:
        """Chances that a text is of one matter with others, from its products with them."""
        start = self.reader.telling.start + odds
        chances: Floats = 1 / (1 + np.exp(np.minimum(-start - dots, MOST_ODDS)))
        return chances

    def _chance(self, dots: Floats, odds: float = 0.0) -> float:
        """Their mean."""
        return float(np.add.reduce(self._chances(dots, odds))) / len(dots)

    def _odds(self, group: Group, read: ReadText, at: datetime) -> float:
        """Log odds that time, places and numbers add to what the words say."""
        options, odds = self.options, 0.0
        if group.last:
            odds -= options.decay * min(1.0, abs(at - group.last) / options.window)
        texts = [member.text for member in group.shown()]
        if read.places:
            named = [text.places for text in texts if text.places]
            elsewhere = bool(named) and all(read.places.isdisjoint(places) for places in named)
            odds -= options.other_place * elsewhere
        long = {number for number in read.numbers if len(number) > 1}
        if long:
            odds += options.same_number * any(not long.isdisjoint(text.numbers) for text in texts)
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
            merge = GroupMerge(kept.number, gone.number, score, self._shared_words(kept, gone))
            if may_join is None or may_join(merge):
                self._pour(gone, kept)
            else:
                merge = replace(merge, joined=False)
            done[kept.number, gone.number] = merge
        return tuple(done.values())

    def _twin(self, group: Group) -> tuple[float, Group] | None:
        """The other group most like this one, and how much; None when none is enough."""
        features, sums = group.centroid()
        sought = ReadText(features, (sums / len(group.members)).astype(np.float32))
        others = [other for other in self._candidates(sought) if other is not group]
        others = [other for other in others if not self._kept_apart(group, other)]
        if not others:
            return None
        scratch = self.reader.vocabulary.scratch
        dots = [products(scratch, one.text, others) for one in group.shown()]
        begins, best = dots[0][1], None
        for place, other in enumerate(others):
            part = slice(begins[place], begins[place + 1])
            score = self._chance(np.concatenate([each[part] for each, _begins in dots]))
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

    def _why(self, group: Group, read: ReadText, at: datetime) -> tuple[Evidence, ...]:
        """What speaks for the group, in words a person can check."""
        names = self.reader.vocabulary.names
        found = shared(self.reader.vocabulary.scratch, read, group)
        plain = list(islice((names[at] for at in found if names[at][0] not in "+="), 5))
        told = plain or [names[at][1:] for at in found[:5]]
        numbers = read.numbers & frozenset().union(*(member.text.numbers for member in group.shown()))
        evidence = [Evidence("shared_words", " ".join(told))]
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
        group.changed()
        for feature in member.text.features[:POSTED_FEATURES].tolist():
            if feature not in group.posted:
                self._post(feature, group)

    def _post(self, feature: int, group: Group) -> None:
        """Let a group be found by a feature; the group found by it longest ago makes room."""
        group.posted.add(feature)
        numbers = self.state.postings.get(feature)
        if numbers is None:
            self.state.postings[feature] = array("q", (group.number,))
            return
        if len(numbers) == MAX_POSTINGS:
            self.state.groups[numbers.pop(0)].posted.discard(feature)
        numbers.append(group.number)

    def _leave(self, key: int) -> None:
        number = self.state.group_of.pop(key, None)
        if number is None:
            return
        group = self.state.groups[number]
        member = group.members.pop(key)
        group.changed()
        if group.members:
            if member.at == group.last:
                group.last = max(one.at for one in group.members.values())
        else:
            del self.state.groups[number]
            self._unpost(group)

    def _unpost(self, group: Group) -> None:
        for feature in group.posted:
            self.state.postings[feature].remove(group.number)
            if not self.state.postings[feature]:
                del self.state.postings[feature]

    def _shared_words(self, one: Group, two: Group) -> tuple[Evidence, ...]:
        features, _sums = one.centroid()
        names = self.reader.vocabulary.names
        both = [names[at] for at in features[np.isin(features, two.centroid()[0])].tolist()]
        return (Evidence("shared_words", " ".join([name for name in both if name[0] not in "+="][:5])),)

    def _allow(self, first: int, second: int) -> None:
        self.state.apart.get(first, set()).discard(second)
        self.state.apart.get(second, set()).discard(first)


def _age(group: Group) -> tuple[datetime, int]:
    return group.first or datetime.max.replace(tzinfo=UTC), group.number
