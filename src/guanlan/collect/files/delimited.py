"""CSV and TSV, as offices export them: any delimiter, any encoding, title rows, broken rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from guanlan.collect.files.columns import distinct, effective_mapping, is_personal, usable
from guanlan.collect.files.model import BadRow, Entry, ReadOptions
from guanlan.collect.files.records import build, record
from guanlan.collect.files.streams import Source
from guanlan.collect.files.text import cell_text, excerpt, sniff_encoding, storable, text_lines

#: Without a header nobody knows which column holds telephone numbers.
_LONG_NUMBER = re.compile(r"\d{7,}")

DELIMITERS = ",\t;|，"

#: Title rows and remarks stand above the header of many exports; further down no header is looked for.
HEADER_ROWS = 10

#: A record that runs on over more lines than this has lost a quotation mark.
MOST_LINES = 20_000

#: After so many lost quotation marks the rest of a file is not worth reading again and again.
MOST_UNCLOSED = 100

# The module's own limit (131,072 characters) is smaller than a web page in a cell. It is a setting of
# the whole process; records are bounded below by ``longest`` before they reach it.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns of a table are named and what they mean. ``index`` counts rows from 0."""

    index: int
    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    delimiter: str = ","
    repeated: bool = False

    @property
    def dropped(self) -> tuple[str, ...]:
        """Columns that name a person."""
        return tuple(column for column in self.columns if is_personal(column))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table under its columns. ``number`` counts from 1 as a spreadsheet shows it."""

    number: int
    values: Mapping[str, object]


ByHeader = Mapping[tuple[str, ...], Mapping[str, str]]


def find_header(
    rows: Iterable[Sequence[object]], chosen: Mapping[str, str], by_header: ByHeader | None = None
) -> Header | None:
    """The first row that names a title, a text, a page or a link, among the first HEADER_ROWS."""
    for index, cells in enumerate(islice(rows, HEADER_ROWS)):
        names = [cell_text(cell).strip("\ufeff") if len(str(cell)) < 200 else "" for cell in cells]
        while names and not names[-1]:
            names.pop()
        columns, repeated = distinct(names)
        kept = (by_header or {}).get(shown_columns(columns))
        mapping = effective_mapping(columns, {**(kept or {}), **chosen})
        if usable(mapping):
            return Header(index, tuple(columns), mapping, repeated=repeated)
    return None


def shown_columns(columns: Iterable[str]) -> tuple[str, ...]:
    """Columns that a person is shown and maps: those with a name that do not name a person."""
    return tuple(column for column in columns if column and not is_personal(column))


def find_table(text: str, chosen: Mapping[str, str], by_header: ByHeader | None = None) -> Header | None:
    """The header of a text table, under the delimiter that makes most columns known by name."""
    best: Header | None = None
    for delimiter in DELIMITERS:
        found = find_header(_sample(text, delimiter), chosen, by_header)
        if found and (best is None or len(found.columns) > len(best.columns)):
            best = Header(found.index, found.columns, found.mapping, delimiter, found.repeated)
    return best


def guess_delimiter(text: str) -> str:
    """The delimiter met most often in the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=first.count)


