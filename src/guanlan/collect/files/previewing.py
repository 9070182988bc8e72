"""The beginning of a file for the import page: format, columns, proposed mapping, first rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from guanlan.collect.errors import FileRefusedError
from guanlan.collect.files.columns import effective_mapping, is_personal
from guanlan.collect.files.delimited import (
    Header,
    Row,
    guess_delimiter,
    open_table,
    records,
    row_entry,
)
from guanlan.collect.files.model import BadRow, Entry, Preview, ReadOptions
from guanlan.collect.files.reading import UNPACKERS, guarded, open_source, read_archive, read_source, unpacked
from guanlan.collect.files.sniff import Format, sniff
from guanlan.collect.files.streams import Source, seekable
from guanlan.collect.files.text import cell_text, sniff_encoding
from guanlan.collect.files.workbooks import office_kind, sheets

#: Cells are shown in a table on a page.
LONGEST_CELL = 200


def preview(name: str, stream: BinaryIO, rows: int = 20, options: ReadOptions | None = None) -> Preview:
    """The first ``rows`` rows of a stream and what they would become. Raises nothing.

    A file that cannot be read has a single BadRow in ``entries``.
    """
    source = open_source(name, stream, options or ReadOptions())
    found = Format.UNKNOWN
    try:
        found = sniff(source.head, name)
        if found in UNPACKERS:
            source = unpacked(source, found)
            found = sniff(source.head, name)
        return _preview(source, found, rows)
    except FileRefusedError as refused:
        return Preview(found.value, entries=(BadRow(name, refused.reason, refused.detail),))
    except Exception as error:  # as at the door of the readers
        return Preview(
            found.value, entries=(BadRow(name, "unreadable", f"{type(error).__name__}: {error}"[:200]),)
        )


def _preview(source: Source, found: Format, rows: int) -> Preview:
    if found is Format.CSV:
        header, table = open_table(source)
        if header is None:
            return _without_header(source, rows)
        return _of_table(source, "csv", header, islice(table, rows))
    if found in (Format.JSONL, Format.JSON):
        return _of_json(source, found, rows)
    if found is Format.ZIP:
        return _of_archive(source, rows)
    return Preview(found.value, entries=tuple(islice(read_source(source), rows)))


def _of_table(source: Source, kind: str, header: Header, rows: Iterable[Row | BadRow]) -> Preview:
    columns = tuple(column for column in header.columns if column and not is_personal(column))
    shown: list[tuple[str, ...]] = []
    entries: list[Entry] = []
    for row in rows:
        if isinstance(row, BadRow):
            entries.append(row)
            continue
        shown.append(tuple(_cell(row.values.get(column)) for column in columns))
        entries.append(row_entry(source.name, row, header.mapping, source.options))
    notes = _notes(header.dropped, repeated=header.repeated, below=header.index > 0)
    return Preview(kind, columns, header.mapping, tuple(shown), tuple(entries), header.dropped, notes)


def _notes(dropped: tuple[str, ...], *, repeated: bool = False, below: bool = False) -> tuple[str, ...]:
    found = {"duplicate_header": repeated, "dropped_columns": bool(dropped), "header_below_first_row": below}
    return tuple(code for code, holds in found.items() if holds)


def _cell(value: object) -> str:
    if isinstance(value, Mapping | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = cell_text(value)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _without_header(source: Source, rows: int) -> Preview:
    """The first row stands in as names, for a person to map."""
    text = source.head.decode(sniff_encoding(source.head), "replace").lstrip("\ufeff")
    found = records(io.StringIO(text, newline=""), guess_delimiter(text), len(text) + 1)
    cells = [row for row in islice(found, rows + 1) if not isinstance(row, BadRow) and any(row)]
    columns = tuple(_cell(name) for name in cells[0]) if cells else ()
    dropped = tuple(name for name in columns if is_personal(name))
    kept = [index for index, name in enumerate(columns) if not is_personal(name)]
    shown = tuple(tuple(_cell(row[index]) for index in kept if index < len(row)) for row in cells[1:])
    notes = (*_notes(dropped), "no_header")
    entries = (BadRow(source.name, "no_header"),)
    return Preview("csv", tuple(columns[index] for index in kept), {}, shown, entries, dropped, notes)


def _of_json(source: Source, found: Format, rows: int) -> Preview:
    objects = _objects(source.head)[:rows]
    names = list(dict.fromkeys(key for one in objects for key in one))
    dropped = tuple(name for name in names if is_personal(name))
    columns = tuple(name for name in names if not is_personal(name))
    shown = tuple(tuple(_cell(one.get(column)) for column in columns) for one in objects)
    mapping = effective_mapping(columns, source.options.mapping)
    entries = tuple(islice(read_source(source), rows))
    return Preview(found.value, columns, mapping, shown, entries, dropped, _notes(dropped))


def _objects(head: bytes) -> list[dict[str, object]]:
    """The objects that stand whole at the beginning of JSONL or of an array, one after the other."""
    text = head.decode(sniff_encoding(head), "replace").lstrip("\ufeff \t\r\n").removeprefix("[")
    decoder = json.JSONDecoder()
    found: list[dict[str, object]] = []
    while text := text.lstrip(" \t\r\n,"):
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            _, _, text = text.partition("\n")
            continue
        text = text[end:]
        if isinstance(value, dict):
            found.append(value)
    return found


def _of_archive(source: Source, rows: int) -> Preview:
    with seekable(source) as spool:
        if office_kind(spool, source.options.max_members) == "xlsx":
            return _of_workbook(source, spool, rows)
        return Preview("zip", entries=tuple(islice(guarded(source, read_archive(source, spool)), rows)))


def _of_workbook(source: Source, spool: BinaryIO, rows: int) -> Preview:
    """The first sheet with a header; a note tells when there are more."""
    shown: Preview | None = None
    for sheet in sheets(source, spool):
        if sheet.header is None:
            continue
        if shown is not None:
            return replace(shown, notes=(*shown.notes, "several_sheets"))
        shown = _of_table(replace(source, name=sheet.name), "xlsx", sheet.header, islice(sheet.rows, rows))
    if shown is None:
        return Preview("xlsx", entries=(BadRow(source.name, "no_header"),), notes=("no_header",))
    return shown
