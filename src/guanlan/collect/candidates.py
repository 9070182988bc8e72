"""Which ways of collecting one fetched page offers, with its first items as they would be stored.

Nothing here fetches: bytes in, candidates out. Everything is bounded, for the page may be anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract import extract
from guanlan.analysis.types import PageKind
from guanlan.collect.addresses import canonical
from guanlan.collect.kinds import (
    Found,
    Listing,
    NotReadable,
    read_feed,
    read_json,
    read_list,
    read_sitemap,
)

#: Items of a candidate that are shown.
SHOWN = 10
#: A visit is proposed between these, minutes.
LEAST_MINUTES, MOST_MINUTES = 5, 24 * 60
#: Where the items say no time.
USUAL_MINUTES = 60
_STEPS = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
#: Feeds of one page that are offered, and usual places of one where none is named.
MOST_NAMED = 4
USUAL_FEEDS = ("/feed", "/rss.xml", "/atom.xml")
#: Fewer links than this are no list worth a visit.
FEWEST_LISTED = 5
#: Headlines that are this share of a page's text make it a list.
MOST_OF_A_LIST = 0.5
#: Characters of text below which a page with scripts counts as empty: "loading", a name, a notice to switch on.
SAYS_NOTHING = 120
#: How deep and how wide JSON is looked through for its rows.
JSON_DEPTH, JSON_WIDTH = 5, 200

_FEED_TYPE = re.compile(r"rss|atom|feed\+json", re.I)
_FEED_LINK = re.compile(r"(?:^|/)(?:feed|rss|atom)(?:\.xml|\.json|/)?$|\.rss$|/rss/[^/?]+\.xml$", re.I)
_XML = re.compile(rb"<\s*(?:\?xml|rss|feed|rdf:rdf|urlset|sitemapindex)\b", re.I)
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|body)\b", re.I)
_SCRIPT = re.compile(r"javascript|ecmascript|module", re.I)
_NEWEST = re.compile(r"news|new|latest|recent", re.I)
#: Names of the field in which sites take a keyword.
_WORD_FIELDS = frozenset(
    {"q", "query", "keyword", "keywords", "key", "kw", "wd", "word", "search", "searchword", "s", "text"}
)


class What(StrEnum):
    """What an address gives."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LIST = "list"
    SEARCH = "search"
    JSON = "json"
    ARTICLE = "article"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way of collecting. ``method`` and ``options`` as a source keeps them; ``minutes`` is the interval
    proposed; ``problem`` is a reason code when it could not be read (``unread``: it was not tried)."""

    method: str
    url: str
    title: str = ""
    samples: tuple[Found, ...] = ()
    named: int = 0
    minutes: int = USUAL_MINUTES
    options: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """An address worth a look; ``named`` when the site itself names it."""

    url: str
    method: str
    title: str = ""
    how: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page as understood; ``index`` is the sitemap to read next when it is an index of them."""

    what: What
    title: str = ""
    encoding: str = ""
    candidates: tuple[Candidate, ...] = ()
    hints: tuple[Hint, ...] = ()
    article: Mapping[str, Any] | None = None
    index: str = ""
    reason: str = ""


