"""Tables of counts: long (place, day, value) or wide (a place a row, a day a column), CSV or XLSX.

What comes in was written by a stranger. A table that names persons is refused as a whole, with the columns
named: counts only. Columns without a known meaning are left out and said. Nothing is ever guessed: a figure
is a whole number, or it is a fault with its place in the table.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.collect.errors import CollectError, FileRefusedError
from guanlan.collect.files.columns import is_personal, plain
from guanlan.collect.files.model import BadRow, ReadOptions
from guanlan.collect.files.streams import HEAD_BYTES, Budget, Source
from guanlan.collect.files.text import cell_text
from guanlan.collect.files.workbooks import raw_rows

#: Bounds of one table: bytes, rows, columns, figures.
MOST_BYTES = 5_000_000
MOST_ROWS, MOST_COLUMNS, MOST_FIGURES = 20_000, 400, 20_000
#: Rows looked at to find the heading: titles and remarks stand above it.
HEADING_ROWS = 10
#: A figure with more digits is a telephone or identity number.
MOST_DIGITS = 7

_PLACE = frozenset({
    "地点", "地区", "村", "村名", "学校名称", "乡镇名称", "村社区", "村居", "社区", "乡镇", "镇街", "街道", "学校", "校名", "病区",
    "科室", "养殖场", "场点", "单位", "单位名称", "报数点", "名称", "区域", "place", "site", "village",
    "school", "ward", "unit",
})  # fmt: skip
_DAY = frozenset({
    "日期", "日", "时间", "报告日期", "统计日期", "日报日期", "上报日期", "day", "date",
})  # fmt: skip
_VALUE = frozenset({
    "数", "数量", "数值", "报数", "人数", "头数", "例数", "起数", "次数", "合计", "病例数", "发现数",
    "异常数", "超限数", "缺课人数", "死亡数", "死亡头数", "value", "count", "number", "cases", "n",
})  # fmt: skip
_CHECKED = frozenset({
    "检查数", "检查人数", "检测数", "检测人数", "应检数", "实检数", "监测数", "应到人数", "排查数",
    "checked", "tested", "screened",
})  # fmt: skip
_COUNT = ("数", "数量")
_NOTE = frozenset({
    "备注", "说明", "note", "remark",
})  # fmt: skip
#: What people write where nothing was reported.
_NOTHING = frozenset({"", "-", "--", "—", "——", "/", "未报", "缺报", "空", "na", "n/a", "null", "none"})
_APPROXIMATE = re.compile(r"[约近余多许左右上下几数~≈≥≤?]|\+$")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_WHOLE = re.compile(r"(\d+)(?:\.0+)?")
_PAIR = re.compile(r"([^/]{1,12})/([^/]{1,12})")
_FULL_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT_DAY = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)")
#: Words of a heading that is about persons, where the readers of texts would still take it.
_PERSONS = re.compile(
    r"^(?:学生|患者|病人|户主|家长|监护人|接触者|报告人|填报人|责任人|负责人|村民|居民|人员|本人|职工|幼儿)$|名单|学号|工号|班主任"
)


class CountTableRefused(CollectError):
    """Nothing of the table is taken. ``reason``: ``too_large empty damaged unsafe too_many persons numbers
    no_heading``; ``columns`` are those that name persons."""

    def __init__(self, reason: str, columns: Sequence[str] = ()) -> None:
        super().__init__(f"{reason}: {', '.join(columns)}" if columns else reason)
        self.reason = reason
        self.columns = tuple(columns)


class NotACount(ValueError):
    """A cell is no count. ``code``: ``negative fraction approximate masked words most``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a table. ``at`` is where it stands, for people: ``row 4`` or ``row 4, 11-23``."""

    at: str
    place: str
    day: date
    value: int
    checked: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that is no figure: where, what stood there, and why not (NotACount codes, ``day``, ``place``)."""

    at: str
    shown: str
    code: str


@dataclass(frozen=True, slots=True)
class CountTable:
    """``form`` is ``long`` or ``wide``; ``empty`` counts cells that say that nothing was reported."""

    form: str
    figures: tuple[Figure, ...]
    faults: tuple[Fault, ...] = ()
    left_out: tuple[str, ...] = ()
    empty: int = 0


