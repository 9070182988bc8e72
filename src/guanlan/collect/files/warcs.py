"""Web archives: the pages among their records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from warcio.archiveiterator import WARCIterator
from warcio.exceptions import ArchiveLoadFailed

from guanlan.analysis.types import RawItem
from guanlan.collect.errors import FileRefusedError
from guanlan.collect.files.model import BadRow, Entry, Item
from guanlan.collect.files.streams import CHUNK, Source

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.I)
_HTML = ("text/html", "application/xhtml+xml")


class _Quiet(WARCIterator):  # type: ignore[misc]
    """The library reports wrong lengths on standard error with a line of the file; ``err_count`` tells us."""

    INC_RECORD = ""


class _Piecewise:
    """A file that breaks off gives what stands before the break, and only then the error."""

    def __init__(self, source: Source) -> None:
        self.read = source.stream.read1


def read_warc(source: Source) -> Iterator[Entry]:
    """Pages of a WARC. Other records (requests, images, metadata) are no items and are passed over."""
    records = _Quiet(_Piecewise(source))
    number = wrong = pages = 0
    try:
        for record in records:
            number += 1
            if records.err_count > wrong:
                wrong = records.err_count
                yield BadRow(source.name, "damaged", f"a wrong length before record {number}")
            for one in _entries(f"{source.name} record {number}", record, source):
                pages += 1
                yield one
    except FileRefusedError:
        raise
    except (ArchiveLoadFailed, EOFError) as error:
        raise FileRefusedError("damaged", str(error)[:200]) from error
    if not pages:
        yield BadRow(source.name, "no_items", f"{number} records, no page among them")


def _entries(position: str, record: Any, source: Source) -> Iterator[Entry]:
    headers = record.http_headers if record.rec_type == "response" else record.rec_headers
    if record.rec_type not in ("response", "resource") or headers is None:
        _drain(position, record)
        return
    written = headers.get_header("Content-Type") or ""
    status = str(headers.get_statuscode()) if record.rec_type == "response" else "200"
    if not written.lower().startswith(_HTML) or status.startswith("3"):
        _drain(position, record)
        return
    limit = source.options.max_page_bytes
    content = record.content_stream().read(limit + 1)
    _drain(position, record)
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if len(content) > limit:
        yield BadRow(position, "too_large", f"more than {limit} bytes", url[:200])
    elif not status.startswith("2"):
        yield BadRow(position, "http_error", status[:10], url[:200])
    elif not content.strip():
        yield BadRow(position, "empty_row", excerpt=url[:200])
    else:
        yield Item(position, _raw(position, content, record, written))


def _raw(position: str, content: bytes, record: Any, content_type: str) -> RawItem:
    charset = _CHARSET.search(content_type)
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    captured = record.rec_headers.get_header("WARC-Date") or ""
    return RawItem(
        key=position,
        content=content,
        declared_charset=charset[1] if charset else None,
        url=url if url.lower().startswith(("http://", "https://")) else "",
        extra={"captured_at": captured[:40]} if captured else {},
    )


def _drain(position: str, record: Any) -> None:
    """Read a record to its end. Raises FileRefusedError ``truncated`` when the file ends before it does."""
    while record.raw_stream.read(CHUNK):
        pass
    left = getattr(record.raw_stream, "limit", 0)
    if left > 0:
        raise FileRefusedError("truncated", f"{position} lacks {left} bytes")
