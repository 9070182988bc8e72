"""The browser process: started, proved to be behind the proxy, worn out, replaced."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import time
from pathlib import Path
from typing import Any, Self

from guanlan.collect.browser.chromium import ARGUMENTS, environment
from guanlan.collect.browser.model import RenderOptions
from guanlan.collect.browser.proxy import PROOF_HOST, Pass, Proxy
from guanlan.collect.errors import NoBrowser
from guanlan.collect.net import Guard

#: Seconds for starting, for the proof, for closing: a busy small machine took 25 to start.
STARTING, PROVING, CLOSING = 60.0, 30.0, 8.0
#: A media connection is begun; it ends when chromium has tried all ways, or after a while.
_CALL = """server => new Promise(done => {
  const call = new RTCPeerConnection({iceServers: [{urls: server}]}), ways = [];
  const end = () => done(ways);
  call.onicecandidate = one => one.candidate && one.candidate.candidate && ways.push(one.candidate.candidate);
  call.onicegatheringstatechange = () => call.iceGatheringState === 'complete' && end();
  setTimeout(end, 1500);
  call.createDataChannel('x');
  call.createOffer().then(offer => call.setLocalDescription(offer)).catch(end);
})"""


class Browser:
    """One chromium with its driver. ``take`` and ``give_back`` count its pages; a worn one that nobody uses
    any more is closed.
    """

    def __init__(self, driver: Any, browser: Any, options: RenderOptions, port: int) -> None:
        self._driver = driver
        self._browser = browser
        self._options = options
        self._born = time.monotonic()
        self._users = 0
        self._pages = 0
        self._retired = False
        self._heavy = False
        self.port = port
        self.broken = False
        self.version = f"Chromium {browser.version}"

    @classmethod
    async def start(cls, options: RenderOptions, proxy: Proxy) -> Self:
        """Raises NoBrowser when it does not start, or speaks to the network past the proxy."""
        try:
            from playwright.async_api import async_playwright
        except ImportError as error:
            raise NoBrowser("playwright is not installed") from error
        try:
            driver = await asyncio.wait_for(async_playwright().start(), STARTING)
        except Exception as error:
            raise NoBrowser(f"driver: {str(error)[:150]}") from error
        try:
            found = await driver.chromium.launch(
                executable_path=options.chromium,
                chromium_sandbox=options.sandbox,
                args=list(ARGUMENTS),
                env=environment(os.environ),
                proxy={"server": f"http://127.0.0.1:{proxy.port}", "bypass": "<-loopback>"},
                handle_sigint=False,  # the collector ends it, in its own order
                handle_sigterm=False,
                handle_sighup=False,
                timeout=STARTING * 1000,
            )
            browser = cls(driver, found, options, proxy.port)
            await asyncio.wait_for(browser._prove(proxy), PROVING)
        except BaseException as error:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(driver.stop(), CLOSING)
            if isinstance(error, NoBrowser) or not isinstance(error, Exception):
                raise
            raise NoBrowser(_lines(error)) from error
        return browser

    async def context(self, name: str, password: str, **more: Any) -> Any:
        """A context that goes out through the proxy under one pass, and remembers nothing of others."""
        return await self._browser.new_context(
            proxy={
                "server": f"http://127.0.0.1:{self.port}",
                "bypass": "<-loopback>",
                "username": name,
                "password": password,
            },
            accept_downloads=False,
            service_workers="block",
            permissions=[],
            **more,
        )

    @property
    def alive(self) -> bool:
        return not self.broken and bool(self._browser.is_connected())

    @property
    def idle(self) -> bool:
        """Whether it has no page at this moment."""
        return not self._users

    @property
    def worn(self) -> bool:
        """Whether the next page gets a fresh one: chromium grows with its pages and does not shrink."""
        old = time.monotonic() - self._born > self._options.browser_seconds
        return old or self._heavy or self._pages >= self._options.browser_pages

    def take(self) -> None:
        """One more page."""
        self._users += 1
        self._pages += 1

    async def give_back(self) -> None:
        """A page is done."""
        self._users -= 1
        self._heavy = self._heavy or _bytes_below(os.getpid()) > self._options.browser_bytes
        if self._retired and not self._users:
            await self.close()

    async def retire(self) -> None:
        """No further page; it is closed when the last one is done, at once when it is no good any more."""
        self._retired = True
        if not self._users or not self.alive:
            await self.close()

    async def close(self) -> None:
        """End browser and driver, whatever state they are in."""
        for ending in (self._browser.close, self._driver.stop):
            with contextlib.suppress(Exception):
                await asyncio.wait_for(ending(), CLOSING)

    async def _prove(self, proxy: Proxy) -> None:
        """A policy of the machine or a wrapper script may give chromium another way out than ours. So it must
        bring a word that only our proxy answers with, from a host that does not exist; and what it is told to
        call without a proxy must hear nothing.
        """
        proof = Pass(Guard(), 10, 10_000, 10_000, proof=secrets.token_hex(16))
        proxy.admit(proof)
        context = await self.context(proof.name, proxy.password)
        try:
            page = await context.new_page()
            answer = await page.goto(f"http://{PROOF_HOST}/")
            if answer is None or await answer.text() != proof.proof:
                raise NoBrowser("chromium does not go through the proxy")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
                ear.bind(("127.0.0.1", 0))
                ear.setblocking(False)
                ways = await page.evaluate(_CALL, f"stun:127.0.0.1:{ear.getsockname()[1]}")
                with contextlib.suppress(BlockingIOError):
                    ways.append(ear.recv(1))
                if ways:  # heard of it, or at least ready to be called without the proxy
                    raise NoBrowser("chromium's media connections pass the proxy by")
        finally:
            await context.close()
            await proxy.dismiss(proof.name)


def _lines(error: Exception) -> str:
    """The first lines of what playwright says, without its pages of call log."""
    said = " ".join(line.strip() for line in str(error).splitlines()[:3])
    return f"{type(error).__name__}: {said}"[:200]


def _bytes_below(pid: int) -> int:
    """Memory of all chromium processes that stem from ``pid``; 0 where the system does not tell (no /proc)."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            name, _, rest = entry.read_text(errors="replace").partition("(")[2].rpartition(")")
            parents[int(entry.parent.name)] = (int(rest.split()[1]), name)
    return sum(
        _private_bytes(one) for one in parents if "chrom" in parents[one][1] and _stems(one, pid, parents)
    )


def _stems(pid: int, from_pid: int, parents: dict[int, tuple[int, str]]) -> bool:
    for _ in range(64):
        if pid == from_pid:
            return True
        pid = parents.get(pid, (0, ""))[0]
    return False


def _private_bytes(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) * 1024
    return 0