@dataclass(slots=True)
class _Found:
    figures: list[Figure] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    empty: int = 0

    def add(self, at: str, place: str, day: date, cells: tuple[str, str, str]) -> None:
        value, checked, note = cells
        try:
            given = read_pair(value)
            if given is None:
                self.empty += 1
                return
            count, of = given
            of = of if not checked.strip() else read_count(checked)
        except NotACount as wrong:
            self.faults.append(Fault(at, f"{value} {checked}".strip()[:40], wrong.code))
            return
        if len(self.figures) >= MOST_FIGURES:
            raise CountTableRefused("too_many")
        self.figures.append(Figure(at, place, day, count, of, note.strip()))


@dataclass(frozen=True, slots=True)
class _Heading:
    row: int
    form: str
    place: int
    days: tuple[tuple[int, date], ...] = ()
    day: int = -1
    value: int = -1
    checked: int = -1
    note: int = -1
    left_out: tuple[str, ...] = ()


def read_count_table(content: bytes, today: date) -> CountTable:
    """The figures of a table. Days without a year are those that lie nearest behind ``today``.

    Raises CountTableRefused; a cell that cannot be read is a fault and the rest is taken.
    """
    if len(content) > MOST_BYTES:
        raise CountTableRefused("too_large")
    if not content.strip():
        raise CountTableRefused("empty")
    tables = _sheets(content) if content[:2] == b"PK" else [_delimited(content)]
    for rows in tables:
        heading = _heading(rows, today)
        if heading is None:
            continue
        _refuse_persons(rows, heading)
        found = _Found()
        read = _read_wide if heading.form == "wide" else _read_long
        read(rows, heading, today, found)
        return CountTable(
            heading.form, tuple(found.figures), tuple(found.faults), heading.left_out, found.empty
        )  # fmt: skip
    raise CountTableRefused("no_heading")


def read_count(text: str) -> int | None:
    """A count as people write it; None where nothing was reported. Raises NotACount."""
    written = unicodedata.normalize("NFKC", text).replace(" ", "").strip("'")
    if written.lower() in _NOTHING:
        return None
    if written.startswith("<"):
        raise NotACount("masked")
    if _THOUSANDS.fullmatch(written):
        written = written.replace(",", "")
    if whole := _WHOLE.fullmatch(written):
        if len(whole[1].lstrip("0")) > MOST_DIGITS:
            raise NotACount("most")
        return int(whole[1])
    if re.fullmatch(r"-\d+(?:\.\d+)?", written):
        raise NotACount("negative")
    if re.fullmatch(r"\d*\.\d+(?:℃|°C|度|%)?", written):
        raise NotACount("fraction")
    raise NotACount(
        "approximate" if any(map(str.isdigit, written)) and _APPROXIMATE.search(written) else "words"
    )


def read_pair(text: str) -> tuple[int, int | None] | None:
    """``12``, or ``2/413`` for two found among 413 checked; None where nothing was reported."""
    written = unicodedata.normalize("NFKC", text).strip()
    parts = _PAIR.fullmatch(written)
    if parts is None:
        count = read_count(written)
        return None if count is None else (count, None)
    found, checked = read_count(parts[1]), read_count(parts[2])
    if found is None or checked is None:
        raise NotACount("words")
    return found, checked


def read_day(text: str, today: date) -> date | None:
    """A day as people write it; without a year the nearest one that is not after tomorrow."""
    written = unicodedata.normalize("NFKC", text).strip()
    if full := (_FULL_DAY.match(written) or _PLAIN_DAY.fullmatch(written)):
        return _day(int(full[1]), int(full[2]), int(full[3]))
    short = _SHORT_DAY.fullmatch(written)
    if short is None:
        return None
    days = (_day(year, int(short[1]), int(short[2])) for year in (today.year + 1, today.year, today.year - 1))
    return next((day for day in days if day is not None and day <= today + timedelta(days=1)), None)


