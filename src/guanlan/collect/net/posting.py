"""One message to a webhook, through the same guard as everything that is fetched; no redirect is followed."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpcore

from guanlan.collect.errors import GuardRefused, HttpFailed, Unreachable
from guanlan.collect.net.guard import Guard
from guanlan.collect.net.transport import ssl_context

#: Longest wait for a connection and for an answer, seconds; an address cannot ask for more.
CONNECT_SECONDS = 4.0
READ_SECONDS = 6.0

Resolve = Callable[[str, int], list[str]]


def resolve_now(host: str, port: int) -> list[str]:
    """Every address of a host. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("dns", str(error)[:200]) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post_json(
    url: str,
    payload: Mapping[str, Any],
    guard: Guard,
    *,
    login: tuple[str, str] | None = None,
    resolve: Resolve = resolve_now,
) -> None:
    """POST ``payload`` as JSON; any 2xx is success. Raises GuardRefused, Unreachable, HttpFailed."""
    target = guard.target(url)
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "User-Agent": "Guanlan",
        "Host": target.site,
    }
    if login is not None:
        headers["Authorization"] = f"Basic {b64encode(':'.join(login).encode()).decode()}"
    timeouts = {
        "connect": CONNECT_SECONDS,
        "read": READ_SECONDS,
        "write": READ_SECONDS,
        "pool": CONNECT_SECONDS,
    }
    backend = _GuardedBackend(guard, resolve)
    with httpcore.ConnectionPool(ssl_context=ssl_context(), network_backend=backend) as pool:
        try:
            answer = pool.request(
                "POST",
                target.url,
                headers=headers,
                content=json.dumps(payload, ensure_ascii=False).encode(),
                extensions={"timeout": timeouts},
            )
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise Unreachable("connect", f"{type(error).__name__}: {error}"[:200]) from error
    if not 200 <= answer.status < 300:
        raise HttpFailed(answer.status)


class _GuardedBackend(httpcore.NetworkBackend):
    """As in :mod:`guanlan.collect.net.transport`: resolved once, judged, then called by that number."""

    def __init__(self, guard: Guard, resolve: Resolve) -> None:
        self._guard = guard
        self._resolve = resolve
        self._wire = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        name = host.strip("[]")
        address = self._guard.judge(name, port, self._resolve(name, port))[0]
        return self._wire.connect_tcp(address, port, timeout=timeout, local_address=local_address)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise GuardRefused("scheme", "unix")
