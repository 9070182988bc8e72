"""What is behind an address: a feed, a sitemap, a list, a search, JSON, an article; and how to collect it.

>>> async with Fetcher(FetchOptions()) as fetcher:
...     found = await discover(fetcher, "https://example.org/", now)

A guest's look: robots.txt first and obeyed, few requests, the site's delay between them, an end after half a
minute. What was not looked at for that is said (``left``), never guessed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract import extract
from guanlan.collect.addresses import canonical, site_of
from guanlan.collect.candidates import Candidate, Hint, What, named_by, read_page
from guanlan.collect.errors import FetchError, GuardRefused, RobotsRefused
from guanlan.collect.kinds import NotReadable
from guanlan.collect.lists_of_sources import written
from guanlan.collect.net import Answer, Ask, Fetcher, Target
from guanlan.collect.net.robots import Robots, read_robots

VERSION = "1"
#: Reasons of what was not looked at.
TOO_MANY, TOO_LATE = "requests", "seconds"
#: Characters of an article's text that are shown.
EXCERPT = 300


@dataclass(frozen=True, slots=True)
class DiscoverOptions:
    """``delay`` between two requests to one site, seconds, unless its robots.txt asks for more."""

    requests: int = 6
    seconds: float = 30.0
    delay: float = 10.0
    inner_hosts: tuple[str, ...] = ()  # our own machines: asked without a delay


@dataclass(frozen=True, slots=True)
class ArticleLook:
    """One article as it would be stored: fetched, decoded, extracted. ``reason`` says why it could not."""

    url: str
    title: str = ""
    text: str = ""
    published_at: datetime | None = None
    origin: str = ""
    encoding: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RobotsLook:
    """What robots.txt says of the address. ``delay`` in seconds, None when it asks for none."""

    site: str
    allowed: bool
    closed: bool
    delay: float | None
    sitemaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """``reason`` is the code of what went wrong with the address itself, empty when nothing did; ``left``
    are (address, TOO_MANY or TOO_LATE) that were not looked at."""

    asked: str
    url: str = ""
    what: What = What.OTHER
    title: str = ""
    encoding: str = ""
    robots: RobotsLook | None = None
    candidates: tuple[Candidate, ...] = ()
    article: ArticleLook | None = None
    requests: int = 0
    left: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    evidence: tuple[tuple[str, str], ...] = ()  # (how a thing was found, its address)
    version: str = VERSION


class _EnoughError(Exception):
    """No further request may be made. ``why`` is TOO_MANY or TOO_LATE."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def discover(
    fetcher: Fetcher, address: str, now: datetime, options: DiscoverOptions | None = None
) -> Discovery:
    """Look at ``address`` and say what it is and how it could be collected. Never raises for what a site
    does; ``now`` is aware. Ends within ``options.seconds`` of waiting and fetching.
    """
    guest = _Guest(fetcher, now, options or DiscoverOptions())
    look = _Look(guest, written(address))
    try:
        async with asyncio.timeout(guest.options.seconds):
            await look.run()
    except TimeoutError:
        look.ended(TOO_LATE)
    except FetchError as error:
        look.reason = error.reason
    except NotReadable as error:
        look.reason = error.reason
    return look.told()


@dataclass(slots=True)
class _Guest:
    """Fetches politely and counts."""

    fetcher: Fetcher
    now: datetime
    options: DiscoverOptions
    rules: dict[str, Robots] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    started: float = field(default_factory=time.monotonic)

    async def get(self, url: str) -> Answer:
        """The page, when its turn has come. Raises FetchError, _EnoughError."""
        site = site_of(self.fetcher.guard.target(url).url)
        await self._wait(site)
        self.asked[site] = time.monotonic()
        return await self.fetcher.get(Ask(url), self._may)

    async def _may(self, target: Target) -> None:
        if target.site not in self.rules:
            self._count()
            self.rules[target.site] = await read_robots(self.fetcher, target, self.now)
        rules = self.rules[target.site]
        if not rules.allows(target.url):
            raise RobotsRefused("robots_unread" if rules.closed else "robots", target.site)
        self._count()

    async def _wait(self, site: str) -> None:
        if site not in self.asked:
            return
        rules = self.rules.get(site)
        between = max(self.options.delay, (rules.delay() or 0.0) if rules else 0.0)
        wait = 0.0 if site in self.options.inner_hosts else self.asked[site] + between - time.monotonic()
        if self.requests >= self.options.requests:
            raise _EnoughError(TOO_MANY)
        if wait > 0 and time.monotonic() + wait - self.started > self.options.seconds:
            raise _EnoughError(TOO_LATE)
        await asyncio.sleep(max(0.0, wait))

    def _count(self) -> None:
        if self.requests >= self.options.requests:
            raise _EnoughError(TOO_MANY)
        self.requests += 1


