"""XLSX: every sheet with a header. Formulas are read as their last result or their text, never computed."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException

from guanlan.collect.errors import FileRefusedError
from guanlan.collect.files.delimited import HEADER_ROWS, Header, Row, find_header, row_entry
from guanlan.collect.files.model import MEGABYTE, BadRow, Entry
from guanlan.collect.files.streams import Source
from guanlan.collect.files.text import cell_text, excerpt
from guanlan.collect.files.zips import check_total, open_archive

WORKBOOK = "xl/workbook.xml"

#: The one part that has to be held whole: the texts of all sheets.
MAX_SHARED = 300 * MEGABYTE

#: A workbook of 100 sheets with drawings has some hundred parts.
MOST_PARTS = 20_000

#: Excel's own last row; a row number beyond it is a trick to make a reader count.
LAST_ROW = 1_048_576

#: Rows fetched at once between two looks at the warnings filter.
_BATCH = 200

_OTHER_OFFICE = {"word/document.xml": "docx", "ppt/presentation.xml": "pptx", "content.xml": "odf"}
_UNSAFE = (b"<!DOCTYPE", b"<!ENTITY")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with its header, or without one. ``rows`` can be read once."""

    name: str
    header: Header | None
    rows: Iterator[Row | BadRow]
    first: tuple[str, ...] = ()


def office_kind(spool: BinaryIO, most: int) -> str:
    """``xlsx``, ``docx``, ``pptx``, ``odf``, or empty for an archive that is no office file."""
    try:
        with open_archive(spool, most) as archive:
            names = set(archive.namelist())
    except FileRefusedError:
        return ""
    finally:
        spool.seek(0)
    if WORKBOOK in names:
        return "xlsx"
    if "mimetype" in names or "[Content_Types].xml" in names:
        return next((kind for part, kind in _OTHER_OFFICE.items() if part in names), "")
    return ""


def read_workbook(source: Source, spool: BinaryIO) -> Iterator[Entry]:
    """Rows of all sheets that have a header. Raises FileRefusedError for the workbook as a whole."""
    count = tables = 0
    bare: list[Sheet] = []
    for sheet in sheets(source, spool):
        if sheet.header is None:
            bare += [sheet] if sheet.first else []
            continue
        tables += 1
        for row in sheet.rows:
            count += 1
            yield row_entry(sheet.name, row, sheet.header.mapping, source.options)
    for sheet in bare:
        yield BadRow(sheet.name, "no_header", excerpt=excerpt(" ".join(sheet.first)))
    if not count and not bare:
        yield BadRow(source.name, "no_rows")


def sheets(source: Source, spool: BinaryIO) -> Iterator[Sheet]:
    """Sheets in their order, one at a time: read the rows of one before asking for the next."""
    formulas = _inspect(source, spool)
    with closing(_load(spool, True)) as values, closing(_load(spool, False)) as texts:
        for name in values.sheetnames:
            sheet = values[name]
            if not hasattr(sheet, "reset_dimensions"):
                continue  # a chart
            second = texts[name] if _part(sheet) in formulas else None
            yield _sheet(f"{source.name} {name}", source, sheet, second)


def raw_rows(source: Source, spool: BinaryIO) -> Iterator[tuple[str, Iterator[Sequence[Any] | BadRow]]]:
    """Sheets by name with their rows as they stand, for readers with headings of their own; formulas give
    their last result. Raises FileRefusedError for a workbook that is not safe to open."""
    _inspect(source, spool)
    with closing(_load(spool, True)) as values:
        for name in values.sheetnames:
            if hasattr(values[name], "reset_dimensions"):  # a chart has no rows
                yield name, _cells(f"{source.name} {name}", values[name])


def _part(sheet: Any) -> str:
    return str(sheet._worksheet_path).lstrip("/")


