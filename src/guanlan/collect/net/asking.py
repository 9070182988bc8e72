"""A question to one service and its answer, JSON both ways: guarded as everything else, no redirect followed.

Webhooks (:mod:`guanlan.collect.net.posting`) want no answer; here the answer is what is wanted, so its size
and the whole time until its last byte are bounded.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from guanlan.collect.errors import Blocked, FetchError, HttpFailed, TooMuch, Unreachable
from guanlan.collect.net.fetching import BLOCKS, BROKEN, detail_of, reason_of, retry_after
from guanlan.collect.net.guard import Guard
from guanlan.collect.net.transport import CONNECT_SECONDS, GuardedTransport, Resolve, resolve

#: Bytes of an answer; a chat completion of some words has less than two thousand.
MOST_BYTES = 64_000


class Asker:
    """Asks one address. ``headers`` may hold a key; they are in no message and no log of ours."""

    def __init__(
        self,
        url: str,
        guard: Guard,
        headers: Mapping[str, str] | None = None,
        *,
        resolve: Resolve = resolve,
    ) -> None:
        self._target = guard.target(url)
        self._headers = {
            "User-Agent": "Guanlan",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(guard, resolve), trust_env=False, follow_redirects=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self, payload: Mapping[str, Any], seconds: float) -> bytes:
        """The body of a 2xx answer, within ``seconds`` from the first byte sent to the last one read.

        Raises a FetchError and never anything else: Blocked, HttpFailed (with ``retry_after``), Unreachable,
        TooMuch, GuardRefused.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._asked(payload, seconds)
        except FetchError:
            raise
        except TimeoutError as error:
            raise Unreachable("timeout", f"{seconds:.0f} s") from error
        except BROKEN as error:
            raise Unreachable(reason_of(error), detail_of(error)) from error

    async def _asked(self, payload: Mapping[str, Any], seconds: float) -> bytes:
        content = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        async with self._client.stream(
            "POST", self._target.url, headers=self._headers, content=content, timeout=timeout
        ) as answer:
            _check(answer)
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise TooMuch("too_large", f"more than {MOST_BYTES} bytes")
            return bytes(body)


def _check(answer: httpx.Response) -> None:
    """Raise for every status but 2xx."""
    if 200 <= answer.status_code < 300:
        return
    wait = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
    if answer.status_code in BLOCKS:
        raise Blocked(f"http_{answer.status_code}", status=answer.status_code, retry_after=wait)
    raise HttpFailed(answer.status_code, wait)
