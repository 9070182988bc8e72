"""One page, hop by hop, within bounds: the only door to the network for everything that is collected."""

from __future__ import annotations

import asyncio
import email.utils
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpcore
import httpx

from guanlan.collect.errors import Blocked, FetchError, HttpFailed, TooMuch, Unreachable
from guanlan.collect.net.bodies import ACCEPTED, unpackers
from guanlan.collect.net.guard import Guard, Target
from guanlan.collect.net.transport import CONNECT_SECONDS, GuardedTransport, Resolve, resolve

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NOT_CHANGED = 304
#: Answers that mean "not you, not now": we stop and say so.
BLOCKS = frozenset({401, 403, 407, 429, 451})
#: A site may ask us to come back later, but not to stay away for ever.
LONGEST_RETRY_AFTER = 24 * 3600.0

#: What httpx, the connections below it and the system raise when a page cannot be had.
BROKEN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    OSError,
)

Header = tuple[str, str]
#: Asked before each hop: robots.txt and politeness have their say here.
BeforeHop = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """Bounds and manners. ``agent`` says who we are and where to complain (L-8)."""

    agent: str = "GuanlanBot/0.1 (+https://github.com/guanlan; public opinion desk; obeys robots.txt)"
    inner_hosts: tuple[str, ...] = ()
    seconds: float = 30.0  # from the first byte sent to the last byte read, of each hop
    wire_bytes: int = 5_000_000
    body_bytes: int = 10_000_000
    hops: int = 6


