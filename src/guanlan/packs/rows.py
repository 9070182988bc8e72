"""The rows of a pack, checked.

A pack is JSON written by a person, so every object is read by :func:`row`: a missing, unknown or
wrongly typed field is a :class:`PackError` that names the file, the place and the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from guanlan.packs.markers import resolve_day

RowType = TypeVar("RowType")

#: People leave these off; of a place of two characters (沙县) they do not.
PLACE_SUFFIXES = "市县区镇乡"
SHORTEST_PLACE = 2


class PackError(ValueError):
    """A pack cannot be used. Says which file, where in it, and why."""

    def __init__(self, where: str, cause: str) -> None:
        super().__init__(f"{where}: {cause}")
        self.where = where
        self.cause = cause


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit. ``parent_code`` is empty for the root only; ``duties`` are lines of what it answers for."""

    code: str
    name: str
    short_name: str
    kind: str
    parent_code: str = ""
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An account. ``roles`` are codes of the desk's roles, held in ``unit_code`` and below."""

    username: str
    display_name: str
    unit_code: str
    roles: tuple[str, ...]
    email: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source. ``tier`` is a code of grading indicator I1; no interval means no rhythm is expected."""

    code: str
    name: str
    kind: str
    tier: str
    url: str = ""
    unit_code: str = ""  # empty: the root unit
    owner: str = ""
    interval_minutes: int | None = None
    credibility: int = 3  # 1 hearsay … 5 official
    legal_note: str = ""


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """What a body listens for, in the language of ``guanlan.analysis.expression``."""

    name: str
    expression: str
    unit_code: str = ""  # empty: the root unit


@dataclass(frozen=True, slots=True)
class RuleRow:
    """An early-warning rule. ``threshold`` counts documents within ``window_minutes``."""

    name: str
    kind: str  # theme, tone, volume, grade
    theme: str | None = None
    threshold: int = 1
    window_minutes: int = 60
    probability: float = 0.7  # tone rules: at least this sure of "negative"
    level: str = ""  # grade rules: this level or a graver one
    channel: str = "app"


@dataclass(frozen=True, slots=True)
class SensitiveDateRow:
    """Days that weigh more. ``{Y}`` repeats every year, ``{D+3}`` counts from today."""

    name: str
    starts_on: str
    ends_on: str

    def days(self, today: date) -> tuple[date, date]:
        """First and last day of the period under way or next to come (both included)."""
        for year in (today.year - 1, today.year, today.year + 1):
            first = resolve_day(self.starts_on, today, year)
            last = resolve_day(self.ends_on, today, year)
            if last < first:  # a period over New Year
                last = resolve_day(self.ends_on, today, year + 1)
            if last >= today:
                return first, last
        return first, last


@dataclass(frozen=True, slots=True)
class Body:
    """A whole body with its people: what the demo loads."""

    profile: str
    name: str
    units: tuple[UnitRow, ...]
    people: tuple[PersonRow, ...]
    sources: tuple[SourceRow, ...]
    themes: tuple[ThemeRow, ...]
    rules: tuple[RuleRow, ...]
    sensitive_dates: tuple[SensitiveDateRow, ...]

    @property
    def root(self) -> UnitRow:
        """The one unit without a parent."""
        return next(unit for unit in self.units if not unit.parent_code)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a new body of one kind starts with; it has no people and one unit."""

    code: str
    name_zh: str
    name_en: str
    unit_kind: str
    unit_name: str  # pattern with {place}, e.g. "{place}人民政府"
    navigation: tuple[str, ...]
    roles: tuple[str, ...]
    grading: str
    sources: tuple[SourceRow, ...]
    themes: tuple[ThemeRow, ...]
    rules: tuple[RuleRow, ...]
    sensitive_dates: tuple[SensitiveDateRow, ...]
    duties: tuple[str, ...] = ()  # what such a body answers for

    def themes_for(self, *names: str) -> tuple[ThemeRow, ...]:
        """Starter themes that also ask for one of the body's own names (domain.md 9)."""
        said = dict.fromkeys(spoken for name in names for spoken in self.said_as(name))
        place = "\n地点: " + " ".join(f'"{name}"' for name in said) if said else ""
        return tuple(ThemeRow(theme.name, theme.expression + place, theme.unit_code) for theme in self.themes)

    def said_as(self, name: str) -> Iterator[str]:
        """A body's name and how people say it: 青石镇人民政府, 青石镇, 青石."""
        yield name
        place = name.removesuffix(self.unit_name.partition("{place}")[2])
        yield place
        if len(place) > SHORTEST_PLACE and place[-1] in PLACE_SUFFIXES:
            yield place[:-1]


@dataclass(frozen=True, slots=True)
class Engagement:
    """Counts as shown on the page."""

    reposts: int = 0
    comments: int = 0
    likes: int = 0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One local voice of the demo, as written in the file."""

    id: str
    source_code: str
    offset_minutes: int
    title: str
    body: str
    author: str
    url: str
    engagement: Engagement
    matter: str  # for tests: what a person would say it is about
    origin: str = ""


@dataclass(frozen=True, slots=True)
class DemoItem:
    """An item with its time. ``published_at`` is aware, in UTC; it may lie in the future."""

    row: ItemRow
    published_at: datetime


@dataclass(frozen=True, slots=True)
class DemoPost:
    """A real short post of 2014 with its author's hashtags (MIT, see NOTICE.md)."""

    id: str
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HotTitle:
    """A title seen in a public hot list on ``day``. ``rank`` is None when the list did not say."""

    day: date
    rank: int | None
    title: str


def row(kind: type[RowType], data: object, where: str) -> RowType:
    """Read one object. Raises PackError when a field is missing, unknown or of the wrong type."""
    if not isinstance(data, Mapping):
        raise PackError(where, "an object is expected")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(str(key) for key in data if key not in known)
    if unknown:
        raise PackError(where, f"unknown field {unknown[0]}")
    for name, field in known.items():
        if name not in data and field.default is MISSING:
            raise PackError(where, f"field {name} is missing")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()})


def _value(hint: Any, value: object, where: str) -> object:
    """``value`` as ``hint`` asks: tuples from lists, rows from objects."""
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise PackError(where, "a list is expected")
        inner = get_args(hint)[0]
        return tuple(_value(inner, each, f"{where}[{number}]") for number, each in enumerate(value))
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return row(hint, value, where)
    return _plain(hint, value, where)


def _plain(hint: Any, value: object, where: str) -> object:
    allowed = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if type(value) in allowed or (type(value) is int and float in allowed):
        return value
    names = " or ".join("null" if kind is NoneType else kind.__name__ for kind in allowed)
    raise PackError(where, f"{names} is expected, {type(value).__name__} was found")
