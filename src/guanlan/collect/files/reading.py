"""The door: a path or a stream in, items and bad rows out. Nothing is raised to the caller."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from guanlan.collect.errors import FileRefusedError
from guanlan.collect.files.delimited import read_table
from guanlan.collect.files.feeds import read_feed
from guanlan.collect.files.jsons import read_array, read_jsonl
from guanlan.collect.files.model import BadRow, Entry, ReadOptions
from guanlan.collect.files.pages import read_html, read_text
from guanlan.collect.files.sniff import Format, foreign, sniff
from guanlan.collect.files.streams import (
    HEAD_BYTES,
    Budget,
    Readable,
    Rejoined,
    Source,
    Unpacked,
    bz2_member,
    gzip_member,
    seekable,
    xz_member,
)
from guanlan.collect.files.text import UTF8_MARK
from guanlan.collect.files.warcs import read_warc
from guanlan.collect.files.workbooks import office_kind, read_workbook
from guanlan.collect.files.zips import is_litter, read_zip

#: A packed file in a packed file happens (a.zip with b.jsonl.gz); more of it is a trick.
MOST_LAYERS = 2

#: Folders in folders in folders: deeper than any real tree.
DEEPEST_FOLDER = 64

UNPACKERS = {Format.GZIP: gzip_member, Format.XZ: xz_member, Format.BZ2: bz2_member}
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")

Reader = Callable[[Source], Iterator[Entry]]


def read_path(path: Path, options: ReadOptions | None = None) -> Iterator[Entry]:
    """Everything in a file or in a folder and its folders, sorted by name.

    Positions begin with the name of the file or folder given. Links inside a folder are not followed
    (``unsafe_path``). Raises nothing.
    """
    options = options or ReadOptions()
    if path.is_dir():
        count = 0
        for one in _folder(path, path.name or "folder", options, 0):
            count += 1
            yield one
        if not count:
            yield BadRow(path.name, "no_items")
        return
    yield from _file(path, path.name, options)


def _folder(folder: Path, name: str, options: ReadOptions, depth: int) -> Iterator[Entry]:
    if depth > DEEPEST_FOLDER:
        yield BadRow(name, "unsafe_path", "folders nested too deep")
        return
    try:
        children = sorted(folder.iterdir(), key=lambda child: child.name)
    except OSError as error:
        yield BadRow(name, "unreadable", error.strerror or "")
        return
    for child in children:
        position = f"{name}/{_shown(child.name)}"
        if is_litter(child.name):
            continue
        if child.is_symlink():
            yield BadRow(position, "unsafe_path", "a link")
        elif child.is_dir():
            yield from _folder(child, position, options, depth + 1)
        else:
            yield from _file(child, position, options)


def _shown(name: str) -> str:
    """A file name that can be printed and stored, whatever bytes the disk holds."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _file(path: Path, name: str, options: ReadOptions) -> Iterator[Entry]:
    name = _shown(name)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISFIFO(status.st_mode):
            yield BadRow(name, "unknown_format", "not a file")
            return
        if status.st_size > options.max_file_bytes:
            yield BadRow(name, "too_large", f"{status.st_size} bytes")
            return
        with path.open("rb") as stream:
            yield from read_stream(name, stream, options)
    except FileNotFoundError:
        yield BadRow(name, "not_found")
    except (OSError, ValueError) as error:
        yield BadRow(name, "unreadable", str(getattr(error, "strerror", "") or type(error).__name__))


def read_stream(name: str, stream: BinaryIO, options: ReadOptions | None = None) -> Iterator[Entry]:
    """Everything in a stream: standard input, an upload. Read once, front to back; not closed.

    The format is told by the content; ``name`` is a hint and the beginning of positions.
    """
    yield from read_source(open_source(name, stream, options or ReadOptions()))


def open_source(name: str, stream: Readable, options: ReadOptions) -> Source:
    """A stream from outside, limited to ``max_file_bytes``."""
    return _source(name, Rejoined(stream, options.max_file_bytes), options, Budget(options.max_unpacked))


