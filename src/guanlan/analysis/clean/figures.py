"""Figures and dates as a text states them, and what it leaves unknown.

Texts that are published as models hide years, months, names and counts (20xx, x月, **, __, 某, ××), and damaged
ones lose digits. What is hidden or lost is unknown: it is never 0, never guessed, and it makes every total
or interval it would enter unknown too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from guanlan.analysis.types import Cleaned, Span

_MASK = r"[xX×＊*_〇○□■]"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
#: A mask in a figure, masks in a row, one mask before a word or behind one, 某 before what it hides. A
#: Latin x alone must stand before a unit of time or place: there are letters X that hide nothing.
_PLACEHOLDER = re.compile(
    rf"\d{{1,3}}{_MASK}{{1,3}}(?=\s*[{_HAN}]|[-/.])|{_MASK}{{2,}}|(?<![A-Za-z0-9])[×＊*_](?=[{_HAN}])"
    rf"|(?<![A-Za-z0-9])[xX](?=[年月日号时分省市县区乡镇村单公局校院])"
    rf"|(?<=[{_HAN}])[×＊*_](?![A-Za-z0-9])|某(?:某|些|个|种|一)?"
)
_NO_PLACEHOLDER = frozenset(("某些", "某个", "某种", "某一"))
_PIECE = r"(?:\d|[xX×*_某?？\ufffd])"
_DATE = re.compile(
    rf"(?:(?P<year>{_PIECE}{{2,4}})\s*年)?\s*(?:(?P<month>{_PIECE}{{1,2}})\s*月(?:份)?)"
    rf"(?:\s*(?P<day>{_PIECE}{{1,2}})\s*[日号])?"
    rf"|(?P<only>{_PIECE}{{4}})\s*年(?!\d)|(?P<y>{_PIECE}{{4}})[-/.](?P<m>{_PIECE}{{1,2}})[-/.](?P<d>{_PIECE}{{1,2}})"
)
_FIGURE = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_UNIT = re.compile(rf"\s*(%|％|‰|[{_HAN}])")
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_LOST = ("?", "\ufffd")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a text. ``value`` is None where a digit was lost or hidden; ``unit`` is what follows it."""

    value: Decimal | None
    unit: str
    span: Span


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date with what is known of it; an unknown part is None."""

    year: int | None
    month: int | None
    day: int | None
    span: Span

    @property
    def known(self) -> date | None:
        """The day, if all of it is known and there is such a day."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


def placeholders(text: str) -> tuple[Span, ...]:
    """Where a text hides a value: ``20xx``, ``**``, ``__``, ``某``, ``××``, ``x月``. Words such as 某些 hide
    nothing.
    """
    return tuple(
        Span(*found.span()) for found in _PLACEHOLDER.finditer(text) if found[0] not in _NO_PLACEHOLDER
    )


def read_figures(cleaned: Cleaned) -> tuple[Figure, ...]:
    """All figures of a cleaned text, in order; those beside a lost or hidden character have no value."""
    text = cleaned.text
    unknown = sorted((span.start, span.end) for span in (*cleaned.damaged, *placeholders(text)))
    found = []
    place = 0
    for figure in _FIGURE.finditer(text):
        while place < len(unknown) and unknown[place][1] < figure.start():
            place += 1
        touched = place < len(unknown) and unknown[place][0] <= figure.end()
        touched = touched or text[max(0, figure.start() - 1) : figure.start()] in _LOST
        found.append(_figure(text, figure, known=not touched))
    return tuple(found)


def _figure(text: str, found: re.Match[str], *, known: bool) -> Figure:
    value = Decimal(found[0].replace(",", "")) if known else None
    unit, end = "", found.end()
    while following := _UNIT.match(text, end):
        end = following.end()
        if following[1] not in _SCALE:
            unit = following[1]
            break
        value = None if value is None else value * _SCALE[following[1]]
    return Figure(value, unit, Span(found.start(), found.end()))


def total(figures: Iterable[Figure]) -> Decimal | None:
    """The sum, or None as soon as one of the figures is unknown."""
    values = [figure.value for figure in figures]
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def read_dates(text: str) -> tuple[PartialDate, ...]:
    """All dates of a text, in order: "20xx年8月" is month 8 of an unknown year."""
    made = []
    for found in _DATE.finditer(text):
        year, month, day = (
            _part(found[name] or found[other])
            for name, other in (("year", "y"), ("month", "m"), ("day", "d"))
        )
        only = _part(found["only"])
        if not any(mark.isdigit() for mark in found[0]):
            year = month = day = only = None
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        made.append(PartialDate(year if only is None else only, month, day, Span(start, found.end())))
    return tuple(made)


def _part(written: str | None) -> int | None:
    if not written or not written.isdecimal():
        return None
    number = int(written)
    return number if len(written) != 2 or number <= 31 else 1900 + number


def days_between(one: PartialDate, two: PartialDate) -> int | None:
    """Days from one date to the other, or None while any part of either is unknown."""
    first, second = one.known, two.known
    return None if first is None or second is None else (second - first).days


__all__ = [
    "Figure",
    "PartialDate",
    "days_between",
    "placeholders",
    "read_dates",
    "read_figures",
    "total",
]
