"""RSS, Atom and JSON Feed."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import feedparser

from guanlan.collect.files import Item, ReadOptions
from guanlan.collect.files.feeds import feed_entry
from guanlan.collect.files.text import cell_text, without_tags
from guanlan.collect.kinds.model import MOST_FOUND, Found, Listing, NotReadable
from guanlan.collect.times import read_time

_ENTITY = re.compile(rb"<!ENTITY", re.I)


def read_feed(content: bytes, base: str, now: datetime) -> Listing:
    """Entries of an RSS, Atom or JSON feed. Raises NotReadable ``not_a_feed`` or ``unsafe_xml``."""
    if content.lstrip()[:1] == b"{":
        return _json_feed(content, base, now)
    if _ENTITY.search(content[:65_536].replace(b"\x00", b"")):
        raise NotReadable("unsafe_xml", "declares entities")
    parsed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    version = parsed.get("version", "")
    if not version and not parsed.entries:
        raise NotReadable("not_a_feed", str(parsed.get("bozo_exception", ""))[:200])
    title, options = cell_text(parsed.feed.get("title")), ReadOptions(now=now)
    found = []
    for one in parsed.entries[:MOST_FOUND]:
        one["link"] = urljoin(base, cell_text(one.get("link"))) if one.get("link") else ""
        entry = feed_entry("", one, title, options)
        if isinstance(entry, Item):
            raw = entry.raw
            found.append(Found(raw.url, raw.title, raw.published_at, raw.body, raw.author, raw.origin))
    return Listing(tuple(found), title, how=version or "feed")


def _json_feed(content: bytes, base: str, now: datetime) -> Listing:
    try:
        feed = json.loads(content)
        items = feed["items"]
        if not isinstance(items, list):
            raise TypeError("items is no list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotReadable("not_a_feed", str(error)[:200]) from error
    found = [_json_item(one, base, now) for one in items[:MOST_FOUND] if isinstance(one, dict)]
    return Listing(tuple(found), cell_text(feed.get("title")), how="json feed")


def _json_item(one: dict[str, Any], base: str, now: datetime) -> Found:
    text = cell_text(one.get("content_text")) or without_tags(cell_text(one.get("content_html")))
    address = cell_text(one.get("url")) or cell_text(one.get("external_url"))
    authors = one.get("authors") or []
    first = authors[0] if isinstance(authors, list) and authors and isinstance(authors[0], dict) else {}
    return Found(
        url=urljoin(base, address) if address else "",
        title=" ".join(cell_text(one.get("title")).split()),
        published_at=read_time(cell_text(one.get("date_published")), now=now).value,
        body=text or cell_text(one.get("summary")),
        author=cell_text(first.get("name")),
    )
