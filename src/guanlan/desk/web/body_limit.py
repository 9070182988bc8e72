"""How much anybody may send to a page without a person: more is refused before it is written to disk.

Django takes in a whole request before it asks what it is for; so the bound stands in front of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from guanlan.desk.disclosure.photos import MOST_PHOTO_BYTES, MOST_PHOTOS

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

MEGABYTE = 1024 * 1024
#: First part of a path → bytes of a request. Photos, and room for the text around them.
LIMITS = {
    "/report/": MOST_PHOTOS * MOST_PHOTO_BYTES + 2 * MEGABYTE,
    "/sign-in/": MEGABYTE,
    "/language/": MEGABYTE,
}


class BodyLimit:
    """Answers 413 to a request that says or turns out to be longer than its path allows."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = next(
            (most for start, most in LIMITS.items() if str(scope.get("path", "")).startswith(start)), 0
        )
        if scope["type"] != "http" or not limit:
            await self.app(scope, receive, send)
            return
        if _announced(scope) > limit:
            await _too_large(send)
            return
        await self.app(scope, _counted(receive, send, limit), send)


def _announced(scope: Scope) -> int:
    value = dict(scope.get("headers", ())).get(b"content-length", b"0")
    return int(value) if value.isdigit() and len(value) < 19 else 0


def _counted(receive: Receive, send: Send, limit: int) -> Receive:
    """``receive`` that ends the request when it grows over ``limit``: chunked bodies announce nothing."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken <= limit:
            return message
        await _too_large(send)
        return {"type": "http.disconnect"}

    return take


async def _too_large(send: Send) -> None:
    text = "太大了，没有收下。 · Too large; nothing was taken.".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