def read_page(content: bytes, base: str, charset: str | None, now: datetime) -> PageRead:
    """What ``content``, fetched from ``base``, is and how it could be collected. Raises NotReadable."""
    head = content[:2000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if head[:1] in (b"{", b"["):
        return _json(content, base, now)
    packed = content[:2] == b"\x1f\x8b"
    if packed or (_XML.search(head[:600]) and not _HTML.search(head)):
        return _xml(content, base, now)
    return _html(content, base, charset, now)


def named_by(page: PageRead, base: str, sitemaps: Sequence[str]) -> list[Hint]:
    """What to look at next: feeds that the page names, sitemaps, and where it names no feed the usual places."""
    if page.what in (What.FEED, What.JSON):
        return []
    if page.index:
        return [Hint(page.index, "sitemap", how="sitemap index", named=True)]
    if page.what is What.SITEMAP:
        return []
    maps = [Hint(urljoin(base, one), "sitemap", how="robots.txt", named=True) for one in sitemaps[:1]]
    usual = [Hint(urljoin(base, path), "feed", how="usual path") for path in USUAL_FEEDS]
    feeds = list(page.hints)
    maps = maps or [Hint(urljoin(base, "/sitemap.xml"), "sitemap", how="usual path")]
    return [*feeds, *maps] if feeds else [*maps, *usual]


def interval_of(found: Sequence[Found], now: datetime) -> int:
    """Minutes between two visits, from the gaps between the newest items; within five minutes and a day."""
    late = now + timedelta(hours=1)
    times = sorted(one.published_at for one in found if one.published_at and one.published_at <= late)
    newest = times[-SHOWN:]
    if len(newest) < 2:
        return USUAL_MINUTES
    if now - newest[-1] > timedelta(days=30):
        return MOST_MINUTES
    gap = (newest[-1] - newest[0]).total_seconds() / 60 / (len(newest) - 1)
    return max((step for step in _STEPS if step <= gap), default=LEAST_MINUTES)


def _candidate(method: str, url: str, listing: Listing, now: datetime, **more: Any) -> Candidate:
    return Candidate(
        method,
        url,
        listing.title[:200],
        tuple(replace(one, url=canonical(one.url) or one.url) for one in listing.found[:SHOWN]),
        len(listing.found),
        interval_of(listing.found, now),
        **more,
    )


def _xml(content: bytes, base: str, now: datetime) -> PageRead:
    try:
        listing = read_sitemap(content, base, now)
    except NotReadable as no_map:
        if no_map.reason == "unsafe_xml":
            raise
        listing = read_feed(content, base, now)
        return PageRead(What.FEED, listing.title, "", (_candidate("feed", base, listing, now),))
    if listing.how != "index":
        return PageRead(What.SITEMAP, candidates=(_candidate("sitemap", base, listing, now),))
    names = [one.url for one in listing.found]
    index = next((url for url in names if _NEWEST.search(urlsplit(url).path)), names[0] if names else "")
    return PageRead(What.SITEMAP, index="" if index == base else index)


def _json(content: bytes, base: str, now: datetime) -> PageRead:
    try:
        listing = read_feed(content, base, now)
        if listing.found:
            return PageRead(What.FEED, listing.title, "utf-8", (_candidate("feed", base, listing, now),))
    except NotReadable:
        pass
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotReadable("bad_json", str(error)[:200]) from error
    best = max(_rows(document), key=lambda pair: pair[1], default=("", 0))
    if not best[1]:
        return PageRead(What.JSON, encoding="utf-8", reason="no_rows")
    listing = read_json(content, base, now, rows=best[0])
    options = {"rows": best[0]} if best[0] else {}
    one = _candidate("json", base, listing, now, options=options)
    return PageRead(What.JSON, encoding="utf-8", candidates=(one,) if listing.found else ())


def _rows(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, int]]:
    """(JMESPath expression, length) of every list of records."""
    if isinstance(value, list):
        records = sum(isinstance(one, dict) for one in value[:JSON_WIDTH])
        if records and records * 2 >= len(value[:JSON_WIDTH]):
            yield path, len(value)
    elif isinstance(value, dict) and depth < JSON_DEPTH:
        for name, inner in list(value.items())[:JSON_WIDTH]:
            step = name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else json.dumps(name)
            yield from _rows(inner, f"{path}.{step}" if path else step, depth + 1)


def _html(content: bytes, base: str, charset: str | None, now: datetime) -> PageRead:
    try:
        text = decode(content, charset)
        said = extract(text.text, base)
    except Unreadable as error:
        raise NotReadable(
            error.reason if error.reason == "too_large" else "not_a_page", error.reason
        ) from error
    tree = LexborHTMLParser(text.text)
    lists = _lists(content, base, charset, now)
    searches = _searches(tree, base, text.encoding)
    listed = bool(lists) and (said.kind is not PageKind.ARTICLE or _is_most(lists[0], said.body))
    what = _what(said.kind, listed, _word_field(base) != "")
    article = None
    if what is What.ARTICLE:
        article = {
            "url": base, "title": said.title, "text": said.body[:300], "published_at": said.published_at,
            "origin": said.origin, "encoding": text.encoding,
        }  # fmt: skip
        lists = []
    written = not lists and article is None and _is_written(tree, said.body)
    options = {"render": True} if written else {}
    if written:
        lists = [Candidate("list", base, said.title[:200], options=options, problem="needs_browser")]
    page = Candidate("page", base, said.title[:200], minutes=240, options=options)
    watched = [page] if written or not lists else []
    title = tree.css_first("title")
    name = " ".join(title.text().split())[:200] if title else said.title[:200]
    candidates = (*(searches + lists if what is What.SEARCH else lists + searches), *watched)
    hints = tuple(_feeds(tree, base))
    wall = said.kind is PageKind.ERROR and not (lists or hints or searches)
    reason = "error_page" if wall else ""
    return PageRead(what, name, text.encoding, () if reason else candidates, hints, article, "", reason)


