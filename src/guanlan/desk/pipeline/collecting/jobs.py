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
from guanlan.collect.errors import FetchError, RobotsRefused
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
#: Keywords of one search source that are asked in one visit.
MOST_WORDS = 15


@dataclass(frozen=True, slots=True)
class Job:
    """One row to be fetched. ``method`` is empty for an article and REVISIT for a page that is looked at
    again, with the bytes ``before``; ``robots`` what is known of its site.
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
    warc: bytes = b""  # of an article, and of a page that is not as it was


async def run_job(fetcher: Fetcher, job: Job, now: datetime) -> Result:
    """Fetch and read one job. Never raises for what a site does."""
    result = Result(job)

    async def may(target: Target) -> None:
        rules = result.robots.get(target.site) or (job.robots if target.site == job.site else None)
        if rules is None or rules.is_old(now):
            rules = result.robots[target.site] = await read_robots(fetcher, target, now)
        if not rules.allows(target.url):
            raise RobotsRefused("robots_unread" if rules.closed else "robots", target.site)

    try:
        if job.mailbox is not None:
            result.post = await _collect_mail(job.mailbox, job.seen, now)
        elif job.method == "search":
            await _search(fetcher, job, result, now, may)
        else:
            result.answer = await fetcher.get(_ask(job, job.url), may)
            if job.method and result.answer.changed:
                _read(job, result, now)
                await _follow(fetcher, job, result, now, may)
            if _is_evidence(job, result):
                result.warc = warc_records(result.answer)
    except (FetchError, NotReadable) as error:
        result.error = error
    except Exception as error:  # a reader of ours failed on this page: it must not end the others
        result.error = NotReadable("failed", f"{type(error).__name__}: {error}"[:200])
    return result


async def _follow(fetcher: Fetcher, job: Job, result: Result, now: datetime, may: Any) -> None:
    """The pages that the first one only begins."""
    answer, listing = result.answer, result.listing
    if answer is None or listing is None:
        return

    async def get(url: str) -> Answer:
        return await fetcher.get(Ask(url), may)

    if listing.how == "index":
        result.listing = await sitemaps_of(
            listing, get, lambda found: read_sitemap(found.body, found.url, now), delay=job.delay
        )
    elif listing.following and job.method == "list":
        result.listing = await next_pages(
            listing, answer.url, get, lambda found: _list(job, found, now),
            pages=pages_wanted(job.options), delay=job.delay,
        )  # fmt: skip


def _is_evidence(job: Job, result: Result) -> bool:
    """An article, and a page seen again that is not as it was."""
    changed = result.change is not None and result.change.changed
    return not job.method or (job.method == REVISIT and changed)


def _ask(job: Job, url: str) -> Ask:
    accept = FEED_TYPES if job.method == "feed" else Ask(url).accept
    return Ask(url, job.etag, job.last_modified, accept)


async def _collect_mail(box: Mailbox, seen: Seen, now: datetime) -> Post:
    """A visit of a mailbox in a thread of its own; it ends with us."""
    visit = Visit(box)
    try:
        return await asyncio.to_thread(visit.run, seen, now)
    finally:
        visit.stop()


async def _search(fetcher: Fetcher, job: Job, result: Result, now: datetime, may: Any) -> None:
    """Each keyword in turn; a keyword without hits is a miss and is counted as one (F-SRC-2)."""
    found: dict[str, Found] = {}
    for number, word in enumerate(list(job.options.get("words") or ())[:MOST_WORDS]):
        await asyncio.sleep(job.delay if number else 0.0)
        answer = await fetcher.get(Ask(template(job.url, word)), may)
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
    if job.method == "feed":
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
