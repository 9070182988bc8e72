"""A person at the browser: what is done on every page, and what a page may never do."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from tests.e2e.running import ACCOUNT, PASSWORD, PATIENCE

#: Milliseconds for one thing on a page; the default of 5 s is short on a machine that runs other tests too.
WAIT = PATIENCE * 1000 / 2
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=WAIT)


class Visit:
    """Browser contexts of one desk; everything a page or the console complains about is kept."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self.complaints: list[str] = []

    def enter(self, **options: Any) -> Page:
        """A page in a new context: nobody is signed in."""
        given: dict[str, Any] = {"viewport": DESKTOP, "locale": "zh-CN", **options}
        context = self._browser.new_context(base_url=self._address, **given)
        context.set_default_timeout(WAIT)
        self._listen(context)
        return context.new_page()

    def leave(self) -> None:
        """Close every context."""
        for context in self._browser.contexts:
            context.close()

    def _listen(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))
        context.on("requestfailed", self._on_failed)
        context.on("response", self._on_response)

    def _on_console(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            where = said.page.url if said.page else ""
            self.complaints.append(f"console {said.type} on {where}: {said.text}")

    def _on_failed(self, request: Request) -> None:
        # Left before it came: a download, or a part of a page one has moved on from.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"failed {request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.goto("/sign-in/")
    page.fill("input[name=username]", ACCOUNT)
    page.fill("input[name=password]", password)
    page.click("form:has(input[name=password]) button.btn-primary")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def choose_password(page: Page) -> None:
    """The page that holds everybody with a one-time password."""
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=again]", PASSWORD)
    page.click("form:has(input[name=again]) button.btn-primary")
    page.wait_for_url(lambda url: "/password/" not in url)


def upload(page: Page, name: str, content: bytes) -> str:
    """Choose a file, look at its first rows, import it; returns the address of the run."""
    page.goto("/import/")
    kind = "application/octet-stream"
    page.set_input_files("input[name=file]", {"name": name, "mimeType": kind, "buffer": content})
    page.click("form:has(input[name=file]) button.btn-primary")
    page.wait_for_url("**/import/*/")
    expect(page.locator("table.rows tbody tr").first).to_be_visible()
    page.click("form.sheet .acts button.btn-primary")
    page.wait_for_url("**/runs/*/")
    return urlsplit(page.url).path


def finished_counts(page: Page, run: str) -> dict[str, int]:
    """Wait on the run's page until it is over; the figures it shows, by name of the outcome."""
    expect(page.locator("#progress:not([hx-get])")).to_be_visible()
    page.goto(run)
    return shown_counts(page)


def shown_counts(page: Page) -> dict[str, int]:
    names = ("fetched", "stored", "duplicate", "off_topic", "rejected", "quarantined", "pending")
    figures = page.locator("#progress .figure b").all_inner_texts()
    return {name: int(figure.replace(",", "")) for name, figure in zip(names, figures, strict=False)}


def add_up(counts: dict[str, int]) -> bool:
    """fetched = stored + duplicate + off topic + rejected + set aside (+ waiting)."""
    return counts["fetched"] == sum(counts.values()) - counts["fetched"]


def links_of(page: Page) -> dict[str, str]:
    """Addresses on this desk that the page links to, one for each shape: numbers count as the same."""
    # A link inside a drawing has an object for its address.
    absolute = "links => links.map(link => new URL(link.getAttribute('href'), document.baseURI).href)"
    found = page.locator('a[href^="/"], a[href^="?"]').evaluate_all(absolute)
    return {re.sub(r"\d+", "0", address): address for address in found}


def number_in(text: str) -> int:
    """The first number of a text; 0 where there is none."""
    digits = "".join(sign if sign.isdigit() else " " for sign in text.replace(",", "")).split()
    return int(digits[0]) if digits else 0


def unseen(page: Page) -> int:
    """How many texts nobody has judged, as the left bar says after looking again."""
    page.reload()
    count = page.locator('nav.side a[href="/documents/"] .count')
    return number_in(count.inner_text()) if count.count() else 0