def _is_written(tree: LexborHTMLParser, text: str) -> bool:
    """Whether a page says next to nothing and has scripts to say it: a browser would see another one."""
    scripts = any(
        not one.attributes.get("type") or _SCRIPT.search(one.attributes.get("type") or "")
        for one in tree.css("script")[:50]
    )
    return scripts and len(tree.css("a[href]")) < FEWEST_LISTED and len(text.strip()) < SAYS_NOTHING


def _what(kind: PageKind, listed: bool, searched: bool) -> What:
    if searched:
        return What.SEARCH
    if listed:
        return What.LIST
    return What.ARTICLE if kind in (PageKind.ARTICLE, PageKind.FORUM) else What.OTHER


def _is_most(listed: Candidate, text: str) -> bool:
    """Whether the headlines are most of what the page says: then it is a list, whatever else it looks like."""
    return sum(len(one.title) for one in listed.samples) >= MOST_OF_A_LIST * len(text)


def _lists(content: bytes, base: str, charset: str | None, now: datetime) -> list[Candidate]:
    try:
        listing = read_list(content, base, now, charset=charset)
    except NotReadable:
        return []
    return [_candidate("list", base, listing, now)] if len(listing.found) >= FEWEST_LISTED else []


def _feeds(tree: LexborHTMLParser, base: str) -> list[Hint]:
    """Feeds that a page names, those of its head first."""
    found: dict[str, Hint] = {}
    for link in tree.css("link[rel~=alternate][href]")[:50]:
        if _FEED_TYPE.search(link.attributes.get("type") or ""):
            _hint(found, link, base, "link rel=alternate", link.attributes.get("title") or "")
    for link in tree.css("a[href]")[:2000]:
        if _FEED_LINK.search(_path(link.attributes.get("href") or "")):
            _hint(found, link, base, "link on the page", link.text(strip=True))
    return list(found.values())[:MOST_NAMED]


def _hint(found: dict[str, Hint], link: LexborNode, base: str, how: str, title: str) -> None:
    address = canonical(link.attributes.get("href") or "", base)
    if address:
        found.setdefault(address, Hint(address, "feed", title[:200], how, named=True))


def _path(address: str) -> str:
    """Empty when the address cannot be split."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _word_field(url: str) -> str:
    """The field of a search address that holds the keyword."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=100)
    return next((name for name, value in pairs if name.lower() in _WORD_FIELDS and value), "")


def _searches(tree: LexborHTMLParser, base: str, encoding: str) -> list[Candidate]:
    """The search that the address is, or the first form of the page that takes one word."""
    mark = "{word:gbk}" if encoding.lower().replace("-", "") in ("gbk", "gb2312", "gb18030") else "{word}"
    named = _word_field(base)
    if named:
        words = [value for name, value in parse_qsl(urlsplit(base).query) if name == named]
        return [Candidate("search", _templated(base, named, mark), "", options={"words": words[:1]})]
    for form in tree.css("form")[:20]:
        found = _form(form, base, mark)
        if found:
            return [Candidate("search", found, options={"words": []}, problem="needs_words")]
    return []


def _form(form: LexborNode, base: str, mark: str) -> str:
    if (form.attributes.get("method") or "get").lower() != "get":
        return ""
    fields = [(one, one.attributes.get("name") or "") for one in form.css("input[name]")[:30]]
    taking = [name for one, name in fields if _takes_word(one, name)]
    action = canonical(form.attributes.get("action") or "", base)
    if not taking or not action:
        return ""
    kept = [
        (name, one.attributes.get("value") or "")
        for one, name in fields
        if (one.attributes.get("type") or "").lower() == "hidden"
    ]
    query = "&".join(
        [*(f"{quote(name)}={quote(value)}" for name, value in kept), f"{quote(taking[0])}={mark}"]
    )
    parts = urlsplit(action)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))


def _takes_word(one: LexborNode, name: str) -> bool:
    return (one.attributes.get("type") or "text").lower() in (
        "text",
        "search",
    ) and name.lower() in _WORD_FIELDS


def _templated(url: str, named: str, mark: str) -> str:
    """The address with ``mark`` where the keyword stood; everything else byte for byte."""
    parts = urlsplit(url)
    query = [
        f"{one.partition('=')[0]}={mark}" if one.partition("=")[0] == named else one
        for one in parts.query.split("&")
    ]
    return urlunsplit(parts._replace(query="&".join(query), fragment=""))
