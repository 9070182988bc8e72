"""Articles named by a list page: by a person's CSS selector, or found by themselves.

Without a selector every link is put with those that stand alike (the same path of tags and classes above
it). Links to articles are the group whose texts are long, whose addresses look alike and hold numbers, and
that is large: menus have short words, footers few links, pagers bare figures.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.collect.addresses import canonical
from guanlan.collect.kinds.model import MOST_FOUND, Found, Listing, NotReadable
from guanlan.collect.times import read_time

#: A headline in Chinese has hardly fewer characters; a word of a menu hardly more.
HEADLINE = 8
#: Links that are looked at on one page, and nodes above each that tell how it stands.
MOST_LINKS = 3000
DEPTH = 4
#: Groups that reach this share of the best one's score are taken as well: two columns of news on one page.
SHARE = 0.5
#: A page with fewer headlines than this is no list.
FEWEST = 3

_NUMBERED = re.compile(r"\d{3,}|[a-f0-9]{16,}|/20\d\d[-/]?\d\d", re.I)
_DAY = re.compile(
    r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?|\d{1,2}[-/月]\d{1,2}日?(?:\s+\d{1,2}:\d{2})?"
)
_NEXT = re.compile(r"^(?:下一?[页頁]|下[页頁]|后[页頁]|[>›»]{1,2}|next)$", re.I)
_NOT_ARTICLES = re.compile(
    r"\.(?:jpg|jpeg|png|gif|webp|svg|mp4|mp3|zip|rar|7z|apk|exe|css|js|docx?|xlsx?|pptx?)$", re.I
)


def read_list(
    content: bytes,
    base: str,
    now: datetime,
    *,
    charset: str | None = None,
    selector: str = "",
    word: str = "",
) -> Listing:
    """Articles named by a page; of a search for ``word`` those whose row says it, however few they are.

    Raises NotReadable ``bad_selector``, ``no_links`` or ``not_a_page``.
    """
    try:
        tree = LexborHTMLParser(decode(content, charset).text)
    except Unreadable as error:
        raise NotReadable("not_a_page", error.reason) from error
    if selector:
        links = _selected(tree, selector)
    else:
        links = _saying(tree, base, word) if word else _by_themselves(tree, base)
    found = _found(links, base, now)
    if not found:
        raise NotReadable("no_links", selector)
    title = tree.css_first("title")
    return Listing(
        tuple(found[:MOST_FOUND]),
        title.text(strip=True) if title else "",
        _following(tree, base),
        f"selector {selector}" if selector else "groups of links",
    )


def _selected(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        nodes = tree.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise NotReadable("bad_selector", f"{selector}: {error}"[:200]) from error
    links = []
    for node in nodes[:MOST_LINKS]:
        link = node if node.tag == "a" else node.css_first("a[href]")
        if link is not None:
            links.append(link)
    return links


def _saying(tree: LexborHTMLParser, base: str, word: str) -> list[LexborNode]:
    links = [link for link in tree.css("a[href]")[:MOST_LINKS] if _may_be_article(link, base)]
    return [link for link in links if word.casefold() in _row(link).text(separator="").casefold()]


def _by_themselves(tree: LexborHTMLParser, base: str) -> list[LexborNode]:
    groups: dict[tuple[str, ...], list[LexborNode]] = defaultdict(list)
    for link in tree.css("a[href]")[:MOST_LINKS]:
        if _may_be_article(link, base):
            groups[_standing(link)].append(link)
    scores = {place: _score(links) for place, links in groups.items()}
    best = max(scores.values(), default=0.0)
    if best <= 0:
        return []
    return [link for place, links in groups.items() if scores[place] >= best * SHARE for link in links]


def _may_be_article(link: LexborNode, base: str) -> bool:
    address = (link.attributes.get("href") or "").strip()
    if not address or address.startswith(("#", "javascript:", "mailto:", "tel:")):
        return False
    path = urlsplit(urljoin(base, address)).path if "[" not in address else ""
    return len(_text(link)) >= HEADLINE and not _NOT_ARTICLES.search(path)


def _standing(link: LexborNode) -> tuple[str, ...]:
    place: list[str] = []
    node = link.parent
    while node is not None and len(place) < DEPTH and node.tag not in ("body", "html"):
        place.append(f"{node.tag}.{(node.attributes.get('class') or '').split(' ')[0]}")
        node = node.parent
    return tuple(place)


def _score(links: list[LexborNode]) -> float:
    """How much a group looks like headlines: their letters, more where addresses are numbered."""
    if len(links) < FEWEST:
        return 0.0
    letters = sum(min(len(_text(link)), 40) for link in links)
    numbered = sum(bool(_NUMBERED.search(link.attributes.get("href") or "")) for link in links) / len(links)
    return letters * (0.4 + numbered)


def _found(links: Iterable[LexborNode], base: str, now: datetime) -> list[Found]:
    """Each address once, with its fullest text and the day beside it."""
    by_address: dict[str, Found] = {}
    for link in links:
        address = canonical(link.attributes.get("href") or "", base)
        if not address or address == canonical(base):
            continue
        text, before = _text(link), by_address.get(address)
        if before is None or len(text) > len(before.title):
            by_address[address] = Found(address, text, _day(link, now))
    return list(by_address.values())


def _text(link: LexborNode) -> str:
    said = " ".join(link.text(separator=" ").split())
    titled = " ".join((link.attributes.get("title") or "").split())
    return titled if len(titled) > len(said) else said


def _day(link: LexborNode, now: datetime) -> datetime | None:
    """The day that stands in the row of a link."""
    shown = _DAY.search(" ".join(_row(link).text(separator=" ").split())[:400])
    return read_time(shown[0], now=now).value if shown else None


def _row(link: LexborNode) -> LexborNode:
    """What stands beside a link: its parents as long as they hold no other one."""
    row = link
    for _ in range(3):
        if row.parent is None or row.parent.tag in ("body", "html") or len(row.parent.css("a[href]")) > 1:
            break
        row = row.parent
    return row


def _following(tree: LexborHTMLParser, base: str) -> str:
    for link in tree.css("a[href], link[rel=next]")[:MOST_LINKS]:
        if (link.attributes.get("rel") or "") == "next" or _NEXT.match(_text(link)):
            address = canonical(link.attributes.get("href") or "", base)
            if address and address != canonical(base):
                return address
    return ""
