"""Read the packs.

``profile(code)`` and ``profiles()`` give what a new body starts with; the ``demo_*`` functions give the
demo county. ``now`` is always passed in and must be aware. Raises :class:`PackError` for a wrong pack.

The hotline sheet and one page are kept and handed out in the charset that such systems really use.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from guanlan.packs.markers import resolve
from guanlan.packs.rows import (
    Body,
    DemoItem,
    DemoPost,
    HotTitle,
    ItemRow,
    PackError,
    Profile,
    RuleRow,
    SensitiveDateRow,
    SourceRow,
    ThemeRow,
    row,
)

__all__ = [
    "PackError",
    "demo_body",
    "demo_files",
    "demo_hot_titles",
    "demo_items",
    "demo_posts",
    "profile",
    "profiles",
]

PACKS = Path(__file__).parent
#: What demo_files hands out, and the charset each file is kept in.
FILES = {
    "12345.csv": "gb18030",
    "reception.json": "utf-8",
    "pages/news-water.html": "utf-8",
    "pages/news-canteen.html": "gbk",
    "pages/news-hospital.html": "utf-8",
    "pages/news-roadworks.html": "utf-8",
    "pages/forum-thread.html": "utf-8",
    "pages/list.html": "utf-8",
}


def profile(code: str) -> Profile:
    """The profile ``code``. Raises PackError when there is none or it is wrong."""
    known = [path.stem for path in _profile_files()]
    if code not in known:
        raise PackError(f"profile {code}", f"there is no such profile; known: {', '.join(known)}")
    return read_profile(PACKS / "profiles" / f"{code}.json")


def profiles() -> list[Profile]:
    """Every profile, by code."""
    return [read_profile(path) for path in _profile_files()]


def read_profile(path: Path) -> Profile:
    """A profile from any file. Raises PackError."""
    pack = row(Profile, _json(path), path.name)
    if pack.code != path.stem:
        raise PackError(path.name, f"code {pack.code} differs from the file's name")
    _check_parts(path.name, pack.sources, pack.themes, pack.rules, pack.sensitive_dates)
    return pack


def demo_body() -> Body:
    """The demo county: units, people, sources, themes, rules, dates."""
    return read_body(PACKS / "demo" / "body.json")


def read_body(path: Path) -> Body:
    """A body from any file, with every reference inside it checked. Raises PackError."""
    body = row(Body, _json(path), path.name)
    units = _codes(path.name, "unit", (unit.code for unit in body.units))
    people = _codes(path.name, "person", (person.username for person in body.people))
    roots = [unit.code for unit in body.units if not unit.parent_code]
    if len(roots) != 1:
        raise PackError(path.name, f"one root unit is expected, {len(roots)} were found")
    _check_tree(path.name, body)
    for person in body.people:
        _known(path.name, f"unit of {person.username}", person.unit_code, units)
    for source in body.sources:
        _known(path.name, f"owner of {source.code}", source.owner, people)
        _known(path.name, f"unit of {source.code}", source.unit_code, units)
    for theme in body.themes:
        _known(path.name, f"unit of {theme.name}", theme.unit_code, units)
    _check_parts(path.name, body.sources, body.themes, body.rules, body.sensitive_dates)
    return body


def demo_items(now: datetime) -> Iterator[DemoItem]:
    """The local voices, oldest first. Those after ``now`` are meant to arrive while you watch."""
    sources = {source.code for source in demo_body().sources}
    for number, line in enumerate(_lines(PACKS / "demo" / "items.jsonl"), 1):
        where = f"items.jsonl, row {number}"
        item = row(ItemRow, _object(line, where), where)
        _known(where, "source_code", item.source_code, sources)
        yield DemoItem(item, (now + timedelta(minutes=item.offset_minutes)).astimezone(UTC))


def demo_posts() -> Iterator[DemoPost]:
    """Real short posts on many matters, for the size of a real stream (MIT, NOTICE.md)."""
    for number, line in enumerate(_lines(PACKS / "demo" / "weibo_topics.jsonl.gz"), 1):
        where = f"weibo_topics.jsonl.gz, row {number}"
        yield row(DemoPost, _object(line, where), where)


def demo_hot_titles() -> Iterator[HotTitle]:
    """Real hot-list titles by day, earliest day first (MIT, NOTICE.md)."""
    for number, line in enumerate(_lines(PACKS / "demo" / "hot_titles.jsonl.gz"), 1):
        where = f"hot_titles.jsonl.gz, row {number}"
        data = _object(line, where)
        try:
            yield HotTitle(date.fromisoformat(data["date"]), data["rank"], data["title"])
        except (KeyError, TypeError, ValueError) as error:
            raise PackError(where, f"date, rank and title are expected: {error}") from error


def demo_files(now: datetime) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the files to import, time markers replaced, in the charset of each."""
    for name, charset in FILES.items():
        try:
            yield name, resolve(_text(PACKS / "demo" / name, charset), now).encode(charset)
        except ValueError as error:
            raise PackError(name, str(error)) from error


def _profile_files() -> list[Path]:
    return sorted((PACKS / "profiles").glob("*.json"))


def _check_parts(
    where: str,
    sources: tuple[SourceRow, ...],
    themes: tuple[ThemeRow, ...],
    rules: tuple[RuleRow, ...],
    dates: tuple[SensitiveDateRow, ...],
) -> None:
    _codes(where, "source", (source.code for source in sources))
    names = _codes(where, "theme", (theme.name for theme in themes))
    _codes(where, "rule", (rule.name for rule in rules))
    for rule in rules:
        if rule.kind == "theme" and rule.theme is None:
            raise PackError(where, f"rule {rule.name}: a rule of kind theme needs a theme")
        if rule.kind == "grade" and rule.theme is not None:
            raise PackError(where, f"rule {rule.name}: a grade rule has no theme")
        _known(where, f"theme of rule {rule.name}", rule.theme or "", names)
    for period in dates:
        try:
            period.days(date(2026, 1, 1))  # any day shows whether the text is a date
        except ValueError as error:
            raise PackError(where, f"sensitive date {period.name}: {error}") from error


def _check_tree(where: str, body: Body) -> None:
    """Parents stand before their children, so that a reader can make units in order (and no rings)."""
    above: set[str] = set()
    for unit in body.units:
        if unit.parent_code and unit.parent_code not in above:
            raise PackError(where, f"parent of {unit.code}: {unit.parent_code} does not stand before it")
        above.add(unit.code)


def _known(where: str, what: str, code: str, known: set[str]) -> None:
    """An empty code means "the root" or "nobody" and is always allowed."""
    if code and code not in known:
        raise PackError(where, f"{what}: {code} is not in the pack")


def _codes(where: str, what: str, codes: Iterable[str]) -> set[str]:
    counts = Counter(codes)
    for code, count in counts.items():
        if not code or count > 1:
            raise PackError(where, f"{what} {code or '(empty)'} stands there {count} times")
    return set(counts)


def _json(path: Path) -> Any:
    return _object(_text(path), path.name)


def _object(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise PackError(where, f"not JSON: {error}") from error


def _text(path: Path, charset: str = "utf-8") -> str:
    try:
        packed = path.read_bytes()
        return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode(charset)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise PackError(path.name, f"cannot be read: {error}") from error


def _lines(path: Path) -> Iterator[str]:
    return (line for line in _text(path).split("\n") if line)
