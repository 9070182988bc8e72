"""What readers of visited pages give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guanlan.collect.errors import CollectError

#: More than this from one visit is not news but an archive; the rest waits for the next visit.
MOST_FOUND = 500


class NotReadable(CollectError):
    """The page is not what its source says it is. ``reason`` is a stable code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a page names. ``url`` is absolute, empty when there is none; ``body`` is what the page
    itself already says of it."""

    url: str
    title: str = ""
    published_at: datetime | None = None
    body: str = ""
    author: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """All of them in the order of the page; ``following`` is the address of the next page; ``how`` says by
    what they were found."""

    found: tuple[Found, ...]
    title: str = ""
    following: str = ""
    how: str = ""
