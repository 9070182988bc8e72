"""Which format a file has: by its content; its name decides only where the content leaves it open."""

from __future__ import annotations

import io
import re
from enum import StrEnum
from itertools import islice
from pathlib import PurePosixPath

from guanlan.collect.files.delimited import find_table, records
from guanlan.collect.files.text import COMMENTS, UTF8_MARK, sniff_encoding


class Format(StrEnum):
    """What a file turned out to be."""

    EMPTY = "empty"
    HTML = "html"
    TEXT = "txt"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"
    XLSX = "xlsx"
    FEED = "feed"
    ZIP = "zip"
    WARC = "warc"
    GZIP = "gz"
    XZ = "xz"
    BZ2 = "bz2"
    OLD_OFFICE = "old_office"
    BINARY = "binary"
    UNKNOWN = "unknown"


_MAGIC = (
    (b"\x1f\x8b", Format.GZIP),
    (b"\xfd7zXZ\x00", Format.XZ),
    (b"BZh", Format.BZ2),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format.OLD_OFFICE),
    (b"WARC/", Format.WARC),
)
#: Known and not read here; told apart from "unknown" only by the detail.
FOREIGN = {
    b"%PDF": "pdf",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"{\\rtf": "rtf",
    b"SQLite format 3": "sqlite",
}
_BY_NAME = {
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".shtml": Format.HTML,
    ".xhtml": Format.HTML,
    ".txt": Format.TEXT,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".tab": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
}
_PACKED = frozenset((".gz", ".xz", ".bz2"))
_FEED = re.compile(r"<(?:\w+:)?(?:rss|feed|RDF)[\s>]")
_MARKUP = re.compile(
    rf"(?:<\?xml[^>]*>\s*)?{COMMENTS}<(?:!doctype\s+html|html|head|body|div|p|table|meta|title|article)\b",
    re.I | re.S,
)
_OBJECT = re.compile(r'\{\s*(?:"|\})')
_ARRAY = re.compile(r'\[\s*(?:\{|\[|"|\]|$)')
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
#: More control characters than this share of the beginning: not a text, whatever its name says.
CONTROL_SHARE = 0.02

#: A short file that calls itself a table may have a few spoilt bytes in one row.
CONTROLS_ALLOWED = 8


def sniff(head: bytes, name: str) -> Format:
    """The format of an input from its first bytes; ``name`` is a hint only."""
    if not head.strip(b"\x00 \t\r\n" + UTF8_MARK):
        return Format.EMPTY if b"\x00" not in head else Format.BINARY
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if foreign(head):
        return Format.UNKNOWN
    encoding = sniff_encoding(head)
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    hinted = _BY_NAME.get(_suffix(name))
    if len(_CONTROL.findall(text)) > CONTROL_SHARE * len(text) + (CONTROLS_ALLOWED if hinted else 1):
        return Format.BINARY if hinted else Format.UNKNOWN
    return _of_text(text, hinted)


def _suffix(name: str) -> str:
    """The last suffix that speaks of the content: ``.csv`` of ``news.csv.gz``."""
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix in _PACKED else path.suffix


def foreign(head: bytes) -> str:
    """The name of a format that is known and not read here, or an empty string."""
    return next((name for magic, name in FOREIGN.items() if head.startswith(magic)), "")


def _of_text(text: str, hinted: Format | None) -> Format:
    if text[0] == "<" and _FEED.search(text[:4096]) and not _MARKUP.match(text):
        return Format.FEED
    if text[0] == "<" and _MARKUP.match(text):
        return Format.HTML
    if _OBJECT.match(text) or _ARRAY.match(text):
        return Format.JSON
    if hinted not in (None, Format.TEXT):
        return hinted
    return Format.CSV if _is_table(text) else Format.TEXT


def _is_table(text: str) -> bool:
    """A text without a telling name is a table when two columns are known by name and the rows fit them."""
    found = find_table(text, {})
    if found is None or len(found.mapping) < 2:
        return False
    rows = records(io.StringIO(text, newline=""), found.delimiter, len(text) + 1)
    following = [
        len(cells) for cells in islice(rows, found.index + 1, found.index + 4) if isinstance(cells, list)
    ]
    return following[:2].count(len(found.columns)) == len(following[:2])
