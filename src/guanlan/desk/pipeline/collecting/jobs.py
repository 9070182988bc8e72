"""What one visit asks for, and what its answer means. No Django: this runs in the network's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract import extract
from guanlan.collect.addresses import template
from guanlan.collect.browser import Rendered, Renderer, is_page
from guanlan.collect.errors import FetchError, NoBrowser, RobotsRefused
from guanlan.collect.evidence import compare, warc_records
from guanlan.collect.kinds import (
    Change,
    Found,
    Listing,
    NotReadable,
    changes,
    read_feed,
    read_json,
    read_list,
    read_sitemap,
)
from guanlan.collect.mailbox import Mailbox, Post, Seen, Visit
from guanlan.collect.net import Answer, Ask, Fetcher, Target
from guanlan.collect.net.robots import Robots, read_robots
from guanlan.desk.pipeline.collecting.following import next_pages, pages_wanted, sitemaps_of

#: What a feed's reader asks for first.
FEED_TYPES = "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5"
#: The method of a look at a page that is evidence already.
REVISIT = "revisit"
#: The method of a picture of such a page.
SHOT = "shot"
#: Methods whose own page may be rendered; of the others only the articles are.
RENDERABLE = frozenset({"list", "search", "page"})
#: Keywords of one search source that are asked in one visit.
MOST_WORDS = 15


@dataclass(frozen=True, slots=True)
class Job:
    """One row to be fetched. ``method`` is empty for an article, REVISIT for a page that is looked at
    again, with the bytes ``before``, and SHOT for a picture of one; ``robots`` what is known of its site.
    """

    row: int
    claim: str
    url: str
    site: str
    method: str = ""
    etag: str = ""
    last_modified: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    robots: Robots | None = None
    before: bytes = b""
    mailbox: Mailbox | None = None
    seen: Seen = field(default_factory=dict)  # what earlier visits took from its folders
    render: bool = False  # its pages are read in a browser
    delay: float = 0.0  # seconds between two requests of this job to its site


@dataclass(slots=True)
class Result:
    """How a job ended: ``answer`` with a ``listing`` or ``change``, or an ``error``; ``robots`` read on the way."""

    job: Job
    answer: Answer | None = None
    listing: Listing | None = None
    change: Change | None = None
    error: FetchError | NotReadable | None = None
    robots: dict[str, Robots] = field(default_factory=dict)
    post: Post | None = None
    words: dict[str, int] = field(default_factory=dict)  # hits of each keyword (F-SRC-2)
    rendered: Rendered | None = None  # the page that ``answer`` gives, where a browser made it
    warc: bytes = b""  # of an article, and of a page that is not as it was


class _Door:
    """How the pages of one job are had: past robots.txt, and rendered where the job says so."""

    def __init__(self, fetcher: Fetcher, renderer: Renderer | None, result: Result, now: datetime) -> None:
        self._fetcher = fetcher
        self._renderer = renderer
        self._result = result
        self._now = now
        self.rendered: Rendered | None = None  # the last one

    async def get(self, ask: Ask) -> Answer:
        """Raises FetchError; NoBrowser before the site is asked for anything."""
        job = self._result.job
        if not job.render:
            return await self._fetcher.get(ask, self._may)
        if self._renderer is None:
            raise NoBrowser
        await self._renderer.wake()
        answer = await self._fetcher.get(ask, self._may)
        self.rendered = None
        if not is_page(answer):  # a document of another kind is what it is
            return answer
        picture = job.method in ("", SHOT)
        self.rendered = await self._renderer.render(answer, self._may, picture=picture)
        return self.rendered.answer

    async def _may(self, target: Target) -> None:
        result, job = self._result, self._result.job
        rules = result.robots.get(target.site) or (job.robots if target.site == job.site else None)
        if rules is None or rules.is_old(self._now):
            rules = result.robots[target.site] = await read_robots(self._fetcher, target, self._now)
        if not rules.allows(target.url):
            raise RobotsRefused("robots_unread" if rules.closed else "robots", target.site)


async def run_job(fetcher: Fetcher, job: Job, now: datetime, renderer: Renderer | None = None) -> Result:
    """Fetch and read one job. Never raises for what a site does."""
    result = Result(job)
    door = _Door(fetcher, renderer, result, now)
    try:
        if job.mailbox is not None:
            result.post = await _collect_mail(job.mailbox, job.seen, now)
        elif job.method == "search":
            await _search(door, job, result, now)
        else:
            result.answer = await door.get(_ask(job, job.url))
            result.rendered = door.rendered
            if job.method and result.answer.changed:
                _read(job, result, now)
                await _follow(door, job, result, now)
            if _is_evidence(job, result):
                result.warc = warc_records(result.answer, result.rendered)
    except (FetchError, NotReadable) as error:
        result.error = error
    except Exception as error:  # a reader of ours failed on this page: it must not end the others
        result.error = NotReadable("failed", f"{type(error).__name__}: {error}"[:200])
    return result


async def _follow(door: _Door, job: Job, result: Result, now: datetime) -> None:
    """The pages that the first one only begins."""
    answer, listing = result.answer, result.listing
    if answer is None or listing is None:
        return

    async def get(url: str) -> Answer:
        return await door.get(Ask(url))

    if listing.how == "index":
        result.listing = await sitemaps_of(
            listing, get, lambda found: read_sitemap(found.body, found.url, now), delay=job.delay
        )
    elif listing.following and job.method == "list":
        result.listing = await next_pages(
            listing, answer.url, get, lambda found: _list(job, found, now),
            pages=pages_wanted(job.options, rendered=job.render), delay=job.delay,
        )  # fmt: skip


def _is_evidence(job: Job, result: Result) -> bool:
    """An article, and a page seen again that is not as it was."""
    changed = result.change is not None and result.change.changed
    return not job.method or (job.method == REVISIT and changed)


def _ask(job: Job, url: str) -> Ask:
    accept = FEED_TYPES if job.method == "feed" else Ask(url).accept
    if job.render:  # "not changed" would speak of the empty page before its scripts ran
        return Ask(url, accept=accept)
    return Ask(url, job.etag, job.last_modified, accept)


async def _collect_mail(box: Mailbox, seen: Seen, now: datetime) -> Post:
    """A visit of a mailbox in a thread of its own; it ends with us."""
    visit = Visit(box)
    try:
        return await asyncio.to_thread(visit.run, seen, now)
    finally:
        visit.stop()


async def _search(door: _Door, job: Job, result: Result, now: datetime) -> None:
    """Each keyword in turn; a keyword without hits is a miss and is counted as one (F-SRC-2)."""
    found: dict[str, Found] = {}
    for number, word in enumerate(list(job.options.get("words") or ())[:MOST_WORDS]):
        await asyncio.sleep(job.delay if number else 0.0)
        answer = await door.get(Ask(template(job.url, word)))
        result.answer = answer
        try:
            listing = _list(job, answer, now, word)
        except NotReadable as error:
            if error.reason != "no_links":
                raise
            listing = Listing(())
        result.words[word] = len(listing.found)
        found.update({one.url: one for one in listing.found})
    result.listing = Listing(tuple(found.values()), how="search")


def _read(job: Job, result: Result, now: datetime) -> None:
    assert result.answer is not None
    body, base = result.answer.body, result.answer.url
    if job.method == SHOT:
        if result.rendered is None or not result.rendered.picture:
            raise NotReadable("no_picture")
    elif job.method == "feed":
        result.listing = read_feed(body, base, now)
    elif job.method == "sitemap":
        result.listing = read_sitemap(body, base, now)
    elif job.method == "json":
        rows, mapping = str(job.options.get("rows") or ""), job.options.get("mapping") or {}
        result.listing = read_json(body, base, now, rows=rows, mapping=mapping)
    elif job.method == REVISIT:
        result.change = _since(job.before, result.answer)
    elif job.method == "page":
        result.change = changes(tuple(job.options.get("lines") or ()), _page_text(result.answer))
    else:
        result.listing = _list(job, result.answer, now)


def _list(job: Job, answer: Answer, now: datetime, word: str = "") -> Listing:
    selector = str(job.options.get("selector") or "")
    return read_list(answer.body, answer.url, now, charset=answer.charset, selector=selector, word=word)


def _since(before: bytes, answer: Answer) -> Change:
    """The difference of what the page says; of its bytes alone (a counter, an advertisement) there is none."""
    if before == answer.body:
        return Change((), (), ())
    return compare(_text(before, None, answer.url), _text(answer.body, answer.charset, answer.url))


def _text(body: bytes, charset: str | None, url: str) -> str:
    try:
        page = extract(decode(body, charset).text, url)
    except Unreadable:
        return ""
    return f"{page.title}\n{page.body}"


def _page_text(answer: Answer) -> str:
    try:
        page = extract(decode(answer.body, answer.charset).text, answer.url)
    except Unreadable as error:
        raise NotReadable("not_a_page", error.reason) from error
    return page.body
