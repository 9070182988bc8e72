"""RSS and Atom, as they are found: broken, half, in any encoding."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from guanlan.analysis.types import RawItem
from guanlan.collect.files.model import MEGABYTE, BadRow, Entry, Item, ReadOptions
from guanlan.collect.files.records import LONGEST_EXTRA, dated
from guanlan.collect.files.streams import Source
from guanlan.collect.files.text import COMMENTS, cell_text, without_tags

#: A feed has to be held whole; an export of a whole blog can be this large.
MAX_FEED = 50 * MEGABYTE

_END = re.compile(rf"</(?:\w+:)?(?:rss|feed|RDF)\s*>\s*{COMMENTS}$".encode(), re.S)
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_URL = re.compile(r"https?://\S+", re.I)


def read_feed(source: Source) -> Iterator[Entry]:
    """Entries of a feed; a feed that breaks off gives what it has, then ``truncated``."""
    content = source.read_all(MAX_FEED)
    if _ENTITY.search(content[:65_536].replace(b"\x00", b"")):
        yield BadRow(source.name, "unsafe_xml", "declares entities")
        return
    # A stream, never the bytes themselves: given bytes, feedparser first tries to open them as a file name.
    parsed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    name = cell_text(parsed.feed.get("title"))
    for number, one in enumerate(parsed.entries, start=1):
        yield feed_entry(f"{source.name} entry {number}", one, name, source.options)
    if not _END.search(content[-4096:].replace(b"\x00", b"")):
        yield BadRow(source.name, "truncated", str(parsed.get("bozo_exception", ""))[:200])
    elif not parsed.entries:
        yield BadRow(source.name, "no_rows", str(parsed.get("bozo_exception", ""))[:200])


def feed_entry(position: str, one: Mapping[str, Any], feed_name: str, options: ReadOptions) -> Entry:
    """The item of one parsed entry; ``feed_name`` is its origin unless it names another."""
    title = " ".join(without_tags(cell_text(one.get("title"))).split())
    body = without_tags(_longest_text(one))
    url = cell_text(one.get("link"))
    url = url if _URL.fullmatch(url) else ""
    if not (title or body or url):
        return BadRow(position, "empty_row")
    if len(body) > options.max_page_bytes:
        return BadRow(position, "too_large", f"more than {options.max_page_bytes} characters", title[:100])
    extra = {"entry_id": cell_text(one.get("id"))[:LONGEST_EXTRA]} if one.get("id") else {}
    raw = RawItem(
        key=position,
        url=url,
        title=title,
        body=body,
        author=cell_text(one.get("author")),
        origin=cell_text((one.get("source") or {}).get("title")) or feed_name,
        extra=extra,
    )
    # Our own rules read the time: feedparser takes one without a zone for UTC, and guesses at odd ones.
    return Item(position, dated(raw, one.get("published") or one.get("updated"), options))


def _longest_text(one: Mapping[str, Any]) -> str:
    """The fullest of content and summary: some feeds put the text in one, some in the other."""
    texts = [cell_text(part.get("value")) for part in one.get("content") or ()]
    return max([*texts, cell_text(one.get("summary"))], key=len)
