"""HTML to what the page says: title, text, time, author, origin, sort of page, posts of a thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract.body import keep_lines, line_values, text_run
from guanlan.analysis.extract.byline import find_author, find_origin
from guanlan.analysis.extract.dates import (
    date_below,
    date_in_script,
    date_in_url,
    date_near,
    date_stamped,
    is_dateline,
    may_hold_date,
    read_date,
)
from guanlan.analysis.extract.guard import tame, without_scripts
from guanlan.analysis.extract.head import Head, may_hold_json_date, read_head
from guanlan.analysis.extract.kinds import forum_posts, page_kind
from guanlan.analysis.extract.outline import Outline, outline, parse
from guanlan.analysis.extract.scripted import text_in_script
from guanlan.analysis.extract.second import guessed_day, second_opinion
from guanlan.analysis.extract.title import find_title, is_site_name, title_above
from guanlan.analysis.types import Evidence, Extracted, PageKind

__all__ = ["ExtractOptions", "extract", "extract_batch"]

_HAN = re.compile("[\u3400-\u9fff]+")
#: Lines before and behind the title's line (or the text's first) where time and source are shown.
BYLINE_BEFORE = 4
BYLINE_BEHIND = 8
#: Lines at the end of the text where some sites name the author or the origin.
BYLINE_END = 6
#: First lines of the text among which datelines stand that belong to the title.
DATELINES = 4
#: Elements ``<time>`` of a page that dates itself and not a list.
MOST_TIMES = 4
#: Seconds within which a shown time belongs to the declared day.
SAME_DAY = 86_400
#: A text of this many times the characters asked for is long enough in any script.
LONG_ENOUGH = 4
#: A short text is doubtful when the page has more than this many times as much free text elsewhere.
UNSURE_SHARE = 25


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """Bounds and second opinions.

    ``max_html`` and ``max_body`` count characters. A text of fewer than ``unsure_below`` Han is put to
    readability-lxml as well; ``guess_day`` asks htmldate where nothing shows a date.
    """

    max_html: int = 8_000_000
    max_body: int = 500_000
    unsure_below: int = 100
    second_opinion: bool = True
    guess_day: bool = True


DEFAULT_OPTIONS = ExtractOptions()


@dataclass(frozen=True, slots=True)
class _Text:
    """Lines of the page that are its text, and how they were found."""

    lines: tuple[str, ...]
    first: int  # number of the first line on the page, -1 without text
    last: int
    way: str


def extract(html: str, url: str = "", options: ExtractOptions = DEFAULT_OPTIONS) -> Extracted:
    """Extract one page. ``url`` helps with the date only.

    Raises Unreadable with reason ``too_large`` when the page is longer than ``options.max_html``, and
    ``empty`` when it holds nothing. Any other input, however broken, gives a result.
    """
    if len(html) > options.max_html:
        raise Unreadable("too_large", f"{len(html)} characters")
    if not html or html.isspace():
        raise Unreadable("empty")
    safe, bounds = tame(html)
    parser = parse(safe)
    head = read_head(parser, html if bounds or may_hold_json_date(safe) else "")
    page = outline(parser)
    title, title_line, agreed = find_title(head, page)
    text = _text(page, title_line)
    if agreed in ("line", "head", "og") and is_site_name(title, head.site):
        above = title_above(page, text.first)
        if above >= 0:
            title, title_line, agreed = page.texts[above], above, "above"
    if sum(map(len, text.lines)) < options.unsure_below and "</script" in html:
        text = _scripted(html, text)
    posts = forum_posts(page, parser)
    kind = page_kind(page, title, "\n".join(text.lines), posts)
    if kind is PageKind.ARTICLE and options.second_opinion and _is_unsure(page, text, options):
        text = _second(_markup(safe), text)
    body = "\n".join(post.body for post in posts) if kind is PageKind.FORUM else "\n".join(text.lines)
    near = _near(page, title_line, text)
    published = _published(head, [*near, *page.texts[: max(0, text.first)]], url)
    if kind is PageKind.FORUM and posts[0].published_at is not None:
        published = (posts[0].published_at, published[1], "first_post")
    if published[0] is None and kind in (PageKind.ARTICLE, PageKind.LIST):
        published = _searched(parser, html, page.texts, text.last)
        if (
            published[0] is None
            and kind is PageKind.ARTICLE
            and options.guess_day
            and may_hold_date(_markup(safe))
        ):
            published = _guessed(html, url)
    evidence = [Evidence("title", agreed), Evidence("body", text.way), Evidence("date", published[2])]
    evidence += [Evidence("bound", name) for name in bounds]
    if len(body) > options.max_body:
        body = body[: options.max_body]
        evidence.append(Evidence("bound", "body"))
    lines = (
        [*near, *page.texts[max(0, text.last - BYLINE_END) : text.last + BYLINE_END]] if text.lines else near
    )
    return Extracted(
        title=title,
        body=body,
        kind=kind,
        published_at=published[0],
        published_has_time=published[1],
        author=find_author(lines, head.author),
        origin=find_origin(lines, head.origin),
        posts=posts if kind is PageKind.FORUM else (),
        evidence=tuple(evidence),
    )


def extract_batch(
    pages: Iterable[tuple[str, str]], options: ExtractOptions = DEFAULT_OPTIONS
) -> Iterator[Extracted | Unreadable]:
    """Extract many (html, url) in order. A page that cannot be read yields its Unreadable."""
    for html, url in pages:
        try:
            yield extract(html, url, options)
        except Unreadable as refusal:
            yield refusal


def _text(page: Outline, title_line: int) -> _Text:
    start, end = text_run(page, line_values(page))
    if start < 0:
        return _Text((), -1, -1, "none")
    if start <= title_line < end:
        start = title_line + 1
    kept = [page.texts[at] for at in keep_lines(page, start, end)]
    lines = [
        line
        for number, line in enumerate(kept)
        if number >= DATELINES or not is_dateline(line) or line.endswith("。")
    ]
    return _Text(tuple(lines), start, end, "lines")


def _is_unsure(page: Outline, text: _Text, options: ExtractOptions) -> bool:
    """Short, and not nearly all of the free text that the page has."""
    if sum(map(len, text.lines)) > LONG_ENOUGH * options.unsure_below:
        return False
    size = _han(text.lines)
    if size >= options.unsure_below:
        return False
    free = _han(line for line, link in zip(page.texts, page.links, strict=True) if link * 2 <= len(line))
    return free > UNSURE_SHARE * size


def _markup(safe: bytes) -> str:
    """What was parsed, without scripts: for those who read it a second time, which is rare."""
    return without_scripts(safe.decode("utf-8"))


def _second(html: str, text: _Text) -> _Text:
    other = second_opinion(html)
    if _han(other) > 2 * _han(text.lines):
        return _Text(other, text.first, text.last, "readability")
    return text


def _scripted(html: str, text: _Text) -> _Text:
    """What the page's own script would show, where the page itself shows next to nothing."""
    other = text_in_script(html)
    return _Text(other, text.first, text.last, "script") if _han(other) > 2 * _han(text.lines) else text


