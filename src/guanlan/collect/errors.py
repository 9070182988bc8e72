"""What can go wrong while collecting.

CollectError
├── FileRefusedError           the rest of an input cannot be read (permanent): ``reason`` says why
├── StampRefused               a time stamp that proves nothing: ``reason`` says why
└── FetchError                 a page could not be had: ``reason``, ``permanent``, ``retry_after``
    ├── GuardRefused           it may not be called (permanent)
    ├── RobotsRefused          its robots.txt asks us not to (permanent)
    ├── Unreachable            no connection, or it broke off (transient)
    ├── NoBrowser              it needs a browser and there is none here (transient, not the page's fault)
    ├── Blocked                401, 403, 407, 429, 451: it does not want us now; nothing is retried at once
    ├── HttpFailed             another status than 2xx and 304 (4xx permanent, 5xx transient)
    └── TooMuch                larger, longer or deeper than we read (permanent)

The readers of ``guanlan.collect.files`` raise nothing to their callers: a FileRefusedError becomes a
counted BadRow at the door.
"""

from __future__ import annotations


class CollectError(Exception):
    """Base of everything raised on purpose by ``guanlan.collect``."""


class FileRefusedError(CollectError):
    """The rest of an input cannot be read. ``reason`` is a stable code, ``detail`` is for logs."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class StampRefused(CollectError):
    """An answer that is no time stamp of what was asked for. ``reason`` is a stable code: ``unreadable``, a
    status of RFC 3161 (``rejection`` …), ``imprint nonce policy signature expired purpose untrusted certificate
    time``, or ``roots`` where our own file of trusted certificates cannot be read.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class FetchError(CollectError):
    """A page could not be had. ``reason`` is a stable code, ``detail`` is for logs; ``retry_after`` are the
    seconds that the site asked for; ``status`` is that of the answer, 0 when there was none.
    """

    permanent = False

    def __init__(
        self, reason: str, detail: str = "", *, status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after = retry_after


class GuardRefused(FetchError):
    """The address may not be called."""

    permanent = True


class RobotsRefused(FetchError):
    """robots.txt asks us not to fetch it."""

    permanent = True


class Unreachable(FetchError):
    """No connection, no answer in time, or it broke off."""


class NoBrowser(FetchError):
    """The page is to be rendered, and no browser can be had on this machine. Nothing is wrong with the page."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("no_browser", detail)


class Blocked(FetchError):
    """The site refuses us. We stop and say so; we do not try another way in (L-8)."""


class HttpFailed(FetchError):
    """A status that is neither success nor "not changed"."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"http_{status}", status=status, retry_after=retry_after)
        self.permanent = 400 <= status < 500 and status not in (408, 425)


class TooMuch(FetchError):
    """Larger, longer or deeper than we read."""

    permanent = True
