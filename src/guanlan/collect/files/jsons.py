"""JSON: one object a line, an array, an object around a list, or a JSON Feed."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from guanlan.collect.files.columns import effective_mapping, usable
from guanlan.collect.files.model import MEGABYTE, BadRow, Entry, ReadOptions
from guanlan.collect.files.records import build, record
from guanlan.collect.files.streams import CHUNK, Source
from guanlan.collect.files.text import UTF8_MARK, excerpt, sniff_encoding, text_lines

#: One JSON value around everything has to be held whole.
MAX_DOCUMENT = 50 * MEGABYTE

#: Where systems put the list in an object around it.
_LISTS = ("items", "data", "rows", "records", "list", "results", "result", "articles", "documents", "docs")
_BLANK = " \t\r\n"


def read_jsonl(source: Source) -> Iterator[Entry]:
    """One object a line; a file whose first line only opens a value is read as one value."""
    if _is_one_value(source.head):
        yield from read_document(source)
        return
    count = 0
    lines = text_lines(source.stream, sniff_encoding(source.head), source.options.max_page_bytes)
    for number, line in enumerate(lines, start=1):
        position = f"{source.name} row {number}"
        if line is None:
            yield BadRow(position, "too_large", f"more than {source.options.max_page_bytes} bytes")
        elif line.strip():
            yield from line_entries(position, line, source)
        else:
            continue
        count += 1
    if not count:
        yield BadRow(source.name, "no_rows")


def line_entries(position: str, line: str, source: Source) -> Iterator[Entry]:
    """The entry of one line; a feed or an object around a list on one line gives its entries."""
    value = parse(position, line)
    if isinstance(value, BadRow):
        yield value
        return
    bare = isinstance(value, dict) and not usable(_mapping(tuple(value), ()))
    if isinstance(value, dict) and (_is_feed(value) or (bare and _list_in(value) is not None)):
        yield from value_entries(source, value)
    else:
        yield entry(position, value, source.options)


def parse(position: str, text: str) -> object:
    """The value of a text, or a BadRow ``nul_bytes`` or ``bad_json``."""
    if "\x00" in text:
        return BadRow(position, "nul_bytes", excerpt="")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return BadRow(position, "bad_json", str(error)[:200])


def entry(position: str, value: object, options: ReadOptions) -> Entry:
    """The entry of one JSON object."""
    if not isinstance(value, dict):
        return BadRow(position, "not_a_record", f"a JSON {type(value).__name__}", excerpt(str(value)[:200]))
    chosen = tuple(sorted(options.mapping.items()))
    try:
        return build(position, record(value, _mapping(tuple(value), chosen)), options)
    except RecursionError:
        return BadRow(position, "bad_json", "nested too deep")


@lru_cache(maxsize=256)
def _mapping(keys: tuple[str, ...], chosen: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Rows of a file share their keys: the mapping is worked out once for each set of them."""
    return effective_mapping(keys, dict(chosen))


def _is_one_value(head: bytes) -> bool:
    """True when a JSON value goes on over several lines; a spoilt first line of JSONL does not."""
    text = head.decode(sniff_encoding(head), "replace").lstrip("\ufeff" + _BLANK)
    line, _, rest = text.partition("\n")
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return bool(rest.strip()) and line.rstrip()[-1:] in "{[,:"
    return False


def read_document(source: Source) -> Iterator[Entry]:
    """One JSON object over many lines: a feed, an object around a list, or a single record."""
    content = source.read_all(MAX_DOCUMENT)
    text = content.removeprefix(UTF8_MARK).decode(sniff_encoding(content[:CHUNK]), "replace")
    value = parse(source.name, text.lstrip("\ufeff"))
    if isinstance(value, BadRow):
        yield value
    else:
        yield from value_entries(source, value)


