"""What the page's head declares of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

#: Only this many declarations are read; more is an attack or an accident.
MAX_METAS = 200
_MAX_VALUE = 500

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "article:create_at",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_time",
    "publishtime",
    "publish-date",
    "og:release_date",
    "weibo:article:create_at",
    "apub:time",
    "firstpublishedtime",
    "dc.date.issued",
    "release_date",
    "dateupdate",
)
_AUTHOR = ("author", "article:author", "og:article:author", "articleauthor", "dc.creator")
_ORIGIN = ("contentsource", "source", "mediaid", "og:article:source", "articlesource")
#: Each name is one more look through the whole page; these two cover what sites write.
_JSON_NAMES = ('"datePublished"', '"publishTime"')
_JSON_VALUE = re.compile(r'"\s*:\s*"([^"]{8,40})"')


@dataclass(slots=True)
class Head:
    """Declared values, blank where the page declares none."""

    title: str = ""
    og_title: str = ""
    site: str = ""
    published: str = ""
    author: str = ""
    origin: str = ""


def read_head(parser: LexborHTMLParser, html: str) -> Head:
    """Read title and declarations of the page; the headings are found with the lines."""
    found = Head()
    metas: dict[str, str] = {}
    node: Any = parser.head.child if parser.head is not None else None
    while node is not None and len(metas) < MAX_METAS:
        tag = node.tag
        if tag == "meta":
            attributes = node.attributes
            name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
            if name:
                metas.setdefault(name.lower(), _line(attributes.get("content") or ""))
        elif tag == "title" and not found.title:
            found.title = _line(node.text())
        node = node.next
    if not found.title:
        misplaced = parser.css_first("title")
        found.title = _line(misplaced.text()) if misplaced is not None else ""
    found.og_title = metas.get("articletitle") or metas.get("og:title", "")
    found.site = metas.get("sitename") or metas.get("og:site_name", "")
    found.published = next((metas[name] for name in _PUBLISHED if metas.get(name)), "")
    found.author = next((metas[name] for name in _AUTHOR if metas.get(name)), "")
    found.origin = next((metas[name] for name in _ORIGIN if metas.get(name)), "")
    if not found.published:
        found.published = _json_date(html)
    return found


def _json_date(html: str) -> str:
    for name in _JSON_NAMES:
        at = html.find(name)
        value = _JSON_VALUE.match(html, at + len(name) - 1) if at >= 0 else None
        if value:
            return value[1]
    return ""


def _line(text: str) -> str:
    return " ".join(text[: _MAX_VALUE * 4].split())[:_MAX_VALUE]
