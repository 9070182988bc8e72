"""One browser, reused and recycled; each page in a context of its own that dies with it.

The page itself is fetched by the fetcher, with robots.txt and politeness, and given to the browser as if it
had come over the network: a site is asked once for it, and what was received and what was rendered belong to
one another. What the page then asks for goes through the proxy, within the bounds of its pass.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from guanlan.collect.browser.model import BOM, Rendered, RenderOptions
from guanlan.collect.browser.page import Page
from guanlan.collect.browser.process import Browser
from guanlan.collect.browser.proxy import Pass, Proxy
from guanlan.collect.errors import FetchError, NoBrowser, TooMuch, Unreachable
from guanlan.collect.net import Answer, Guard
from guanlan.collect.net.fetching import BeforeHop
from guanlan.collect.net.transport import Resolve, resolve

log = logging.getLogger(__name__)

#: Seconds for closing a page's context; a page that hangs takes its browser with it.
CLOSING = 5.0
#: Seconds in which a browser that did not start is not tried again for every page.
STARTS_AGAIN = 60.0
#: Types of what a browser shows as a page.
PAGES = ("text/html", "application/xhtml+xml")


class Renderer:
    """``render`` pages. One for a process and its event loop; the browser starts with the first page."""

    def __init__(self, options: RenderOptions, resolve: Resolve = resolve) -> None:
        self.options = options
        self._proxy = Proxy(resolve)
        self._browser: Browser | None = None
        self._listening = False
        self._room = asyncio.Semaphore(options.at_once)
        self._starting = asyncio.Lock()
        self._resting: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._failed: tuple[float, NoBrowser] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the browser and its way out."""
        self._stay_awake()
        await asyncio.gather(*self._ending, return_exceptions=True)
        if self._browser is not None:
            await self._browser.close()
        self._browser = None
        await self._proxy.aclose()

    async def wake(self) -> None:
        """Have a browser ready, before a site is asked for something that only a browser can read.

        Raises NoBrowser.
        """
        async with self._starting:
            await self._fit()

    async def render(self, answer: Answer, before_hop: BeforeHop, *, picture: bool = True) -> Rendered:
        """The page of ``answer`` after its scripts ran. Raises a FetchError; never anything else.

        ``before_hop`` is asked before a script leads on to another page, as before a redirect. NoBrowser says
        that there is none to be had here; nothing is wrong with the page then.
        """
        async with self._room:
            browser = await self._ready()
            mine = self._proxy.admit(self._pass(answer))
            page = Page(browser, mine, self._proxy.password, self.options)
            try:
                async with asyncio.timeout(self.options.seconds):
                    await page.open(answer, before_hop)
                    return await self._taken(page, answer, picture=picture)
            except TimeoutError as error:
                raise Unreachable("render_timeout", f"{self.options.seconds:.0f} s") from error
            except FetchError:
                raise
            except Exception as error:
                if not browser.alive:
                    raise Unreachable("render_crashed", _short(error)) from error
                raise Unreachable("render", _short(error)) from error
            finally:
                await self._done(browser, page, mine)

    async def _taken(self, page: Page, answer: Answer, *, picture: bool) -> Rendered:
        started = time.monotonic()
        at = datetime.now(UTC)
        html = (await page.content()).encode("utf-8", "replace")
        if len(html) > self.options.html_bytes:
            raise TooMuch("too_large", "rendered")
        shown, cut = await page.picture() if picture else (b"", False)
        return Rendered(
            received=answer,
            url=page.final or answer.url,
            html=BOM + html.removeprefix(BOM),
            picture=shown,
            at=at,
            seconds=page.seconds + time.monotonic() - started,
            requests=page.requests,
            refused=page.refused + page.mine.refusals,
            wire_bytes=page.mine.taken,
            browser=page.browser.version,
            cut=cut,
        )

    def _pass(self, answer: Answer) -> Pass:
        """Where this page may go. A host inside that a person let in is for its own pages only: a page from
        outside must not look into it through our browser.
        """
        options = self.options
        target = Guard(options.inner_hosts).target(answer.url)
        inside = Guard(options.inner_hosts).allows_inside(target.host, target.port)
        names = {target.host, f"{target.host}:{target.port}"} & {one.lower() for one in options.inner_hosts}
        return Pass(
            Guard(names if inside else ()),
            connections=options.requests,
            wire_bytes=options.wire_bytes,
            sent_bytes=options.sent_bytes,
        )

    async def _ready(self) -> Browser:
        """A browser with one page more. Raises NoBrowser."""
        async with self._starting:
            browser = await self._fit()
            browser.take()
            return browser

    async def _fit(self) -> Browser:
        """A browser that is fit for one more page. Raises NoBrowser."""
        self._stay_awake()
        if not self._listening:
            await self._proxy.start()
            self._listening = True
        if self._browser is not None and (self._browser.worn or not self._browser.alive):
            await self._browser.retire()
            self._browser = None
        if self._browser is None:
            self._browser = await self._start()
        return self._browser

    async def _start(self) -> Browser:
        if self._failed and time.monotonic() - self._failed[0] < STARTS_AGAIN:
            raise self._failed[1]
        try:
            browser = await Browser.start(self.options, self._proxy)
        except NoBrowser as error:
            log.error("browser: none to be had: %s", error.detail)
            self._failed = (time.monotonic(), error)
            raise
        self._failed = None
        log.info("browser: %s started", browser.version)
        return browser

    async def _done(self, browser: Browser, page: Page, mine: Pass) -> None:
        await self._proxy.dismiss(mine.name)
        try:
            await asyncio.wait_for(page.close(), CLOSING)
        except Exception as error:  # it hangs or is gone: so is its browser
            log.warning("browser: a page could not be closed, starting afresh: %s", _short(error))
            browser.broken = True
        await browser.give_back()
        self._stay_awake()
        self._resting = asyncio.get_running_loop().call_later(self.options.idle_seconds, self._rest)

    def _stay_awake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def _rest(self) -> None:
        """Nobody came for a while: its memory is worth more than the second that the next start takes."""
        task = asyncio.ensure_future(self._end_idle())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end_idle(self) -> None:
        async with self._starting:
            if self._browser is not None and self._browser.idle:
                await self._browser.close()
                self._browser = None


def is_page(answer: Answer) -> bool:
    """Whether an answer is something a browser would show as a page; what says nothing counts as one."""
    declared = answer.header("content-type").partition(";")[0].strip().lower()
    return declared in PAGES or not declared


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]