def write_long(rows: Iterable[Sequence[str]]) -> bytes:
    """A table that a spreadsheet opens rightly and computes nothing of."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([[_cell(text) for text in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _cell(text: str) -> str:
    clean = text.replace("\x00", "")
    return (
        f"'{clean}"
        if clean.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
        else clean
    )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _delimited(content: bytes) -> list[list[str]]:
    try:
        text = decode(content).text.lstrip("\ufeff")
    except Unreadable as error:
        raise CountTableRefused("damaged") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",\t;，", key=first.count)
    try:
        rows = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
        return list(_bounded(rows))
    except csv.Error as error:
        raise CountTableRefused("damaged") from error


def _sheets(content: bytes) -> list[list[list[str]]]:
    stream = io.BufferedReader(io.BytesIO(content))
    options = ReadOptions(max_unpacked=20 * MOST_BYTES)
    source = Source("", stream, content[:HEAD_BYTES], options, Budget(options.max_unpacked))
    try:
        return [list(_bounded(map(_texts, rows))) for _name, rows in raw_rows(source, io.BytesIO(content))]
    except FileRefusedError as error:
        raise CountTableRefused(
            "unsafe" if error.reason in ("zip_bomb", "unsafe_xml") else "damaged"
        ) from error


def _texts(row: Sequence[Any] | BadRow) -> list[str]:
    if isinstance(row, BadRow):
        raise CountTableRefused("damaged")
    return [_text(cell) for cell in row]


def _text(cell: object) -> str:
    return cell.date().isoformat() if isinstance(cell, datetime) else cell_text(cell)


def _bounded(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise CountTableRefused("too_many")
        yield [cell.strip() for cell in row]


def _heading(rows: Sequence[Sequence[str]], today: date) -> _Heading | None:
    for number, cells in enumerate(rows[:HEADING_ROWS]):
        names = [plain(cell) for cell in cells]
        days = tuple((at, day) for at, cell in enumerate(cells) if (day := read_day(cell, today)) is not None)
        place = _first(names, _PLACE)
        if len(days) >= 1 and place < 0 and (days[0][0] > 0 and not any(map(_is_figure, cells))):
            place = 0  # a wide sheet whose corner is empty
        if days and place >= 0:
            taken = {place, *(at for at, _ in days)}
            return _Heading(number, "wide", place, days, left_out=_others(cells, taken))
        when, value, checked, note = (_first(names, wanted) for wanted in (_DAY, _VALUE, _CHECKED, _NOTE))
        if value < 0:
            value = next((at for at, name in enumerate(names) if at != checked and name.endswith(_COUNT)), -1)
        if min(place, when, value) >= 0:
            left = _others(cells, {place, when, value, checked, note})
            return _Heading(number, "long", place, (), when, value, checked, note, left)
    return None


def _is_figure(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) < 5


def _first(names: Sequence[str], wanted: frozenset[str]) -> int:
    return next((at for at, name in enumerate(names) if name in wanted), -1)


def _others(cells: Sequence[str], taken: set[int]) -> tuple[str, ...]:
    return tuple(cell[:40] for at, cell in enumerate(cells) if at not in taken and cell)


def _refuse_persons(rows: Sequence[Sequence[str]], heading: _Heading) -> None:
    """Columns about persons refuse the table, by their name or by the numbers that stand in them."""
    names = rows[heading.row]
    used = {
        heading.place,
        heading.day,
        heading.value,
        heading.checked,
        heading.note,
        *(at for at, _ in heading.days),
    }
    personal = [
        name[:40] for at, name in enumerate(names)
        if name and (_PERSONS.search(plain(name)) or (at not in used and is_personal(name)))
    ]  # fmt: skip
    if personal:
        raise CountTableRefused("persons", personal)
    for row in rows:
        at = next((at for at, cell in enumerate(row) if _IDENTITY.search(cell)), None)
        if at is not None:
            raise CountTableRefused(
                "numbers", [names[at][:40] if at < len(names) and names[at] else str(at + 1)]
            )


def _read_long(rows: Sequence[Sequence[str]], heading: _Heading, today: date, found: _Found) -> None:
    for number, row in enumerate(rows[heading.row + 1 :], heading.row + 2):
        if not any(row):
            continue
        place, at = _at(row, heading.place), f"{number}"
        day = read_day(_at(row, heading.day), today)
        if not place or day is None:
            code = "day" if place else "place"
            found.faults.append(Fault(at, (_at(row, heading.day) if place else "")[:40], code))
            continue
        cells = (_at(row, heading.value), _at(row, heading.checked), _at(row, heading.note))
        found.add(at, place, day, cells)


def _read_wide(rows: Sequence[Sequence[str]], heading: _Heading, today: date, found: _Found) -> None:
    for number, row in enumerate(rows[heading.row + 1 :], heading.row + 2):
        if not any(row):
            continue
        place = _at(row, heading.place)
        if not place:
            found.faults.append(Fault(f"{number}", "", "place"))
            continue
        if plain(place) in ("合计", "总计", "小计", "total", "sum"):
            continue  # a sum is worked out, never taken in
        for at, day in heading.days:
            found.add(f"{number}, {day:%m-%d}", place, day, (_at(row, at), "", ""))


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if 0 <= place < len(row) else ""
