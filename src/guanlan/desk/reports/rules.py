"""The blocks of a brief and the decisions about them. Pure: no Django, no clock.

A brief is a tree of frozen dataclasses. What people may change in it are its leaves, ``Figure`` and
``Words``, each under a code that is unique in the brief; everything else comes from the records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

from guanlan.desk.reports.errors import ReportRefused

#: The brief's form; a reader of stored briefs can tell by it what it holds.
FORM = 1
#: Highlights printed at most (domain 5.1).
FOCUS_MOST = 5
TITLE_CHARACTERS = 60
WORDS_CHARACTERS = 2000
FIGURE_MOST = 10**9

#: Verdict, all DEF (our default, no published figure was found). A level of III or above makes a warning.
WARNING_LEVELS = frozenset({"I", "II", "III"})
#: Negative share of distinct texts from which indicator I6 gives points, and the texts it needs (domain 1.2).
NEGATIVE_SHARE, SHARE_NEEDS = 0.2, 10
#: Items from which the share of a channel means anything (DEF).
CHANNEL_NEEDS = 10
#: Growth against yesterday from which indicator I4 rises, and the negatives it needs to mean anything.
NEGATIVE_RISE, RISE_NEEDS = 1.5, 5

#: Control characters, half surrogates, non-characters, direction overrides and our own two marks.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
    r"|[\ue000\ue001]"
)
_DIGITS = re.compile(r"\d{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on paper. ``value`` is printed, ``computed`` is what the records say, None is unknown.

    ``query`` opens the records: exactly ``computed`` of them where ``measure`` is ``records``; for
    ``sum`` and ``hours`` those that the number was worked out from.
    """

    code: str
    value: int | None
    computed: int | None
    query: Mapping[str, Any] = field(default_factory=dict)
    edited: bool = False
    measure: str = "records"


@dataclass(frozen=True, slots=True)
class Words:
    """A passage that a person may write. Empty ``value``: the paper's own sentence, or nothing."""

    code: str
    value: str = ""
    computed: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """报头. ``issue`` is given when the brief is issued."""

    title: Words
    secrecy: Words
    unit: str
    day: date
    year: int
    issue: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is; ``proposed`` of ``count`` rest on an unconfirmed proposal."""

    code: str  # a key of wording.REASONS
    count: int
    proposed: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code`` is ``steady``, ``attention`` or ``warning``; ``words`` replaces the sentence."""

    code: str
    reasons: tuple[Reason, ...]
    words: Words


@dataclass(frozen=True, slots=True)
class KindRow:
    """Items kept from one kind of source."""

    kind: str
    items: Figure
    negative: Figure


@dataclass(frozen=True, slots=True)
class Numbers:
    """1 数据. ``texts`` count what was reposted once (rule G15); levels are those of open events."""

    collected: Figure
    kept: Figure
    texts: Figure
    negative: Figure
    negative_texts: Figure
    kept_before: Figure
    negative_before: Figure
    negative_texts_before: Figure
    by_kind: tuple[KindRow, ...] = ()
    by_level: tuple[Figure, ...] = ()
    by_type: tuple[Figure, ...] = ()  # what people marked as public opinion, policy, positive (F-SRC-8)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a matter is: ``basis`` is ``confirmed`` or ``proposed`` where there is a level."""

    level: str = ""
    basis: str = ""
    confirmed_by: str = ""
    state: str = ""  # empty: a group that nobody has made an event of
    holder: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """2 重点: an event or a group of the day. ``key`` is ``event.12`` or ``group.7``."""

    key: str
    title: str
    source: str
    at: datetime | None
    url: str
    items: Figure
    negative: Figure
    engagement: Figure
    standing: Standing
    note: Words


@dataclass(frozen=True, slots=True)
class Case:
    """3 在办: an open event."""

    event: int
    code: str
    title: str
    opened_at: datetime
    standing: Standing