@dataclass(frozen=True, slots=True)
class Ask:
    """What to fetch. ``etag`` and ``last_modified`` of the last visit make the request conditional.

    With ``content`` it is a POST: a question to a service, not a page. Then no redirect is followed.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    accept: str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    headers: tuple[Header, ...] = ()
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came. ``body`` is unpacked, ``packed`` as it came over the wire; ``hops`` are the addresses
    asked, the last of them is ``url``; ``changed`` is false for "not changed since" (no body then).
    """

    url: str
    status: int
    headers: tuple[Header, ...]
    body: bytes
    packed: bytes
    hops: tuple[str, ...]
    asked_at: datetime
    seconds: float
    request_headers: tuple[Header, ...] = field(default=())
    http_version: str = "HTTP/1.1"
    reason: str = ""

    @property
    def changed(self) -> bool:
        return self.status != NOT_CHANGED

    def header(self, name: str) -> str:
        """The first header of a name, whatever its case; empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def charset(self) -> str | None:
        """The charset as declared in the header; a hint only."""
        for part in self.header("content-type").split(";")[1:]:
            key, _, value = part.partition("=")
            if key.strip().lower() == "charset":
                return value.strip(" \"'")[:40] or None
        return None


class Fetcher:
    """Fetches pages. One for a process; sites keep their cookies for one visit only."""

    def __init__(self, options: FetchOptions | None = None, resolve: Resolve = resolve) -> None:
        self.options = options or FetchOptions()
        self.guard = Guard(self.options.inner_hosts)
        self._transport = GuardedTransport(self.guard, resolve)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    async def get(self, ask: Ask, before_hop: BeforeHop | None = None) -> Answer:
        """The page, redirects followed one by one. Raises a FetchError; never anything else.

        A 2xx or 304 is an answer; everything else is raised, with the reason in its type.
        """
        try:
            return await self._follow(ask, before_hop)
        except FetchError:
            raise
        except BROKEN as error:
            raise Unreachable(reason_of(error), detail_of(error)) from error

    async def _follow(self, ask: Ask, before_hop: BeforeHop | None) -> Answer:
        target = self.guard.target(ask.url)
        hops: list[str] = []
        client = httpx.AsyncClient(transport=self._transport, trust_env=False, follow_redirects=False)
        while True:
            if target.url in hops or len(hops) >= self.options.hops:
                raise TooMuch("redirect_loop", f"{len(hops)} hops")
            hops.append(target.url)
            if before_hop is not None:
                await before_hop(target)
            try:
                async with asyncio.timeout(self.options.seconds):
                    answer = await self._hop(client, target, ask, tuple(hops))
            except TimeoutError as error:
                raise Unreachable("timeout", f"{self.options.seconds:.0f} s") from error
            if answer.status not in REDIRECTS or ask.content:
                return _checked(answer)
            target = self.guard.target(urljoin(target.url, answer.header("location")))

    async def _hop(
        self, client: httpx.AsyncClient, target: Target, ask: Ask, hops: tuple[str, ...]
    ) -> Answer:
        asked_at, started = datetime.now(UTC), time.monotonic()
        timeout = httpx.Timeout(self.options.seconds, connect=CONNECT_SECONDS)
        sent: dict[str, Any] = {"headers": self._headers(ask), "timeout": timeout}
        method = "GET"
        if ask.content:
            method, sent["content"] = "POST", ask.content
        async with client.stream(method, target.url, **sent) as response:
            wanted = response.status_code not in REDIRECTS and response.status_code != NOT_CHANGED
            packed, body = await self._read(response) if wanted else (b"", b"")
            return Answer(
                url=target.url,
                status=response.status_code,
                headers=_text(response.headers.raw),
                body=body,
                packed=packed,
                hops=hops,
                asked_at=asked_at,
                seconds=time.monotonic() - started,
                request_headers=_text(response.request.headers.raw),
                http_version=response.http_version,
                reason=response.reason_phrase,
            )

    def _headers(self, ask: Ask) -> dict[str, str]:
        headers = {
            "User-Agent": self.options.agent,
            "Accept": ask.accept,
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            "Accept-Encoding": ACCEPTED,
            **dict(ask.headers),
        }
        if ask.etag:
            headers["If-None-Match"] = ask.etag
        if ask.last_modified:
            headers["If-Modified-Since"] = ask.last_modified
        return headers

    async def _read(self, response: httpx.Response) -> tuple[bytes, bytes]:
        """The body as packed and as unpacked. Raises TooMuch as soon as a bound is passed."""
        layers = unpackers(response.headers.get("content-encoding", ""))
        packed, body = bytearray(), bytearray()
        async for part in response.aiter_raw():
            packed += part
            if len(packed) > self.options.wire_bytes:
                raise TooMuch("too_large", "on the wire")
            for layer in layers:
                part = layer.feed(part, self.options.body_bytes - len(body))  # noqa: PLW2901
            body += part
            if len(body) > self.options.body_bytes:
                raise TooMuch("too_large", "unpacked")
        return bytes(packed), bytes(body)


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds of a Retry-After header, given as seconds or as a date; None when it says nothing.

    RFC 9110, 10.2.3. At most a day.
    """
    text = value.strip()
    if text.isdecimal() and text.isascii():
        return min(float(text[:9]), LONGEST_RETRY_AFTER)
    try:
        wanted = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = wanted if wanted.tzinfo else wanted.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), LONGEST_RETRY_AFTER)


def _checked(answer: Answer) -> Answer:
    if 200 <= answer.status < 300 or answer.status == NOT_CHANGED:
        return answer
    wait = retry_after(answer.header("retry-after"), answer.asked_at)
    if answer.status in BLOCKS:
        raise Blocked(f"http_{answer.status}", status=answer.status, retry_after=wait)
    raise HttpFailed(answer.status, wait)


def _text(raw: list[tuple[bytes, bytes]]) -> tuple[Header, ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def reason_of(error: Exception) -> str:
    """The code of what broke: ``tls``, ``timeout``, ``connect`` or ``broken_off``."""
    if isinstance(error, ssl.SSLError) or "CERTIFICATE" in str(error) or "SSL" in str(error):
        return "tls"
    if isinstance(error, httpx.TimeoutException | httpcore.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.ConnectError | httpcore.ConnectError):
        return "connect"
    return "broken_off"


def detail_of(error: Exception) -> str:
    """What broke, for logs."""
    return f"{type(error).__name__}: {error}"[:200]
