"""A page as its reader sees it, within bounds; a browser that wears out, hangs or dies is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guanlan.collect.browser import Renderer, RenderOptions
from guanlan.collect.browser.chromium import ARGUMENTS
from guanlan.collect.browser.model import BOM
from guanlan.collect.browser.process import Browser
from guanlan.collect.browser.proxy import Proxy
from guanlan.collect.errors import HttpFailed, NoBrowser, TooMuch, Unreachable
from guanlan.collect.loopback import Reply
from tests.collect.browser.conftest import AGENT, Desk

pytestmark = pytest.mark.browser
WRITTEN = "<p id=a></p><script>fetch('/data').then(r => r.text()).then(t => a.textContent = t)</script>"
PNG = b"\x89PNG\r\n\x1a\n"


def width_height(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch, **bounds: Any) -> None:
    monkeypatch.setattr(desk.renderer, "options", replace(desk.renderer.options, **bounds))


def test_what_a_script_wrote_is_read_and_photographed(desk: Desk) -> None:
    desk.pages["/data"] = Reply("城东停水".encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
    rendered = desk.render(f"<meta charset=gb2312>{WRITTEN}<div style='height:3000px'>", picture=True)
    assert rendered.html.startswith(BOM)
    assert '<p id="a">城东停水</p>' in rendered.html.decode()
    assert WRITTEN.encode() in rendered.received.body
    answer = rendered.answer
    assert (answer.body, answer.charset, answer.status) == (rendered.html, "utf-8", 200)
    assert rendered.picture.startswith(PNG)
    assert width_height(rendered.picture)[0] == 1280
    assert width_height(rendered.picture)[1] >= 3000
    assert not rendered.cut
    assert rendered.browser.startswith("Chromium")
    assert [one.path for one in desk.server.asked] == ["/", "/data"]  # the page itself is asked for once
    assert {one.headers["user-agent"] for one in desk.server.asked} == {AGENT}
    assert "proxy-authorization" not in desk.server.asked[1].headers
    assert desk.hops == [f"{desk.url}/"]


def test_a_page_that_is_longer_than_a_picture_is_cut_and_said_to_be(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(desk, monkeypatch, most_height=1500)
    rendered = desk.render("<div style='height:99999px'>长</div>", picture=True)
    assert rendered.cut
    assert width_height(rendered.picture)[1] == 1500


def test_a_script_may_lead_on_to_another_page_of_the_site(desk: Desk) -> None:
    desk.page("<p>到了</p>", "/next")
    rendered = desk.render("<script>location.replace('/next')</script>")
    assert rendered.url == f"{desk.url}/next"
    assert "到了" in rendered.html.decode()
    assert desk.hops == [f"{desk.url}/", f"{desk.url}/next", f"{desk.url}/next"]
    with pytest.raises(HttpFailed) as gone:
        desk.render("<script>location.replace('/gone')</script>")
    assert gone.value.status == 404


def test_a_page_that_leads_on_for_ever_is_ended(desk: Desk) -> None:
    with pytest.raises(TooMuch):
        desk.render("<script>location.replace('/?' + Math.random())</script>")


def test_requests_and_bytes_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(desk, monkeypatch, requests=10, wire_bytes=100_000)
    rendered = desk.render("<script>for (let n = 0; n < 40; n++) new Image().src = '/i' + n</script>")
    assert len(desk.server.asked) <= 11
    assert rendered.refused >= 30
    desk.pages["/big"] = Reply(b"x" * 400_000, headers={"Content-Type": "text/plain"})
    rendered = desk.render(
        "<p id=a></p><script>fetch('/big').then(r => r.text())"
        ".then(t => a.textContent = t.length, () => a.textContent = '断了')</script>"
    )
    assert "断了" in rendered.html.decode()
    assert rendered.wire_bytes < 250_000
    bounded(desk, monkeypatch, html_bytes=5_000)
    with pytest.raises(TooMuch):
        desk.render("<p>x</p><script>document.body.append('长'.repeat(9000))</script>")


def test_dialogs_downloads_and_windows_hold_nothing_up(desk: Desk) -> None:
    desk.pages["/file"] = Reply(b"MZ", headers={"Content-Disposition": "attachment; filename=a.exe"})
    rendered = desk.render("""<p id=a></p><a id=d href=/file download>x</a><script>
    alert(1); confirm(2); prompt(3); onbeforeunload = () => 'no'; d.click(); window.open('/file');
    navigator.geolocation && navigator.geolocation.getCurrentPosition(() => a.textContent = '有', () => 0);
    a.textContent = '过了';</script>""")
    assert "过了" in rendered.html.decode()


def test_a_page_that_hangs_is_given_up_in_time_and_the_next_one_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(desk, monkeypatch, seconds=2.5)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        desk.render("<script>for (;;) {}</script>")
    assert time.monotonic() - started < 40
    bounded(desk, monkeypatch, seconds=90.0)
    assert "好" in desk.render("<p>好</p>").html.decode()


def test_a_browser_that_dies_is_replaced(desk: Desk) -> None:
    desk.render("<p>一</p>")
    browser = desk.renderer._browser
    assert browser is not None
    for pid in _chromiums(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while browser.alive and time.monotonic() < deadline:
        desk.run(asyncio.sleep(0.05))
    assert "二" in desk.render("<p>二</p>").html.decode()
    assert desk.renderer._browser is not browser


def test_a_worn_browser_is_replaced_when_its_pages_are_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.render("<p>一</p>")
    browser = desk.renderer._browser
    assert browser is not None
    assert browser._heavy is False
    monkeypatch.setattr(browser, "_options", replace(browser._options, browser_bytes=1))
    desk.render("<p>二</p>")
    assert browser.worn
    desk.render("<p>三</p>")
    assert desk.renderer._browser is not browser
    assert not browser.alive
    fresh = desk.renderer._browser
    assert fresh is not None
    monkeypatch.setattr(fresh, "_pages", 100)
    assert fresh.worn
    monkeypatch.setattr(fresh, "_pages", 0)
    monkeypatch.setattr(fresh, "_born", time.monotonic() - 10_000)
    assert fresh.worn


def test_a_browser_whose_media_connections_pass_the_proxy_by_is_not_used(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a release would that knows neither name of the switch."""
    loose = tuple(one for one in ARGUMENTS if "webrtc" not in one)
    monkeypatch.setattr("guanlan.collect.browser.process.ARGUMENTS", loose)

    async def go() -> None:
        async with Renderer(desk.renderer.options) as renderer:
            await renderer.wake()

    with pytest.raises(NoBrowser, match="media connections"):
        desk.run(go())