@dataclass(frozen=True, slots=True)
class InHand:
    """3 在办. ``cases`` are the gravest; ``open_events`` counts all."""

    open_events: Figure
    unjudged: Figure
    open_alerts: Figure
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Ahead:
    """4 明日提示: a sensitive date of the next two days."""

    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, so that a zero means something (F-STAT-5)."""

    checked: Figure
    active: Figure
    missed: Figure
    hours: Figure
    missed_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CountLine:
    """A series of counts that is marked for the brief: the day's total, and by how many it was reported.

    ``hidden``: the total counts people and is so small that it would single them out; no figure is kept.
    """

    name: str
    measure: str
    value: Figure
    reported: int
    expected: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Tail:
    """报尾."""

    report_to: Words
    send_to: Words
    issue_to: Words
    editor: Words
    reviewer: Words
    signer: Words
    phone: Words


@dataclass(frozen=True, slots=True)
class Correction:
    """A dated note on an issued brief: the printed number and the correction both remain (F-STAT-8)."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """The daily brief of a unit, counted at ``counted_at``."""

    head: Head
    verdict: Verdict
    numbers: Numbers
    focus: tuple[Entry, ...]
    in_hand: InHand
    ahead: tuple[Ahead, ...]
    coverage: Coverage
    judgement: Words
    tail: Tail
    counted_at: datetime
    corrections: tuple[Correction, ...] = ()
    counts: tuple[CountLine, ...] = ()
    form: int = FORM


Leaf = Figure | Words


def verdict_of(
    levels: Iterable[tuple[str, bool]],
    *,
    alerts: int,
    texts: int,
    negative: int,
    negative_before: int,
    checked: int,
) -> tuple[str, tuple[Reason, ...]]:
    """The verdict and its reasons. ``levels`` are (level, confirmed) of the open events.

    warning: an open event of level III or above, confirmed or proposed. attention: another open event,
    an alert nobody took, negative texts from 20 % on (ten texts or more), or half as many again as
    yesterday (five or more), or a day when nobody looked: ``checked`` counts the sources that were.
    steady: none of these.
    """
    known = list(levels)
    grave = [confirmed for level, confirmed in known if level in WARNING_LEVELS]
    others = [confirmed for level, confirmed in known if level not in WARNING_LEVELS]
    reasons = [
        Reason("grave", len(grave), grave.count(False)),
        Reason("open", len(others)),
        Reason("alerts", alerts),
        Reason("share", round(100 * negative / texts) if _share_speaks(texts, negative) else 0),
        Reason("rise", negative if _rises(negative, negative_before) else 0),
        Reason("unchecked", int(not checked and not texts)),
    ]
    standing = tuple(reason for reason in reasons if reason.count)
    if grave:
        return "warning", standing
    return ("attention" if standing else "steady"), standing


def one_channel(items: Mapping[str, int], share: int) -> str:
    """The kind of source that brought at least ``share`` percent of the items; empty when there is none.

    Of fewer than CHANNEL_NEEDS items a share says nothing (requirements W3: one channel only).
    """
    total = sum(items.values())
    if total < CHANNEL_NEEDS:
        return ""
    return next((kind for kind, count in items.items() if count * 100 >= share * total), "")


def leaves(node: Any) -> Iterator[Leaf]:
    """Every figure and passage of a block, in the order of the paper."""
    if isinstance(node, Figure | Words):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from leaves(part)
    elif is_dataclass(node):
        for item in fields(node):
            yield from leaves(getattr(node, item.name))


def revised(brief: Brief, changes: Mapping[str, Any]) -> Brief:
    """The brief with what a person wrote, code → number or text; "" or None takes the change back.

    Raises ReportRefused(code) for a code that is not in it and for what is no number.
    """
    known = {leaf.code for leaf in leaves(brief)}
    for code in changes:
        if code not in known:
            raise ReportRefused(code)

    def change(leaf: Leaf) -> Leaf:
        return _changed(leaf, changes[leaf.code]) if leaf.code in changes else leaf

    found: Brief = _mapped(brief, change)
    return found


def refreshed(old: Brief, new: Brief) -> Brief:
    """Fresh figures with everything that people wrote into the older draft.

    A highlight somebody wrote on stays, even where others would now be chosen before it.
    """
    written = {leaf.code: leaf for leaf in leaves(old) if leaf.edited}
    chosen = {entry.key for entry in new.focus}
    kept = [entry for entry in old.focus if entry.key not in chosen and _written_on(entry)]
    free = [entry for entry in new.focus if not any(leaf.code in written for leaf in leaves(entry))]
    dropped = {entry.key for entry in free[len(free) - max(0, len(new.focus) + len(kept) - FOCUS_MOST) :]}
    focus = tuple(entry for entry in new.focus if entry.key not in dropped) + tuple(kept)
    fresh = replace(new, focus=focus[:FOCUS_MOST])

    def keep(leaf: Leaf) -> Leaf:
        return _kept(leaf, written[leaf.code]) if leaf.code in written else leaf

    found: Brief = _mapped(fresh, keep)
    return found


def same_paper(one: Brief, other: Brief) -> bool:
    """Whether two briefs print the same but for the time they were counted at."""

    def bare(leaf: Leaf) -> Leaf:
        return replace(leaf, query={}) if isinstance(leaf, Figure) else leaf

    return bool(_mapped(one, bare) == replace(_mapped(other, bare), counted_at=one.counted_at))


def edited_figures(brief: Brief) -> list[Figure]:
    """Figures whose printed value a person changed (rule R21)."""
    return [leaf for leaf in leaves(brief) if isinstance(leaf, Figure) and leaf.edited]


def printable(text: object, most: int = WORDS_CHARACTERS) -> str:
    """``text`` on one line without what no printer or XML can bear, cut to ``most`` characters."""
    line = " ".join(_UNPRINTABLE.sub("", str(text)).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def printable_lines(text: object, most: int = WORDS_CHARACTERS) -> str:
    """The same with its line breaks kept; empty lines fall away."""
    lines = [printable(line) for line in str(text)[: 2 * most].splitlines()]
    return "\n".join(line for line in lines if line)[:most]


def _share_speaks(texts: int, negative: int) -> bool:
    return texts >= SHARE_NEEDS and negative >= NEGATIVE_SHARE * texts


def _rises(negative: int, before: int) -> bool:
    return negative >= RISE_NEEDS and negative >= NEGATIVE_RISE * before


def _changed(leaf: Leaf, value: Any) -> Leaf:
    if isinstance(leaf, Words):
        words = printable_lines("" if value is None else value)
        words = words or leaf.computed
        return replace(leaf, value=words, edited=words != leaf.computed)
    number = leaf.computed if value is None or value == "" else _number(leaf.code, value)
    return replace(leaf, value=number, edited=number != leaf.computed)


def _number(code: str, value: Any) -> int:
    found = _DIGITS.fullmatch(str(value).strip())
    if found is None or int(found[0]) > FIGURE_MOST:
        raise ReportRefused(code)
    return int(found[0])


def _kept(leaf: Leaf, written: Leaf) -> Leaf:
    """The fresh leaf with the written value; a change that the records now agree with is none."""
    if isinstance(leaf, Figure) and isinstance(written, Figure):
        return replace(leaf, value=written.value, edited=written.value != leaf.computed)
    if isinstance(leaf, Words) and isinstance(written, Words):
        return replace(leaf, value=written.value, edited=written.value != leaf.computed)
    return leaf


def _written_on(entry: Entry) -> bool:
    return any(leaf.edited for leaf in leaves(entry))


def _mapped(node: Any, change: Callable[[Leaf], Leaf]) -> Any:
    if isinstance(node, Figure | Words):
        return change(node)
    if isinstance(node, tuple):
        return tuple(_mapped(part, change) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        parts = {item.name: _mapped(getattr(node, item.name), change) for item in fields(node)}
        return replace(node, **parts)
    return node


def gravest_first(rows: Sequence[Entry]) -> list[Entry]:
    """Highlights in the order of the paper: level, then negatives, then items."""
    order = ("I", "II", "III", "IV", "watch")
    rank = {level: place for place, level in enumerate(order)}

    def weight(row: Entry) -> tuple[int, int, int, str]:
        level = rank.get(row.standing.level, len(order))
        return level, -(row.negative.value or 0), -(row.items.value or 0), row.key

    return sorted(rows, key=weight)
