"""The browser's only way out: a forward proxy on loopback that asks the guard at connect time.

Each page has a pass of its own: a name that only its browser context knows, bounds on what it may take, and
the guard that judges for it. Without a pass nothing is answered, so no other program of this machine can use
the proxy. ``CONNECT`` carries https, the absolute form http, as in RFC 9112; nothing else is spoken.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import secrets
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable
from dataclasses import dataclass, field

import httpcore

from guanlan.collect.errors import FetchError, GuardRefused, TooMuch
from guanlan.collect.net.fetching import BROKEN
from guanlan.collect.net.guard import Guard, Target
from guanlan.collect.net.transport import CONNECT_SECONDS, GuardedBackend, Resolve, resolve, ssl_context

log = logging.getLogger(__name__)

#: Longest head of a request, bytes, and the seconds until it must be here.
LONGEST_HEAD, HEAD_SECONDS = 65_536, 10.0
#: Seconds without a byte after which a connection is given up.
IDLE_SECONDS = 20.0
#: Bytes read at once.
PART = 65_536
#: Refusals of one page that are remembered one by one.
REMEMBERED = 50
#: What a tunnel must begin with: a TLS handshake (RFC 8446, 5.1). Nothing in the clear is carried blindly.
TLS_HANDSHAKE = b"\x16\x03"
#: Headers between two neighbours, not for the site (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection",
        b"te", b"trailer", b"transfer-encoding", b"upgrade", b"alt-svc",
    }
)  # fmt: skip
#: A name that no resolver knows (RFC 6761); the proxy answers for it itself, to prove that it is asked.
PROOF_HOST = "guanlan.invalid"

Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Pass:
    """What one page may still take. ``guard`` judges where it may go."""

    guard: Guard
    connections: int
    wire_bytes: int
    sent_bytes: int
    name: str = field(default_factory=lambda: secrets.token_hex(12))
    taken: int = 0
    refusals: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)  # (reason, host), the first ones
    proof: str = ""  # answered at PROOF_HOST

    def connect(self) -> None:
        """Count one connection. Raises TooMuch."""
        self.connections -= 1
        if self.connections < 0:
            raise TooMuch("too_large", "connections")

    def take(self, count: int) -> None:
        """Count bytes that came in. Raises TooMuch."""
        self.taken += count
        if self.taken > self.wire_bytes:
            raise TooMuch("too_large", "on the wire")

    def send(self, count: int) -> None:
        """Count bytes that went out. Raises TooMuch."""
        self.sent_bytes -= count
        if self.sent_bytes < 0:
            raise TooMuch("too_large", "sent")

    def refuse(self, reason: str, host: str) -> None:
        """Remember what was refused."""
        self.refusals += 1
        if len(self.refused) < REMEMBERED:
            self.refused.append((reason, host[:200]))


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    aim: str
    headers: tuple[Header, ...]

    def header(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key.lower() == name), b"")


class Proxy:
    """``async with Proxy() as proxy: proxy.port``; ``admit`` a page, ``dismiss`` it when it is done."""

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._resolve = resolve
        self._server: asyncio.Server | None = None
        self._passes: dict[str, Pass] = {}
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._tls = ssl_context()
        self.password = secrets.token_urlsafe(32)

    async def start(self) -> None:
        """Listen on a port that the system chooses, on loopback only."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST_HEAD)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def aclose(self) -> None:
        """End every connection and stop listening."""
        for name in list(self._passes):
            await self.dismiss(name)
        if self._server is not None:
            self._server.close()
        await self._end(list(self._under_way))

    def admit(self, one: Pass) -> Pass:
        """From now on whoever shows its name and the password is answered."""
        self._passes[one.name] = one
        self._pools[one.name] = httpcore.AsyncConnectionPool(
            ssl_context=self._tls,
            max_connections=20,
            network_backend=GuardedBackend(one.guard, self._resolve),
        )
        return one

    async def dismiss(self, name: str) -> None:
        """The page is done: nothing more goes out for it."""
        self._passes.pop(name, None)
        await self._end([task for task, owner in self._under_way.items() if owner == name])
        pool = self._pools.pop(name, None)
        if pool is not None:
            with contextlib.suppress(*BROKEN, RuntimeError):
                await pool.aclose()

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way[task] = ""
        client = _Client(reader, writer)
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                asked = _read(await reader.readuntil(b"\r\n\r\n"))
            one = self._pass_of(asked)
            if one is None:
                await client.say(407, b'Proxy-Authenticate: Basic realm="guanlan"\r\n')
            else:
                self._under_way[task] = one.name
                await self._answer(one, asked, client)
        except (ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await client.say(400)
        except BROKEN:
            pass  # one of the two sides is gone
        except Exception:  # a fault of ours must not end the other connections
            log.exception("the browser's proxy failed on a request")
        finally:
            self._under_way.pop(task, None)
            client.close()

    def _pass_of(self, asked: _Request) -> Pass | None:
        scheme, _, given = asked.header(b"proxy-authorization").partition(b" ")
        try:
            name, _, password = b64decode(given, validate=True).partition(b":")
        except (NotBase64, ValueError):
            return None
        right = hmac.compare_digest(password, self.password.encode())
        known = self._passes.get(name.decode("latin-1"))
        return known if right and scheme.lower() == b"basic" else None

    async def _answer(self, one: Pass, asked: _Request, client: _Client) -> None:
        tunnel = asked.method == "CONNECT"
        try:
            one.connect()
            if not tunnel and one.proof and asked.aim.startswith(f"http://{PROOF_HOST}/"):
                await client.say(200, body=one.proof.encode())
                return
            target = one.guard.target(f"https://{asked.aim}/" if tunnel else asked.aim)
            if not tunnel and target.scheme != "http":
                raise GuardRefused("scheme", target.scheme)
            await (self._tunnel if tunnel else self._forward)(one, target, asked, client)
        except FetchError as error:
            one.refuse(error.reason, asked.aim)
            await client.say(403 if error.permanent else 502)
        except BROKEN as error:
            one.refuse(type(error).__name__, asked.aim)
            await client.say(502)

    async def _tunnel(self, one: Pass, target: Target, _asked: _Request, client: _Client) -> None:
        """Bytes to and from a machine that was judged as it was connected to."""
        backend = GuardedBackend(one.guard, self._resolve)
        stream = await backend.connect_tcp(target.host, target.port, timeout=CONNECT_SECONDS)
        try:
            await client.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            first = await asyncio.wait_for(client.reader.read(PART), IDLE_SECONDS)
            if not first.startswith(TLS_HANDSHAKE):
                raise GuardRefused("scheme", f"no TLS to {target.site}")
            one.send(len(first))
            await stream.write(first, IDLE_SECONDS)

            async def out() -> None:
                while part := await client.reader.read(PART):
                    one.send(len(part))
                    await stream.write(part, IDLE_SECONDS)

            async def back() -> None:
                while part := await stream.read(PART, IDLE_SECONDS):
                    one.take(len(part))
                    await client.write(part)

            await _until_one_ends(out(), back())
        finally:
            with contextlib.suppress(*BROKEN):
                await stream.aclose()

    async def _forward(self, one: Pass, target: Target, asked: _Request, client: _Client) -> None:
        """One request in the clear and its answer; the connection to the browser ends with it."""
        body = await _body(one, asked, client.reader)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), IDLE_SECONDS)
        kept = [(name, value) for name, value in asked.headers if name.lower() not in (*HOP_BY_HOP, b"host")]
        answer = await self._pools[one.name].handle_async_request(
            httpcore.Request(
                asked.method,
                target.url,
                headers=[(b"Host", target.site.encode()), *kept],
                content=body,
                extensions={"timeout": timeouts},
            )
        )
        try:
            await client.write(_head(answer))
            async for part in answer.aiter_stream():
                one.take(len(part))
                await client.write(part)
        finally:
            await answer.aclose()


