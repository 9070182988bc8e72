"""What the page's head declares of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
)
_AUTHOR = ("author", "article:author", "og:article:author", "articleauthor", "dc.creator")
_ORIGIN = ("contentsource", "source", "mediaid", "og:article:source", "articlesource")
_JSON_DATE = re.compile(r'"(?:datePublished|pubDate|publishTime|uploadDate)"\s*:\s*"([^"]{8,40})"')


@dataclass(slots=True)
class Head:
    """Declared values, blank where the page declares none."""

    title: str = ""
    og_title: str = ""
    published: str = ""
    author: str = ""
    origin: str = ""
    headings: list[str] = field(default_factory=list)


def read_head(parser: LexborHTMLParser, html: str) -> Head:
    """Read title, headings and declarations of the page."""
    found = Head()
    node = parser.css_first("title")
    found.title = _line(node.text()) if node is not None else ""
    found.headings = [_line(one.text()) for one in parser.css("h1")[:8]]
    metas: dict[str, str] = {}
    for meta in parser.css("meta")[:MAX_METAS]:
        attributes = meta.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        if name:
            metas.setdefault(name.lower(), _line(attributes.get("content") or ""))
    found.og_title = metas.get("og:title", "")
    found.published = next((metas[name] for name in _PUBLISHED if metas.get(name)), "")
    found.author = next((metas[name] for name in _AUTHOR if metas.get(name)), "")
    found.origin = next((metas[name] for name in _ORIGIN if metas.get(name)), "")
    if not found.published:
        declared = _JSON_DATE.search(html)
        found.published = declared[1] if declared else ""
    return found


def _line(text: str) -> str:
    return " ".join(text[: _MAX_VALUE * 4].split())[:_MAX_VALUE]
