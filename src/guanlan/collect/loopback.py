"""A small HTTP server on this machine's own loopback address, for the demo and the tests: never for the public.

It answers what a function says, byte for byte, and can misbehave in every way a site does. It runs in a
thread of its own and remembers who asked for what.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

#: Longest head of a request that is read, bytes.
LONGEST_HEAD = 32_768
#: Longest body of a request that is read, bytes.
LONGEST_BODY = 65_536
#: Requests that are remembered; the oldest half goes when there are more.
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. Names of ``headers`` are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes over the wire. ``length`` lies about the body when it is given."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


#: Writes the whole answer itself, head and all.
Raw = Callable[[asyncio.StreamWriter], Awaitable[None]]
Handler = Callable[[Asked], Reply | Raw]


class Loopback:
    """``with Loopback(handler) as server: server.url`` is ``http://127.0.0.1:PORT``.

    ``addresses`` are the loopback addresses it answers on, one port for all; ``delay`` is the seconds
    before each answer.
    """

    def __init__(
        self,
        handler: Handler,
        port: int = 0,
        *,
        addresses: Sequence[str] = ("127.0.0.1",),
        delay: float = 0.0,
    ) -> None:
        self._handler = handler
        self._addresses = tuple(addresses)
        self._delay = delay
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="loopback")
        self._servers: list[asyncio.Server] = []
        self.port = port
        self.asked: list[Asked] = []

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``, as the guard must be told."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        starting.result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one.path == path for one in self.asked)

    def _remember(self, asked: Asked) -> None:
        self.asked.append(asked)
        if len(self.asked) > REMEMBERED:
            del self.asked[: REMEMBERED // 2]

    async def _start(self) -> None:
        for address in self._addresses:
            server = await asyncio.start_server(
                self._serve, address, self.port, limit=LONGEST_HEAD, backlog=1000
            )
            self._servers.append(server)
            self.port = server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            asked = _asked(head.decode("latin-1"))
            if length := min(int(asked.headers.get("content-length", 0)), LONGEST_BODY):
                asked = replace(asked, body=await reader.readexactly(length))
            self._remember(asked)
            await asyncio.sleep(self._delay)
            reply = self._handler(asked)
            if isinstance(reply, Reply):
                writer.write(wire(reply))
                await writer.drain()
            else:
                await reply(writer)
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


def _asked(head: str) -> Asked:
    first, *lines = head.split("\r\n")
    method, target, _version = first.split(" ", 2)
    parts = urlsplit(target)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Asked(method, unquote(parts.path), query, headers)


def wire(reply: Reply) -> bytes:
    """The bytes of an answer, head and body."""
    length = len(reply.body) if reply.length is None else reply.length
    headers = {"Content-Length": str(length), "Connection": "close", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Strange"