def _source(name: str, joined: Rejoined, options: ReadOptions, budget: Budget) -> Source:
    head = joined.look(HEAD_BYTES)
    return Source(name, io.BufferedReader(joined, HEAD_BYTES), head, options, budget)


def _inside(source: Source, name: str, stream: Readable, archives: int = 0, layers: int = 0) -> Source:
    joined = Rejoined(stream)
    head = joined.look(HEAD_BYTES)
    inner = io.BufferedReader(joined, HEAD_BYTES)
    return Source(
        name, inner, head, source.options, source.budget, source.archives + archives, source.layers + layers
    )


def read_source(source: Source) -> Iterator[Entry]:
    """Everything in one source."""
    yield from guarded(source, _read(source))


def guarded(source: Source, entries: Iterator[Entry]) -> Iterator[Entry]:
    """Turn whatever stops a reader into its last, counted entry."""
    try:
        yield from entries
    except FileRefusedError as refused:
        yield BadRow(source.name, refused.reason, refused.detail)
    except Exception as error:  # one bad file must not take its neighbours with it; the type tells us
        yield BadRow(source.name, "unreadable", f"{type(error).__name__}: {error}"[:200])


def _read(source: Source) -> Iterator[Entry]:
    found = sniff(source.head, source.name)
    if found in UNPACKERS:
        yield from read_source(unpacked(source, found))
    elif found is Format.ZIP:
        with seekable(source) as spool:
            yield from read_archive(source, spool)
    elif found in _READERS:
        yield from _READERS[found](source)
    else:
        yield refused_format(source, found)


def unpacked(source: Source, found: Format) -> Source:
    """The content of a gz, xz or bz2 stream. Raises FileRefusedError when packed over and over."""
    if source.layers >= MOST_LAYERS:
        raise FileRefusedError("zip_bomb", "packed over and over")
    stream = Unpacked(cast("Readable", source.stream), UNPACKERS[found], source.budget)
    return _inside(source, source.name, cast("Readable", stream), layers=1)


def read_archive(source: Source, spool: BinaryIO) -> Iterator[Entry]:
    """Everything in a ZIP or XLSX file that lies in ``spool``."""
    kind = office_kind(spool, source.options.max_members)
    if kind == "xlsx":
        yield from read_workbook(source, spool)
    elif kind:
        yield BadRow(source.name, "unknown_format", kind)
    elif source.name.lower().endswith((".xlsx", ".xlsm")):
        raise FileRefusedError("truncated", "the list of parts is missing")
    else:
        yield from _read_members(source, spool)


def _read_members(source: Source, spool: BinaryIO) -> Iterator[Entry]:
    count = 0
    for one in read_zip(source, spool, _read_member):
        count += 1
        yield one
    if not count:
        yield BadRow(source.name, "no_items")


def _read_member(name: str, stream: Readable, archive: Source) -> Iterator[Entry]:
    yield from read_source(_inside(archive, name, stream, archives=1))


def refused_format(source: Source, found: Format) -> BadRow:
    """Why a format is not read. Raises what broke a stream before its first byte."""
    if found is Format.EMPTY:
        source.stream.read(1)  # a broken stream is not an empty one
        return BadRow(source.name, "empty_file")
    if found is Format.OLD_OFFICE:
        return BadRow(source.name, "encrypted" if _ENCRYPTED_OFFICE in source.head else "old_office")
    reason = "binary" if found is Format.BINARY else "unknown_format"
    return BadRow(source.name, reason, foreign(source.head) or source.head[:8].hex())


def _read_json(source: Source) -> Iterator[Entry]:
    beginning = source.head.replace(b"\x00", b"").removeprefix(UTF8_MARK).lstrip(b"\xff\xfe \t\r\n")
    yield from (read_array if beginning.startswith(b"[") else read_jsonl)(source)


_READERS: dict[Format, Reader] = {
    Format.HTML: read_html,
    Format.TEXT: read_text,
    Format.CSV: read_table,
    Format.JSONL: read_jsonl,
    Format.JSON: _read_json,
    Format.FEED: read_feed,
    Format.WARC: read_warc,
}