def test_a_browser_that_nobody_needs_ends_and_starts_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(desk, monkeypatch, idle_seconds=0.2)
    desk.render("<p>一</p>")
    deadline = time.monotonic() + 10
    while desk.renderer._browser is not None and time.monotonic() < deadline:
        desk.run(asyncio.sleep(0.1))
    assert desk.renderer._browser is None
    bounded(desk, monkeypatch, idle_seconds=60.0)
    assert "二" in desk.render("<p>二</p>").html.decode()


def test_without_a_browser_there_is_one_clear_reason(desk: Desk, tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)

    async def go() -> None:
        async with Renderer(RenderOptions(str(broken))) as renderer:
            await renderer.render(_answer(), desk.may)

    with pytest.raises(NoBrowser) as failed:
        desk.run(go())
    assert (failed.value.reason, failed.value.permanent) == ("no_browser", False)
    assert failed.value.detail


def test_a_browser_that_goes_past_the_proxy_is_not_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a policy of the machine would have it: the word of another proxy is not ours."""

    async def go() -> Browser:
        mine, other = Proxy(), Proxy()
        await mine.start()
        await other.start()
        monkeypatch.setattr(Proxy, "port", property(lambda _self: other._server.sockets[0].getsockname()[1]))
        try:
            return await Browser.start(desk.renderer.options, mine)
        finally:
            await mine.aclose()
            await other.aclose()

    with pytest.raises(NoBrowser):
        desk.run(go())


def _answer() -> Any:
    from tests.collect.browser.test_attacks import answer_at

    return answer_at("https://outside.example/")


def _chromiums(pid: int) -> list[int]:
    """Browser processes below ``pid`` (the topmost of each tree is enough)."""
    below: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        name, _, rest = text.partition("(")[2].rpartition(")")
        names[int(stat.parent.name)] = name
        below.setdefault(int(rest.split()[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        for child in below.get(waiting.pop(), []):
            if "chrom" in names[child]:
                found.append(child)
            else:
                waiting.append(child)
    return found