def _load(spool: BinaryIO, cached: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(spool, read_only=True, data_only=cached, keep_links=False)
    except Exception as error:  # the library raises whatever a broken part makes it stumble over
        raise _refused(error) from error


def _inspect(source: Source, spool: BinaryIO) -> frozenset[str]:
    """The parts with formulas. Raises FileRefusedError for a workbook that is not safe to open."""
    with open_archive(spool, source.options.max_members) as archive:
        members = archive.infolist()
        check_total(sum(one.compress_size for one in members), sum(one.file_size for one in members), source)
        source.budget.take(sum(one.file_size for one in members))
        if len(members) > MOST_PARTS:
            raise FileRefusedError("zip_bomb", f"{len(members)} parts")
        try:
            found = frozenset(one.filename for one in members if _check_part(archive, one))
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise _refused(error) from error
    spool.seek(0)
    return found


def _check_part(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """True for a sheet with formulas."""
    if member.flag_bits & 0x1:
        raise FileRefusedError("encrypted", member.filename)
    if not member.filename.endswith((".xml", ".rels")):
        return False
    if member.filename.endswith("sharedStrings.xml") and member.file_size > MAX_SHARED:
        raise FileRefusedError("too_large", f"{member.file_size} bytes of shared texts")
    with archive.open(member) as part:
        beginning = part.read(65_536)
        if any(mark in beginning.replace(b"\x00", b"") for mark in _UNSAFE):
            raise FileRefusedError("unsafe_xml", member.filename)
        return "worksheets/" in member.filename and _has_formula(part, beginning)


def _has_formula(part: Any, piece: bytes) -> bool:
    while piece:
        if b"<f>" in piece or b"<f " in piece or b"<f/" in piece:
            return True
        following = part.read(65_536)
        piece = piece[-3:] + following if following else b""
    return False


def _sheet(name: str, source: Source, values: Any, texts: Any | None) -> Sheet:
    rows = _cells(name, values)
    if texts is not None:
        rows = _filled(rows, _cells(name, texts))
    beginning = list(islice(rows, HEADER_ROWS))
    plain = [row if not isinstance(row, BadRow) else () for row in beginning]
    header = find_header(plain, source.options.mapping, source.options.by_header)
    if header is None:
        first = next((row for row in plain if any(cell is not None for cell in row)), ())
        broken = [row for row in beginning if isinstance(row, BadRow)]
        if broken:
            raise FileRefusedError(broken[0].reason, broken[0].detail)
        return Sheet(name, None, iter(()), tuple(cell_text(cell) for cell in first))
    return Sheet(name, header, _rows(name, header, chain(beginning, rows)))


def _rows(name: str, header: Header, rows: Iterator[Sequence[Any] | BadRow]) -> Iterator[Row | BadRow]:
    for number, cells in enumerate(rows, start=1):
        if isinstance(cells, BadRow):
            yield cells
        elif number > header.index + 1 and any(cell not in (None, "") for cell in cells):
            yield Row(number, _values(header.columns, cells))


def _values(columns: Sequence[str], cells: Sequence[Any]) -> Mapping[str, object]:
    return {
        column: cell.replace("_x000D_", "") if isinstance(cell, str) else cell
        for column, cell in zip(columns, cells, strict=False)
    }


def _filled(values: Iterator[Any], texts: Iterator[Any]) -> Iterator[Sequence[Any] | BadRow]:
    """A formula that was never computed has no value: its text stands in."""
    for value_row, text_row in zip_longest(values, texts, fillvalue=()):
        if isinstance(value_row, BadRow) or isinstance(text_row, BadRow):
            yield value_row
            return
        yield [text if value is None else value for value, text in zip_longest(value_row, text_row)]


def _cells(name: str, sheet: Any) -> Iterator[Sequence[Any] | BadRow]:
    """Rows of a sheet until its end or until it breaks, which is the last thing yielded."""
    sheet.reset_dimensions()  # some programs write a wrong size, and rows beyond it would be lost
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        batch, failure = _batch(rows)
        yield from batch
        number += len(batch)
        if failure is not None:
            refused = _refused(failure)
            yield BadRow(f"{name} row {number + 1}", refused.reason, refused.detail)
            return
        if len(batch) < _BATCH:
            return
        if number > LAST_ROW:
            yield BadRow(f"{name} row {number}", "too_large", "more rows than a sheet can have")
            return


def _batch(rows: Iterator[Sequence[Any]]) -> tuple[list[Sequence[Any]], Exception | None]:
    batch: list[Sequence[Any]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dates out of range and the like; the cell is read as text
        try:
            for row in islice(rows, _BATCH):
                batch.append(row)  # one by one: rows before a failure are kept
        except Exception as error:  # whatever a broken part makes the library stumble over
            return batch, error
    return batch, None


def _refused(error: Exception) -> FileRefusedError:
    if isinstance(error, FileRefusedError):
        return error
    detail = f"{type(error).__name__}: {error}"[:200]
    if any(isinstance(cause, DefusedXmlException) for cause in (error, error.__cause__, error.__context__)):
        return FileRefusedError("unsafe_xml", detail)
    cut = isinstance(error, EOFError) or (
        isinstance(error, ParseError) and any(word in str(error) for word in ("no element", "unclosed"))
    )
    return FileRefusedError("truncated" if cut else "damaged", detail)