def _sample(text: str, delimiter: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    found = islice(records(lines, delimiter, len(text) + 1), HEADER_ROWS)
    return [[] if isinstance(cells, BadRow) else cells for cells in found]


def read_table(source: Source) -> Iterator[Entry]:
    """Rows of a CSV or TSV file, one at a time. Never holds more than one record."""
    header, rows = open_table(source)
    if header is None:
        yield BadRow(
            source.name, "no_header", excerpt=excerpt(_LONG_NUMBER.sub("…", _beginning(source)[:500]))
        )
        return
    count = 0
    for row in rows:
        count += 1
        yield row_entry(source.name, row, header.mapping, source.options)
    if not count:
        yield BadRow(source.name, "no_rows")


def row_entry(name: str, row: Row | BadRow, mapping: Mapping[str, str], options: ReadOptions) -> Entry:
    """The item of one row; a bad row stays one."""
    if isinstance(row, BadRow):
        return row
    return build(f"{name} row {row.number}", record(row.values, mapping), options)


def _beginning(source: Source) -> str:
    return source.head.decode(sniff_encoding(source.head), "replace").lstrip("\ufeff")


def open_table(source: Source) -> tuple[Header | None, Iterator[Row | BadRow]]:
    """The header of a table and its rows; without a header there are no rows."""
    beginning = _beginning(source)
    header = find_table(beginning, source.options.mapping, source.options.by_header)
    if header is None:
        return None, iter(())
    encoding = sniff_encoding(source.head)
    lines = text_lines(source.stream, encoding, source.options.max_page_bytes)
    if "\r" in beginning and "\n" not in beginning:
        lines = _old_mac(source, encoding)
    return header, _rows(source, header, lines)


def _old_mac(source: Source, encoding: str) -> Iterator[str | None]:
    """Lines that end in CR alone, as some spreadsheet programs still write them."""
    reader = io.TextIOWrapper(source.stream, encoding, errors="replace", newline=None)
    try:
        while line := reader.readline(source.options.max_page_bytes):
            yield line
    finally:
        reader.detach()


def _rows(source: Source, header: Header, lines: Iterator[str | None]) -> Iterator[Row | BadRow]:
    number = 0
    longest = source.options.max_page_bytes
    for cells in records(lines, header.delimiter, longest, width=len(header.columns)):
        number += 1
        if number <= header.index + 1:
            continue
        position = f"{source.name} row {number}"
        if isinstance(cells, BadRow):
            shown = _public(cells.excerpt.split(header.delimiter), header)
            yield BadRow(position, cells.reason, cells.detail, excerpt(header.delimiter.join(shown)))
        elif any(cell.strip() for cell in cells):
            yield _row(position, number, cells, header)


def _row(position: str, number: int, cells: list[str], header: Header) -> Row | BadRow:
    width = len(header.columns)
    reason = detail = ""
    if any("\x00" in cell for cell in cells):
        reason = "nul_bytes"
    elif len(cells) < width or any(cell.strip() for cell in cells[width:]):
        reason, detail = "wrong_columns", f"{len(cells)} instead of {width}"
    if reason:
        return BadRow(position, reason, detail, excerpt(header.delimiter.join(_public(cells, header))))
    return Row(number, dict(zip(header.columns, cells, strict=False)))


def _public(cells: list[str], header: Header) -> list[str]:
    """Cells for an excerpt: those before the first personal column, less as many as the row is short,
    because a name may have slipped to the left by so many."""
    first = next((at for at, column in enumerate(header.columns) if is_personal(column)), len(cells))
    missing = max(0, len(header.columns) - len(cells)) if first < len(cells) else 0
    return [storable(cell) for cell in cells[: max(0, first - missing)]]


def records(
    lines: Iterable[str | None], delimiter: str, longest: int, width: int = 0
) -> Iterator[list[str] | BadRow]:
    """Split lines into records. A quotation mark that is never closed costs its own line only.

    ``width`` (columns, 0 when unknown) helps to see that a mark was closed by one of a later row.
    """
    feed = _Lines(lines, longest)
    for _ in range(MOST_UNCLOSED):
        yield from _closed_records(feed, delimiter, width)
        if not feed.gave_up:
            return
        yield BadRow("", "unclosed_quote", excerpt=feed.held[0][:1000])
        feed = _Lines(chain(feed.held[1:], feed.queue), longest)
    yield BadRow("", "damaged", "too many lost quotation marks; the rest was not read")


def _closed_records(feed: _Lines, delimiter: str, width: int) -> Iterator[list[str] | BadRow]:
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.start()
        try:
            cells = next(reader)
        except StopIteration:
            cells = None
        except csv.Error:  # a bare CR outside quotation marks
            line = "".join(feed.held).rstrip("\r\n").replace("\r", " ")
            cells = next(csv.reader([line], delimiter=delimiter), [])
        for _ in range(feed.too_long):
            yield BadRow("", "too_large", f"a line of more than {feed.longest} bytes")
        feed.too_long = 0
        if cells is not None and len(feed.held) > 1 and len(cells) != width:
            feed.gave_up = feed.gave_up or feed.held[0].count(delimiter) + 1 == width
        if cells is None or feed.gave_up:
            return
        yield cells


class _Lines:
    """Hands lines to the csv module and remembers those of the record at hand.

    The module asks for a second line only while a quotation mark is open; ``gave_up`` tells that it
    asked for more than there is, or than is reasonable.
    """

    def __init__(self, lines: Iterable[str | None], longest: int) -> None:
        self.queue = iter(lines)
        self.longest = longest
        self.held: list[str] = []
        self.size = 0
        self.too_long = 0
        self.gave_up = False

    def start(self) -> None:
        self.held = []
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.held) >= MOST_LINES or self.size > self.longest:
            self.gave_up = True
            raise StopIteration
        for line in self.queue:
            if line is None:
                self.too_long += 1
                continue
            self.held.append(line)
            self.size += len(line)
            return line
        self.gave_up = bool(self.held)
        raise StopIteration