class _Look:
    """What is known so far; ``told`` at any moment."""

    def __init__(self, guest: _Guest, address: str) -> None:
        self.guest = guest
        self.address = address
        self.reason = ""
        self.found = Discovery(asked=address)
        self.waiting: list[Hint] = []
        self.left: list[tuple[str, str]] = []

    async def run(self) -> None:
        try:
            answer = await self.guest.get(self.address)
        except _EnoughError as enough:
            self.left.append((self.address, enough.why))
            return
        now = self.guest.now
        page = read_page(answer.body, answer.url, answer.charset, now)
        self.found = replace(
            self.found,
            url=answer.url,
            what=page.what,
            title=page.title,
            encoding=page.encoding,
            candidates=page.candidates,
            article=ArticleLook(**page.article) if page.article else None,
            reason=page.reason,
            evidence=tuple(("page", one.url) for one in page.candidates),
        )
        self.waiting = named_by(page, answer.url, self._sitemaps(answer.url))
        await self._sample()
        while self.waiting:
            await self._try(self.waiting.pop(0))
            await self._sample()

    def _sitemaps(self, url: str) -> Sequence[str]:
        rules = self.guest.rules.get(site_of(url))
        return rules.sitemaps() if rules else ()

    async def _try(self, hint: Hint) -> None:
        """A feed or sitemap that is named or usual: a candidate when it can be read."""
        if any(hint.url == one.url for one in self.found.candidates):
            return
        try:
            answer = await self.guest.get(hint.url)
            page = read_page(answer.body, answer.url, answer.charset, self.guest.now)
        except _EnoughError as enough:
            self._later(hint, enough.why)
            return
        except (FetchError, NotReadable) as error:
            if hint.named:
                self._add([Candidate(hint.method, hint.url, hint.title, problem=error.reason)], hint.how)
            return
        if page.index:
            self.waiting.insert(0, Hint(page.index, "sitemap", how="sitemap index", named=True))
        good = [one for one in page.candidates if one.method == hint.method]
        self._add(good, hint.how)

    def _add(self, candidates: list[Candidate], how: str) -> None:
        self.found = replace(
            self.found,
            candidates=(*self.found.candidates, *candidates),
            evidence=(*self.found.evidence, *((how, one.url) for one in candidates)),
        )

    def _later(self, hint: Hint, why: str) -> None:
        """Not looked at: said, and offered unread when somebody named it."""
        self.left.append((hint.url, why))
        if hint.named:
            self._add([Candidate(hint.method, hint.url, hint.title, problem="unread")], hint.how)

    async def _sample(self) -> None:
        """One article of the first candidate that names some, once."""
        named = [one.samples[0].url for one in self.found.candidates if one.samples and one.samples[0].url]
        if not named or self.found.article is not None:
            return
        url = canonical(named[0]) or named[0]
        self.found = replace(self.found, article=await self._article(url))

    async def _article(self, url: str) -> ArticleLook:
        try:
            answer = await self.guest.get(url)
            text = decode(answer.body, answer.charset)
            page = extract(text.text, answer.url)
        except _EnoughError as enough:
            self.left.append((url, enough.why))
            return ArticleLook(url, reason="unread")
        except (FetchError, Unreadable) as error:
            return ArticleLook(url, reason=error.reason)
        body = page.body[:EXCERPT]
        return ArticleLook(url, page.title, body, page.published_at, page.origin, text.encoding)

    def ended(self, why: str) -> None:
        """The time is over in the middle of something."""
        if not self.found.url:
            self.reason = "timeout"
        for hint in self.waiting:
            self._later(hint, why)
        self.waiting = []

    def told(self) -> Discovery:
        return replace(
            self.found,
            reason=self.reason or self.found.reason,
            robots=_robots(self.guest.rules, self.found.url or self.address, self.guest.fetcher),
            requests=self.guest.requests,
            left=tuple(self.left),
        )


def _robots(rules: Mapping[str, Robots], url: str, fetcher: Fetcher) -> RobotsLook | None:
    try:
        target = fetcher.guard.target(url)
    except GuardRefused:
        return None
    read = rules.get(target.site)
    if read is None:
        return None
    return RobotsLook(target.site, read.allows(target.url), read.closed, read.delay(), read.sitemaps())
