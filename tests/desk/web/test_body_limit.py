"""The bound in front of Django: what a request without a person may bring."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from guanlan.desk.web import body_limit
from guanlan.desk.web.body_limit import BodyLimit


async def reads_all(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """What Django does: takes everything in, then answers; a visitor who went away gets nothing."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def status(path: str, bodies: list[bytes], length: bytes | None = None) -> list[int]:
    """Every status that goes out for a request with these parts."""
    waiting = [
        {"type": "http.request", "body": body, "more_body": number < len(bodies)}
        for number, body in enumerate(bodies, 1)
    ]
    out: list[int] = []

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            out.append(message["status"])

    headers = [(b"content-length", length)] if length is not None else []
    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(BodyLimit(reads_all)(scope, receive, send))
    return out


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "LIMITS", {"/report/": 100})


@pytest.mark.parametrize(
    ("path", "bodies", "length", "expected"),
    [
        ("/report/a/", [b"x" * 100], b"100", 200),
        ("/report/a/", [b"x" * 101], b"101", 413),
        ("/report/a/", [b"x" * 60, b"x" * 60], None, 413),  # chunked: it says no length
        ("/report/a/", [b"x" * 60, b"x" * 60], b"10", 413),  # it lies
        ("/report/a/", [b""], b"-5", 200),
        ("/report/a/", [b""], b"9" * 30, 200),  # no number of ours; the parts are counted all the same
        ("/import/", [b"x" * 1000], b"1000", 200),  # behind sign-in, with bounds of its own
    ],
)
def test_a_request_is_answered_once(
    path: str, bodies: list[bytes], length: bytes | None, expected: int
) -> None:
    assert status(path, bodies, length) == [expected]


def test_what_is_no_request_passes() -> None:
    seen = []

    async def inner(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(BodyLimit(inner)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]
