"""How texts of an index lie in a file: a head with the version, then records that each carry a checksum.

A record that was half written when the power went is recognised by its checksum; what a reader does about
it is the reader's business: a saved index is refused, a journal is cut there.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from guanlan.analysis.errors import ModelError
from guanlan.analysis.signature import HASHING

MAGIC = b"GLND"
FORMAT = 2
HEAD = struct.Struct("<4sHH")
#: Longest record: a profile of 400 letters or 192 hashes, 16 figures and 24 anchors take under 1.1 kB.
MAX_RECORD = 4096
_FRAME = struct.Struct("<HI")  # bytes of the record, checksum of them
_BODY = struct.Struct("<BqqqB")  # kind, key, time, exact, anchors
_ADDED, _FORGOTTEN = 1, 2


@dataclass(frozen=True, slots=True)
class Record:
    """One text: ``key``, ``time`` in seconds since 1970, short ``exact`` hash, ``anchors`` and packed
    ``profile``; an exact copy of an earlier record leaves the last two empty.
    """

    key: int
    time: int
    exact: int
    anchors: bytes = b""
    profile: bytes = b""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A text that was dropped."""

    key: int


def head() -> bytes:
    """First bytes of every file: what it is, its format, the version of the hashing."""
    return HEAD.pack(MAGIC, FORMAT, int(HASHING))


def frame(record: Record | Forgotten) -> bytes:
    """One record as it is written."""
    if isinstance(record, Forgotten):
        body = _BODY.pack(_FORGOTTEN, record.key, 0, 0, 0)
    else:
        fixed = _BODY.pack(_ADDED, record.key, record.time, record.exact, len(record.anchors) // 4)
        body = fixed + record.anchors + record.profile
    return _FRAME.pack(len(body), crc32(body)) + body


def read_frames(data: bytes, start: int = HEAD.size) -> Iterator[tuple[Record | Forgotten, int]]:
    """Whole records from ``start`` on, each with the offset behind it; ends at the first broken one."""
    while start + _FRAME.size <= len(data):
        size, checksum = _FRAME.unpack_from(data, start)
        body = data[start + _FRAME.size : start + _FRAME.size + size]
        if len(body) < size or size < _BODY.size or size > MAX_RECORD or crc32(body) != checksum:
            return
        start += _FRAME.size + size
        kind, key, time, exact, anchors = _BODY.unpack_from(body)
        rest = _BODY.size + 4 * anchors
        if kind == _FORGOTTEN:
            yield Forgotten(key), start
        else:
            yield Record(key, time, exact, body[_BODY.size : rest], body[rest:]), start


def check_head(data: bytes, name: str) -> None:
    """Raises ModelError when ``data`` does not begin like a file of this version."""
    if len(data) < HEAD.size or not data.startswith(MAGIC):
        raise ModelError(f"{name}: is no index of near duplicates")
    if data[: HEAD.size] != head():
        raise ModelError(f"{name}: made by another version of the hashing")


def write_file(path: Path, records: Iterable[Record]) -> None:
    """Write a file of records, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(head())
        for record in records:
            file.write(frame(record))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_directory(path.parent)


def read_file(path: Path) -> list[Record]:
    """The records of a whole file. Raises ModelError when it is damaged or of another version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path.name}: cannot be read ({error.strerror})") from error
    check_head(data, path.name)
    records, end = list[Record](), HEAD.size
    for record, behind in read_frames(data):
        end = behind
        if isinstance(record, Record):
            records.append(record)
    if end != len(data):
        raise ModelError(f"{path.name}: damaged behind byte {end}")
    return records


def sync_directory(directory: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    if os.name == "nt":
        return  # directories cannot be opened there
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
