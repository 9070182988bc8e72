"""One page in its context: opened from what was fetched, watched while it runs, photographed, thrown away."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

from guanlan.collect.browser.model import RenderOptions
from guanlan.collect.browser.process import Browser
from guanlan.collect.browser.proxy import Pass
from guanlan.collect.errors import FetchError, GuardRefused, HttpFailed, TooMuch, Unreachable
from guanlan.collect.net import Answer
from guanlan.collect.net.fetching import BeforeHop, Header

#: What belongs to the connection or asks the browser to speak to others later; not handed on to it.
_LEFT_OUT = frozenset(
    {
        "content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive", "alt-svc",
        "content-disposition", "report-to", "reporting-endpoints", "nel", "strict-transport-security",
    }
)  # fmt: skip
#: Never fetched: no picture shows them, and they are most of what a page weighs.
_NOT_LOADED = frozenset({"media", "eventsource", "manifest", "ping", "texttrack"})
#: Steps of scrolling through a page, so that pictures which load late are there, and seconds between them.
SCROLLS, SCROLL_SECONDS = 12, 0.06
#: A picture that is too large is taken again of half the height, at most so often.
HALVINGS = 3
_HEIGHT = """() => Math.max(document.documentElement ? document.documentElement.scrollHeight : 0,
document.body ? document.body.scrollHeight : 0)"""


class Page:
    """``open``, then ``content`` and ``picture``; ``close`` always. ``final`` is the address that a script
    led on to, empty when it stayed.
    """

    def __init__(self, browser: Browser, mine: Pass, password: str, options: RenderOptions) -> None:
        self.browser = browser
        self.mine = mine
        self.options = options
        self._password = password
        self._context: Any = None
        self._page: Any = None
        self._failure: FetchError | None = None
        self._failed = asyncio.Event()
        self._answer: Answer | None = None
        self._before_hop: BeforeHop | None = None
        self._started = time.monotonic()
        self._aim = ""
        self._led = 0  # main-frame navigations, the first included
        self.final = ""
        self.requests = 0
        self.refused = 0
        self.seconds = 0.0

    async def open(self, answer: Answer, before_hop: BeforeHop) -> None:
        """Let the page run until it is quiet, or its time for that is over. Raises FetchError."""
        self._answer, self._before_hop = answer, before_hop
        self._context = await self.browser.context(
            self.mine.name,
            self._password,
            user_agent=self.options.agent or None,
            viewport={"width": self.options.width, "height": self.options.height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        await self._context.route("**/*", self._route)
        self._page = await self._context.new_page()
        self._page.on("dialog", lambda dialog: asyncio.ensure_future(_dismiss(dialog)))
        self._context.on("page", lambda other: asyncio.ensure_future(_close(other, self._page)))
        self._page.on("response", self._came)
        self._page.on("crash", lambda _page: self._fail(Unreachable("render_crashed")))
        await self._unless_failed(self._run(answer.url))
        await self._where()
        self.seconds = time.monotonic() - self._started

    async def content(self) -> str:
        """What stands there now, as HTML."""
        return str(await self._page.content())

    async def picture(self) -> tuple[bytes, bool]:
        """(PNG, whether the page goes on below it); nothing when it cannot be had."""
        whole = await self._height()
        if whole > self.options.height:
            await self._scroll(whole)
            whole = await self._height()
        height = max(self.options.height, min(whole, self.options.most_height))
        for _ in range(HALVINGS + 1):
            shown = await self._shot(height)
            if len(shown) <= self.options.picture_bytes:
                return shown, bool(shown) and whole > height
            height //= 2
        return b"", False

    async def close(self) -> None:
        """The context with everything in it."""
        if self._context is not None:
            await self._context.close()

    async def _route(self, route: Any, request: Any) -> None:
        """Asked for each request of the page before it goes out (redirects of parts of a page excepted: those
        meet the guard at the proxy)."""
        try:
            if self._leads(request):
                await self._lead(route, request)
                return
            self.requests += 1
            if self._is_too_much(request):
                self.refused += 1
                await route.abort("blockedbyclient")
                return
            await route.continue_()
        except FetchError as error:
            self.refused += 1
            self._fail(error)
            with contextlib.suppress(Exception):
                await route.abort("blockedbyclient")
        except Exception as error:  # the page went away meanwhile
            if self._page is not None and not self._page.is_closed():
                self._fail(Unreachable("render", str(error)[:200]))

    def _is_too_much(self, request: Any) -> bool:
        return self.requests > self.options.requests or request.resource_type in _NOT_LOADED

    def _leads(self, request: Any) -> bool:
        """Whether this is the page itself, not a part of it and no window that it opened."""
        try:
            return bool(request.is_navigation_request() and request.frame == self._page.main_frame)
        except Exception:  # a frame that is not there yet is not the page's own
            return False

    async def _lead(self, route: Any, request: Any) -> None:
        """The first time: what was fetched. Then: only where robots.txt and the guard allow, a few times."""
        assert self._answer is not None
        assert self._before_hop is not None
        self._led += 1
        if self._led == 1:
            await route.fulfill(
                status=self._answer.status, headers=_headers(self._answer.headers), body=self._answer.body
            )
            return
        if self._led > 1 + self.options.navigations:
            raise TooMuch("redirect_loop", f"{self._led} pages")
        self._aim = request.url
        await self._before_hop(self.mine.guard.target(request.url))
        await route.continue_()

    def _came(self, response: Any) -> None:
        """A page that a script led on to, and that is none."""
        if self._led > 1 and response.status >= 400 and self._leads(response.request):
            self._fail(self._refusal(response.url) or HttpFailed(response.status))

    def _refusal(self, url: str) -> FetchError | None:
        """What the proxy refused at an address, if it was the proxy that did."""
        place = urlsplit(url)
        aims = (url[:200], f"{place.hostname}:{place.port or 443}")
        return next((GuardRefused(why, aim) for why, aim in self.mine.refused if aim in aims), None)

    def _fail(self, error: FetchError) -> None:
        self._failure = self._failure or error
        self._failed.set()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _run(self, url: str) -> None:
        """Until nothing was asked for during half a second; pages that never rest are taken as they are."""
        await self._page.goto(url, wait_until="domcontentloaded", timeout=self.options.seconds * 1000)
        with contextlib.suppress(Exception):
            await self._page.wait_for_load_state("networkidle", timeout=self.options.settle_seconds * 1000)

    async def _unless_failed(self, run: Coroutine[Any, Any, None]) -> None:
        """Wait for ``run``, or for what makes waiting useless. Raises that FetchError."""
        running, failed = asyncio.ensure_future(run), asyncio.ensure_future(self._failed.wait())
        try:
            await asyncio.wait((running, failed), return_when=asyncio.FIRST_COMPLETED)
            self._check()
            running.result()
        finally:
            for one in (running, failed):
                one.cancel()
            await asyncio.gather(running, failed, return_exceptions=True)

    async def _where(self) -> None:
        """Where a script really led to, over hops that we did not see before: what may not be read is not kept.

        An address that a script only wrote into the bar (``pushState``) is no other page.
        """
        assert self._before_hop is not None
        if not self._page.url.startswith("http"):  # chromium's own page that says what went wrong
            raise self._refusal(self._aim) or Unreachable("render", "nothing came where a script led to")
        if self._led < 2:
            return
        target = self.mine.guard.target(self._page.url)
        await self._before_hop(target)
        self.final = target.url

    async def _height(self) -> int:
        found = await self._page.evaluate(_HEIGHT)
        return (
            int(found) if isinstance(found, int | float) and 0 < found < 10_000_000 else self.options.height
        )

    async def _scroll(self, whole: int) -> None:
        """Once down and up again."""
        for step in range(1, min(SCROLLS, whole // self.options.height) + 1):
            await self._page.evaluate("at => window.scrollTo(0, at)", step * self.options.height)
            await asyncio.sleep(SCROLL_SECONDS)
        await self._page.evaluate("() => window.scrollTo(0, 0)")

    async def _shot(self, height: int) -> bytes:
        try:
            shown = await self._page.screenshot(
                type="png",
                full_page=True,
                clip={"x": 0, "y": 0, "width": self.options.width, "height": height},
                animations="disabled",
                timeout=10_000,
            )
        except Exception:  # a page may keep its fonts or itself from ever being painted
            self._check()
            if not self.browser.alive:
                raise
            return b""
        return bytes(shown)


def _headers(given: tuple[Header, ...]) -> dict[str, str]:
    """As the browser takes them: one line for each name."""
    found: dict[str, str] = {}
    for name, value in given:
        lower = name.lower()
        if lower not in _LEFT_OUT:
            between = "\n" if lower == "set-cookie" else ", "
            found[lower] = f"{found[lower]}{between}{value}" if lower in found else value
    return found


async def _dismiss(dialog: Any) -> None:
    with contextlib.suppress(Exception):
        await dialog.dismiss()


async def _close(other: Any, ours: Any) -> None:
    if other is not ours and ours is not None:
        with contextlib.suppress(Exception):
            await other.close()
