"""What a page may take of us, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from guanlan.collect.net import Answer

#: A page in UTF-8 says so in its first bytes, which win over whatever its markup still declares
#: (WHATWG HTML, 13.2.3.1).
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Bounds of one page and of one browser. ``chromium`` is a path; ``sandbox`` as chromium.py decides."""

    chromium: str
    sandbox: bool = True
    agent: str = ""
    inner_hosts: tuple[str, ...] = ()
    at_once: int = 2  # pages side by side in one browser
    seconds: float = 25.0  # of one page with its picture
    settle_seconds: float = 8.0  # wait for a page to stop asking for more
    requests: int = 200
    navigations: int = 3  # further pages that a script may lead to
    wire_bytes: int = 20_000_000  # everything that comes in for one page
    sent_bytes: int = 1_000_000
    html_bytes: int = 10_000_000
    picture_bytes: int = 8_000_000
    width: int = 1280
    height: int = 960
    most_height: int = 10_000  # pixels of a picture; the rest of the page is left out and said to be
    browser_pages: int = 100  # then a fresh browser: it grows with every page
    browser_seconds: float = 1800.0
    idle_seconds: float = 120.0  # without a page; then it ends, until one comes
    browser_bytes: int = 1_500_000_000


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page after its scripts ran. ``received`` is the answer that it was rendered from; ``html`` is UTF-8
    with its mark; ``picture`` a PNG, empty when none could be taken; ``cut`` whether the page was longer.
    ``refused`` counts what the guard and the bounds kept the page from.
    """

    received: Answer
    url: str
    html: bytes
    picture: bytes
    at: datetime
    seconds: float
    requests: int
    refused: int
    wire_bytes: int
    browser: str
    cut: bool = False

    @property
    def answer(self) -> Answer:
        """The page as a reader of answers wants it: the rendered text in the place of the received one."""
        left = ("content-type", "content-encoding", "content-length", "transfer-encoding")
        kept = tuple(pair for pair in self.received.headers if pair[0].lower() not in left)
        headers = (*kept, ("content-type", "text/html; charset=utf-8"))
        return replace(self.received, url=self.url, body=self.html, packed=self.html, headers=headers)
