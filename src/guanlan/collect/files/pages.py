"""Saved pages and plain texts: one file, one item."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guanlan.analysis.types import RawItem
from guanlan.collect.files.model import BadRow, Entry, Item
from guanlan.collect.files.streams import Source
from guanlan.collect.files.text import decode_all, is_page, storable

#: Browsers write the address into a page they save.
_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(https?://[^\s>]{1,2000})", re.I)

#: A first line up to this length is a title; a longer one is already text.
LONGEST_TITLE = 50


def read_html(source: Source) -> Iterator[Entry]:
    """The page as it is; decoding and reading it is the analysis' work."""
    content = source.read_all(source.options.max_page_bytes)
    saved = _SAVED_FROM.search(content[:4096])
    url = saved[1].decode("ascii", "replace") if saved else ""
    yield Item(source.name, RawItem(key=source.name, content=content, url=url))


def read_text(source: Source) -> Iterator[Entry]:
    """A plain text. A short first line above more text is its title."""
    content = source.read_all(source.options.max_page_bytes)
    text, lost = decode_all(content)
    if is_page(text):
        yield from [Item(source.name, RawItem(key=source.name, content=content))]
        return
    text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text:
        yield BadRow(source.name, "empty_file")
        return
    first, _, rest = text.partition("\n")
    title, body = (
        (first.strip(), rest.strip()) if rest.strip() and len(first) <= LONGEST_TITLE else ("", text)
    )
    extra = {"characters_lost": str(lost)} if lost else {}
    yield Item(source.name, RawItem(key=source.name, title=title, body=body, extra=extra))