def _han(lines: Iterable[str]) -> int:
    return sum(sum(map(len, _HAN.findall(line))) for line in lines)


def _near(page: Outline, title_line: int, text: _Text) -> list[str]:
    """Lines around the title and before the text, nearest to the title first."""
    anchors = [at for at in (title_line, text.first) if at >= 0]
    if not anchors:
        return page.texts[:BYLINE_BEHIND]
    begin = anchors[0]
    end = begin + BYLINE_BEHIND
    behind = page.texts[begin : min(end, text.last) if text.last > begin else end]
    before = page.texts[max(0, begin - BYLINE_BEFORE) : begin]
    extra: list[str] = []
    if len(anchors) == 2 and text.first > begin:
        extra = page.texts[max(begin + BYLINE_BEHIND, text.first - BYLINE_BEFORE) : text.first + 2]
    return [*behind, *extra, *before]


_Moment = tuple[datetime | None, bool, str]


def _published(head: Head, lines: list[str], url: str) -> _Moment:
    """Moment in UTC, whether hour and minute are known, and where it was found."""
    declared = read_date(head.published)
    if declared and declared[1]:  # nothing that is shown can tell more
        return *declared, "declared"
    shown = date_near(lines)
    if declared and shown and shown[1]:
        apart = abs((shown[0] - declared[0]).total_seconds())
        if apart < SAME_DAY:
            return *shown, "shown"
    if declared:
        return *declared, "declared"
    if shown:
        return *shown, "shown"
    written = date_in_url(url)
    return (*written, "address") if written else (None, False, "none")


def _marked_up(parser: LexborHTMLParser) -> tuple[datetime, bool] | None:
    """The moment in the page's ``<time>``; a page with many of them is dating its links and comments."""
    times = parser.css("time[datetime], [itemprop=datePublished]")
    for node in times if len(times) <= MOST_TIMES else ():
        attributes = node.attributes
        found = read_date(attributes.get("datetime") or attributes.get("content") or "")
        if found is not None:
            return found
    return None


def _searched(parser: LexborHTMLParser, html: str, lines: list[str], last: int) -> _Moment:
    """The same from places that are looked at only when the usual ones show nothing."""
    found = date_below(lines[last : last + BYLINE_END])
    if found:
        return *found, "below"
    found = _marked_up(parser)
    if found:
        return *found, "marked_up"
    found = date_in_script(html)
    if found:
        return *found, "script"
    found = date_stamped(html, "\n".join(lines))
    return (*found, "stamped") if found else (None, False, "none")


def _guessed(html: str, url: str) -> _Moment:
    day = guessed_day(html, url)
    return (day, False, "guessed") if day else (None, False, "none")