@dataclass(slots=True)
class _Client:
    """The browser's end of one connection. Once an answer has begun, nothing of ours is put into it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    begun: bool = False

    async def write(self, part: bytes) -> None:
        self.begun = True
        self.writer.write(part)
        await self.writer.drain()

    async def say(self, status: int, more: bytes = b"", body: bytes = b"") -> None:
        """A whole answer of our own, unless another one has begun: that one is cut off."""
        if self.begun:
            return
        head = b"HTTP/1.1 %d Guanlan\r\n%sContent-Type: text/plain\r\n" % (status, more)
        with contextlib.suppress(OSError, RuntimeError):
            await self.write(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.close()


async def _until_one_ends(*ways: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _body(one: Pass, asked: _Request, reader: asyncio.StreamReader) -> bytes:
    """What a form sends, of a length said beforehand. Raises TooMuch, ValueError."""
    if asked.header(b"transfer-encoding"):
        raise ValueError("a body without a length")
    length = int(asked.header(b"content-length") or b"0")
    if length < 0:
        raise ValueError("a negative length")
    one.send(length)
    return await asyncio.wait_for(reader.readexactly(length), IDLE_SECONDS) if length else b""


def _read(head: bytes) -> _Request:
    """The head of a request. Raises ValueError."""
    first, *lines = head.split(b"\r\n")
    method, aim, version = first.decode("ascii").split(" ")
    if not version.startswith("HTTP/1.") or not method.isalpha():
        raise ValueError("not a request")
    pairs = [line.partition(b":") for line in lines if line]
    if any(not mark or name != name.strip() or b"\n" in value for name, mark, value in pairs):
        raise ValueError("not a header")
    return _Request(method, aim, tuple((name, value.strip()) for name, _, value in pairs))


def _head(answer: httpcore.Response) -> bytes:
    reason = answer.extensions.get("reason_phrase", b"")
    packed = any(name.lower() == b"transfer-encoding" for name, _ in answer.headers)
    left = (*HOP_BY_HOP, b"content-length") if packed else HOP_BY_HOP
    kept = [name + b": " + value for name, value in answer.headers if name.lower() not in left]
    line = b"HTTP/1.1 %d %s" % (answer.status, reason)
    return b"\r\n".join([line, *kept, b"Connection: close", b"", b""])
