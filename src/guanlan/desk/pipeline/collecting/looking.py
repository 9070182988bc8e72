"""A look that stores nothing: what is behind an address, what a visit to a source would name.

Runs in threads of its own, few at once and each within its time, so that pages stay quick and a hostile
site holds nobody up. A site is asked only when its turn has come, as by the collector, and is left in peace
afterwards for as long.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings

from guanlan.collect.addresses import canonical, site_of, template
from guanlan.collect.browser import Renderer
from guanlan.collect.discover import DiscoverOptions, Discovery, discover
from guanlan.collect.errors import Unreachable
from guanlan.collect.lists_of_sources import written
from guanlan.collect.net import Fetcher
from guanlan.desk.common.clock import utc_now
from guanlan.desk.pipeline.collecting.claims import robots_keep
from guanlan.desk.pipeline.collecting.collector import options as fetch_options
from guanlan.desk.pipeline.collecting.jobs import RENDERABLE, Job, Result, run_job
from guanlan.desk.pipeline.collecting.rendering import render_options
from guanlan.desk.sources.models import Site, Source

#: Looks at the same time in one process; somebody beyond them is asked to wait.
AT_ONCE = 3
#: Seconds of one look, and of its thread with reading what came.
SECONDS, HARD_SECONDS = 28.0, 45.0
#: Bytes of one page that are read for a look, and seconds for one request.
LOOK_BYTES = 3_000_000
LOOK_SECONDS = 12.0
#: Seconds for a page that is rendered for a trial.
RENDER_SECONDS = 15.0
#: Seconds one waits here for the site's turn; beyond them one is told to come again.
LONGEST_TURN = 11.0
#: Keywords of a search that are tried.
WORDS_TRIED = 2

Told = TypeVar("Told")
_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look")
_room = threading.BoundedSemaphore(AT_ONCE)


class NotNow(Exception):
    """No look now. ``seconds`` until it makes sense to try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


def look(address: str, now: datetime) -> Discovery:
    """What is behind an address (see :mod:`guanlan.collect.discover`). Raises NotNow."""
    inner, delay = tuple(settings.COLLECT_INNER_HOSTS), float(settings.COLLECT_DELAY_SECONDS)
    wait = _turn(site_of(canonical(written(address))), now)

    async def run() -> Discovery:
        await asyncio.sleep(wait)
        async with Fetcher(_options()) as fetcher:
            wanted = DiscoverOptions(seconds=SECONDS - wait, delay=delay, inner_hosts=inner)
            return await discover(fetcher, address, now, wanted)

    found = _within(run, lambda: Discovery(asked=address, reason="timeout"))
    if found.robots is not None:
        _rest(found.robots.site)
    return found


def try_visit(source: Source, now: datetime) -> Result:
    """What a visit to ``source`` would name now; nothing is stored. Raises NotNow."""
    words = list(source.options.get("words") or [])[:WORDS_TRIED]
    job = Job(
        row=source.pk,
        claim="",
        url=source.url,
        site=site_of(template(source.url, words[0]) if words else source.url),
        method=source.method,
        options={**source.options, "words": words} if words else source.options,
        render=bool(source.options.get("render")) and source.method in RENDERABLE,
        delay=0.0 if _inner(site_of(source.url)) else float(settings.COLLECT_DELAY_SECONDS),
    )
    wait = _turn(job.site, now)

    async def run() -> Result:
        await asyncio.sleep(wait)
        async with Fetcher(_options()) as fetcher, _renderer(job) as renderer, asyncio.timeout(SECONDS):
            return await run_job(fetcher, job, now, renderer)

    result = _within(run, lambda: Result(job, error=Unreachable("timeout")))
    _rest(job.site)
    robots_keep(result.robots)
    return result


@contextlib.asynccontextmanager
async def _renderer(job: Job) -> AsyncIterator[Renderer | None]:
    """A browser for this one trial, where it needs one and there is one."""
    rendering = render_options() if job.render else None
    if rendering is None:
        yield None
        return
    async with Renderer(replace(rendering, seconds=RENDER_SECONDS, at_once=1)) as renderer:
        yield renderer


def _options() -> Any:
    return replace(fetch_options(), seconds=LOOK_SECONDS, wire_bytes=LOOK_BYTES, body_bytes=LOOK_BYTES)


def _within(run: Callable[[], Coroutine[Any, Any, Told]], late: Callable[[], Told]) -> Told:
    """Run in a thread of our own. Raises NotNow when all of them are busy."""
    if not _room.acquire(blocking=False):
        raise NotNow(int(SECONDS))
    try:
        running: Future[Told] = _pool.submit(_run, run)
    except BaseException:
        _room.release()
        raise
    try:
        return running.result(HARD_SECONDS)
    except (TooLong, TimeoutError):
        return late()


def _run(run: Callable[[], Coroutine[Any, Any, Told]]) -> Told:
    try:
        return asyncio.run(run())
    finally:
        _room.release()


def _inner(site: str) -> bool:
    return site in settings.COLLECT_INNER_HOSTS


def _turn(site: str, now: datetime) -> float:
    """Seconds to wait for the site's turn. Raises NotNow when that is too long to wait for."""
    row = None if _inner(site) else Site.objects.filter(name=site).first()
    wait = (row.free_at - now).total_seconds() if row else 0.0
    if wait > LONGEST_TURN:
        raise NotNow(int(wait) + 1)
    return max(0.0, wait)


def _rest(site: str) -> None:
    """Nobody asks the site again before its delay has passed."""
    if site and not _inner(site) and len(site) <= 260:
        until = utc_now() + timedelta(seconds=settings.COLLECT_DELAY_SECONDS)
        Site.objects.get_or_create(name=site, defaults={"free_at": until})
        Site.objects.filter(name=site, free_at__lt=until).update(free_at=until)
