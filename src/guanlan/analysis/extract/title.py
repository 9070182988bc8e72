"""The page's title: what its head, its heading and a line of the page agree on."""

from __future__ import annotations

import re

from guanlan.analysis.extract.dates import is_dateline
from guanlan.analysis.extract.head import Head
from guanlan.analysis.extract.outline import Outline

#: Bounds of a title in characters; shorter is a section's name, longer is a paragraph.
MIN_TITLE = 4
MAX_TITLE = 120
#: A first part this short before one twice as long is the name of a section.
SECTION = 5

_SEPARATOR = re.compile(r"\s*(?:[_|｜»«–—]+|\s-{1,2}\s|--+|\s[>＞]\s|::)\s*")
#: A last part behind a lone hyphen is a site's name when it ends as such names do.
_HYPHEN_SITE = re.compile(
    r"\s*[-－·]\s*[^-－]{1,20}(?:网|網|报|報|台|在线|新闻|新聞|门户|频道|中心|政府|社区|論壇|论坛"
    r"|[Cc]om|资讯|日报)$"
)
#: A title that is nothing but the name of a site or a section.
_SITE = re.compile(
    "(?:网|網|网站|網站|报社?|報社?|日报|电视台|電視台|新闻|新聞|门户|频道|頻道|中心|政府|社区|社區|论坛|論壇"
    "|公司|首[页頁]|资讯网?|資訊網?|[Cc]om|[Cc]n|动态|正文|要闻|详情|信息公开)$"
)
#: What stands between the names that a title may be made of. Compiled here: beside libraries that fill the cache
#: of ``re``, compiling it anew would cost more than reading half a page.
_PARTS = re.compile(r"[-_|｜—>·\s]+")
#: Names of sites that stand before the title itself.
_SITE_BEFORE = re.compile("^[^：:，。]{2,12}(?:网|網|新闻|新聞|日报|日報|在线|频道)[：:]")
#: Lines above the text among which its title stands.
_ABOVE = 12
_NO_TITLE = re.compile(
    "[。；;]$|^[【\\[(（]?(?:来源|來源|作者|分享|字[号體体號]|首[页頁]|当前位置|您[现的]|打印|浏览|点击|发布)"
)
#: What stands between the names of site and section and the title.
_BORDERS = "-_|｜—–：:>》»]】"
#: Lines looked at for one that the head's title repeats; the title stands at the top of what is left.
_LINES = 80


def find_title(head: Head, page: Outline) -> tuple[str, int, str]:
    """Title, its line (-1: none) and which sources agreed (``h1``, ``line``, ``og``, ``head``)."""
    whole = head.title
    headings = page.headings()
    if len(headings) == 1 and is_site_name(whole, head.site) and not is_site_name(headings[0], head.site):
        whole = headings[0]
    for text in headings:
        fits = MIN_TITLE <= len(text) <= MAX_TITLE
        if fits and (_is_most(text, whole) or _alike(text, head.og_title)):
            return text, _line_of(page, text), "h1"
    line = _line_in_title(page, whole)
    if line >= 0:
        return _without_site(page.texts[line]), line, "line"
    if MIN_TITLE <= len(head.og_title) <= MAX_TITLE:
        title = _without_site(head.og_title)
        return title, _line_of(page, title), "og"
    title = _without_site(whole)
    if not title and headings:
        title = headings[0]
    title = title[:MAX_TITLE].strip()
    return title, _line_of(page, title), "head"


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _is_most(text: str, whole: str) -> bool:
    """Whether the head's title begins with ``text``, or has no part that is much longer."""
    short, squeezed = _squeeze(text), _squeeze(whole)
    if short not in squeezed:
        return False
    return squeezed.startswith(short) or 2 * len(short) > max(map(len, _SEPARATOR.split(whole)))


def _alike(text: str, other: str) -> bool:
    one, two = _squeeze(text), _squeeze(other)
    return bool(one and two) and (two.startswith(one) or two in one)


def is_site_name(title: str, site: str = "") -> bool:
    """Whether all that a title says is where the reader is: the name of a site or of a section of it."""
    parts = [part for part in _PARTS.split(title) if part]
    return all(part == site or _SITE.search(part) is not None for part in parts)


def title_above(page: Outline, first: int) -> int:
    """The line above the text that may be its title where the head names only the site; -1 without one."""
    for at in range(first - 1, max(-1, first - 1 - _ABOVE), -1):
        text = page.texts[at]
        fits = MIN_TITLE < len(text) <= MAX_TITLE // 2 and page.links[at] * 2 < len(text)
        if fits and not is_dateline(text) and not _NO_TITLE.search(text) and not is_site_name(text):
            return at
    return -1


def _line_in_title(page: Outline, whole: str) -> int:
    """The longest early line that the head's title begins with, or that is most of it behind a border."""
    squeezed = _squeeze(whole)
    best, size = -1, 5
    for at, text in enumerate(page.texts[:_LINES]):
        if size < len(text) <= MAX_TITLE and text[0] in whole and page.links[at] * 2 < len(text):
            short = _squeeze(text)
            found = squeezed.find(short)
            inner = found > 0 and squeezed[found - 1] in _BORDERS and 2 * len(short) >= len(squeezed)
            if (found == 0 or inner) and len(short) > size:
                best, size = at, len(short)
    return best


def _line_of(page: Outline, title: str) -> int:
    wanted = _squeeze(title)
    if not wanted:
        return -1
    for at, text in enumerate(page.texts[: 2 * _LINES]):
        fits = text[0] == wanted[0] and len(text) <= MAX_TITLE and page.links[at] * 2 < len(text)
        if fits and _squeeze(text).startswith(wanted):
            return at
    return -1


def _without_site(title: str) -> str:
    """The title without the names of site and section behind (or before) it."""
    parts = [part.strip() for part in _SEPARATOR.split(title) if part and part.strip()]
    if not parts:
        return title.strip()
    longest = max(parts, key=len)
    first = longest if len(parts[0]) <= SECTION and len(longest) >= 2 * SECTION else parts[0]
    first = _HYPHEN_SITE.sub("", first).strip() or first
    return _SITE_BEFORE.sub("", first).strip() or first