def value_entries(source: Source, value: object) -> Iterator[Entry]:
    """Entries of one whole JSON value."""
    if isinstance(value, dict) and _is_feed(value):
        yield from feed_entries(source, value)
        return
    inner = _list_in(value)
    if inner is None:
        yield entry(f"{source.name} row 1", value, source.options)
        return
    for number, one in enumerate(inner, start=1):
        yield entry(f"{source.name} row {number}", one, source.options)
    if not inner:
        yield BadRow(source.name, "no_rows")


def _list_in(value: object) -> list[object] | None:
    for _ in range(3):  # {"data": {"list": […]}} is common, deeper is not
        if not isinstance(value, dict):
            break
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list | dict)), None)
    return value if isinstance(value, list) else None


def read_array(source: Source) -> Iterator[Entry]:
    """The objects of a JSON array, one at a time; the array is never held whole."""
    number = 0
    for value in _elements(source.stream, source.head, source.options.max_page_bytes):
        number += 1
        position = f"{source.name} row {number}"
        if isinstance(value, BadRow):
            yield BadRow(position, value.reason, value.detail, value.excerpt)
        else:
            yield entry(position, value, source.options)
    if not number:
        yield BadRow(source.name, "no_rows")


def _elements(stream: io.BufferedReader[Any], head: bytes, longest: int) -> Iterator[object]:
    """Values of an array. What cannot be read ends it, because nothing tells where the next begins."""
    pieces = _pieces(stream, sniff_encoding(head))
    decoder = json.JSONDecoder()
    buffer = next(pieces, "").lstrip("\ufeff" + _BLANK).removeprefix("[")
    while True:
        buffer = buffer.lstrip(_BLANK + ",")
        if buffer.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(buffer)
            if end == len(buffer) and not isinstance(value, dict | list):
                raise ValueError("a number may go on")
        except (ValueError, RecursionError) as error:
            more = _more(pieces, len(buffer)) if len(buffer) <= longest else ""
            if not more:
                yield _stopped(buffer, longest, error)
                return
            buffer += more
            continue
        yield value
        buffer = buffer[end:]


def _more(pieces: Iterator[str], least: int) -> str:
    """Twice as much each time, so that a long value is not tried over and over."""
    parts: list[str] = []
    while sum(map(len, parts)) < max(least, 1):
        piece = next(pieces, "")
        if not piece:
            break
        parts.append(piece)
    return "".join(parts)


def _stopped(buffer: str, longest: int, error: Exception) -> BadRow:
    if "\x00" in buffer:
        return BadRow("", "nul_bytes", str(error)[:200])
    if len(buffer) > longest:
        return BadRow("", "too_large", f"a value of more than {longest} characters, or not JSON")
    cut = (
        not buffer.strip()
        or getattr(error, "pos", 0) >= len(buffer.rstrip()) - 1
        or "Unterminated" in str(error)
    )
    return BadRow("", "truncated" if cut else "bad_json", str(error)[:200])


def _pieces(stream: io.BufferedReader[Any], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while part := stream.read1(CHUNK):
        if text := decoder.decode(part):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text


def _is_feed(value: Mapping[str, object]) -> bool:
    return "jsonfeed.org" in str(value.get("version", ""))[:100] and isinstance(value.get("items"), list)


def feed_entries(source: Source, feed: Mapping[str, object]) -> Iterator[Entry]:
    """Entries of a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    items = feed["items"]
    assert isinstance(items, list)
    for number, one in enumerate(items, start=1):
        position = f"{source.name} entry {number}"
        yield entry(position, _plain_entry(one, feed) if isinstance(one, dict) else one, source.options)
    if not items:
        yield BadRow(source.name, "no_rows")


def _plain_entry(one: Mapping[str, object], feed: Mapping[str, object]) -> dict[str, object]:
    authors = one.get("authors") or one.get("author")
    return {
        "title": one.get("title"),
        "body": one.get("content_html") or one.get("content_text") or one.get("summary"),
        "url": one.get("url") or one.get("external_url"),
        "published_at": one.get("date_published") or one.get("date_modified"),
        "author": authors,
        "source": feed.get("title"),
        "id": one.get("id"),
    }
