"""A hostile page in a real chromium reaches nothing inside, by whatever way it tries."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from guanlan.collect.browser import Rendered
from guanlan.collect.browser.proxy import Pass
from guanlan.collect.errors import FetchError, GuardRefused, RobotsRefused
from guanlan.collect.loopback import Asked, Loopback, Reply
from guanlan.collect.net import Answer, Guard
from guanlan.collect.net.guard import PORTS
from tests.collect.browser.conftest import HTML, SITE, Desk

pytestmark = pytest.mark.browser
SECRET = "内部机密四七一一"
PUBLIC = "93.184.216.34"


@pytest.fixture(scope="module")
def inside() -> Iterator[Loopback]:
    """A machine inside, at a port where public sites answer, so that the port alone saves nobody."""

    def tell(_asked: Asked) -> Reply:
        return Reply(SECRET.encode(), headers={**HTML, "Access-Control-Allow-Origin": "*"})

    with ExitStack() as stack:
        for port in (*sorted(PORTS - {80, 443}), 0):
            try:
                server = Loopback(tell, port)
                server.__enter__()
            except OSError:
                continue
            stack.callback(server.__exit__, None, None, None)
            break
        yield server


@pytest.fixture
def quiet(inside: Loopback) -> Iterator[Loopback]:
    """Whatever a test does, the machine inside is never asked for anything."""
    inside.asked.clear()
    yield inside
    assert [one.path for one in inside.asked] == []


def answer_at(url: str) -> Answer:
    return Answer(url, 200, (), b"", b"", (url,), datetime(2026, 3, 2, tzinfo=UTC), 0.0)


def hosts(port: int, own: int) -> list[str]:
    """Ways to write the machine inside, the control channel of a cloud, and the site's machine by its number."""
    return [
        f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", f"[::ffff:127.0.0.1]:{port}",
        f"2130706433:{port}", f"0x7f.1:{port}", f"0177.0.0.1:{port}", f"127.1:{port}", f"0:{port}",
        f"①②⑦.0.0.1:{port}", f"inside.example:{port}", f"127.0.0.1.:{port}", "169.254.169.254",
        "[fd00:ec2::254]", "100.100.100.200", "10.0.0.1", f"127.0.0.1:{own}",
    ]  # fmt: skip


LOADS = """
<body><script>
const add = (tag, set) => { const e = document.createElement(tag); set(e); document.body.append(e); };
const told = [];
const simple = u => [
  () => { new Image().src = u + '-img'; },
  () => add('iframe', e => e.src = u + '-iframe'),
  () => fetch(u + '-fetch').then(r => r.text()).then(t => document.body.append(t), () => {}),
];
const more = u => [
  () => add('script', e => e.src = u + '-script'),
  () => add('link', e => { e.rel = 'stylesheet'; e.href = u + '-css'; }),
  () => add('link', e => { e.rel = 'prefetch'; e.href = u + '-prefetch'; }),
  () => add('link', e => { e.rel = 'preconnect'; e.href = u; }),
  () => add('link', e => { e.rel = 'dns-prefetch'; e.href = u; }),
  () => add('object', e => e.data = u + '-object'),
  () => add('video', e => e.src = u + '-video'),
  () => fetch(u + '-blind', {mode: 'no-cors', method: 'POST', body: 'x'}).catch(() => {}),
  () => { const x = new XMLHttpRequest(); x.open('GET', u + '-xhr'); x.send(); },
  () => navigator.sendBeacon(u + '-beacon', 'x'),
  () => new EventSource(u + '-events'),
  () => new WebSocket(u.replace('http', 'ws') + '-socket'),
  () => window.open(u + '-window'),
  () => add('form', e => { e.action = u + '-form'; e.method = 'post'; e.target = 'frame';
                           document.body.append(e); e.submit(); }),
];
const all = (host, make) => ['http', 'https'].forEach(
  scheme => make(`${scheme}://${host}/${scheme}`).forEach(one => { try { one(); } catch (e) {} }));
HOSTS.forEach(host => all(host, simple));
all(HOSTS[0], more);
</script><iframe name=frame></iframe>"""


def found_at(rendered: Rendered) -> str:
    return rendered.html.decode()


def test_no_part_of_a_page_comes_from_inside(desk: Desk, quiet: Loopback) -> None:
    desk.names.known["inside.example"] = [["127.0.0.1"]]
    desk.names.known["localhost"] = [["127.0.0.1"]]
    desk.pages["/good.txt"] = Reply(
        "来自本站".encode(), headers={"Content-Type": "text/plain; charset=utf-8"}
    )
    own = """<p id=own></p><script>fetch('/good.txt').then(r => r.text()).then(t => own.textContent = t)
    </script>"""
    aims = hosts(quiet.port, desk.server.port)
    rendered = desk.render(own + LOADS.replace("HOSTS", str(aims)))
    assert SECRET not in found_at(rendered)
    assert "来自本站" in found_at(rendered)  # the way out works; it is the guard that stops the rest
    assert rendered.refused > 4 * len(aims)
    assert {one.path for one in desk.server.asked} <= {"/", "/good.txt"}


def test_a_redirect_of_a_part_is_judged_again(desk: Desk, quiet: Loopback) -> None:
    aims = [f"http://127.0.0.1:{quiet.port}/r", "http://169.254.169.254/r", "file:///etc/passwd"]
    for number, aim in enumerate(aims):
        desk.pages[f"/to{number}"] = Reply(status=302, headers={"Location": aim})
    tries = "".join(f"<img src=/to{n}><iframe src=/to{n}></iframe>" for n in range(len(aims)))
    rendered = desk.render(f"{tries}<script>fetch('/to0').catch(() => {{}})</script>")
    assert desk.server.times("/to0") >= 2
    assert rendered.refused >= 3
    assert "root:" not in found_at(rendered)


def test_a_name_that_answers_with_another_machine_the_second_time(desk: Desk, quiet: Loopback) -> None:
    desk.names.known["rebind.example"] = [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["127.0.0.1"]]
    asks = "".join(
        f"await fetch('http://rebind.example:{quiet.port}/{n}', {{mode: 'no-cors'}}).catch(() => 0);"
        for n in range(4)
    )
    rendered = desk.render(
        f"<p id=a></p><script>(async () => {{ {asks} a.textContent = '试完'; }})()</script>"
    )
    assert "试完" in found_at(rendered)
    assert desk.names.asked.count("rebind.example") >= 4  # never remembered between judging and calling
    assert rendered.refused >= 4


@pytest.mark.parametrize(
    "way",
    [
        "<meta http-equiv=refresh content='0;url={aim}'>",
        "<script>location.href = '{aim}'</script>",
        "<form id=f method=post action='{aim}'></form><script>f.submit()</script>",
        "<a id=a href='{aim}'>x</a><script>a.click()</script>",
        "<script>location.href = '/away'</script>",
    ],
)
def test_a_page_that_leads_inside_is_not_kept(desk: Desk, quiet: Loopback, way: str) -> None:
    aim = f"http://127.0.0.1:{quiet.port}/led"
    desk.pages["/away"] = Reply(status=302, headers={"Location": aim})
    with pytest.raises(FetchError) as failed:
        desk.render(way.replace("{aim}", aim))
    assert failed.value.reason in ("inside", "render")


def test_a_page_that_leads_where_robots_are_not_welcome_is_not_kept(desk: Desk) -> None:
    desk.page("<p>关门</p>", "/closed")
    desk.closed.add("/closed")
    with pytest.raises(RobotsRefused):
        desk.render("<script>location.href = '/closed'</script>")
    assert desk.server.times("/closed") == 0
    desk.pages["/door"] = Reply(status=302, headers={"Location": "/closed"})
    with pytest.raises(RobotsRefused):
        desk.render("<script>location.href = '/door'</script>")


def test_other_schemes_bring_nothing(desk: Desk, quiet: Loopback) -> None:
    inner = f"http://127.0.0.1:{quiet.port}"
    frame = f"<script>fetch('{inner}/f').catch(()=>0); new Image().src='{inner}/i'</script>"
    rendered = desk.render(
        f"""<p>留下</p><script>
    for (const u of ['file:///etc/passwd', 'view-source:http://127.0.0.1:{quiet.port}/', 'ftp://127.0.0.1:{quiet.port}/',
        'chrome://version', 'chrome-extension://a/', 'filesystem:http://127.0.0.1/', "javascript:fetch('{inner}/j')"]) {{
      try {{ const f = document.createElement('iframe'); f.src = u; document.body.append(f); }} catch (e) {{}}
      try {{ fetch(u).then(r => r.text()).then(t => document.body.append(t), () => 0); }} catch (e) {{}}
      try {{ window.open(u); }} catch (e) {{}}
    }}
    const page = {frame!r};
    for (const u of ['data:text/html,' + encodeURIComponent(page), URL.createObjectURL(new Blob([page], {{type: 'text/html'}}))]) {{
      const f = document.createElement('iframe'); f.src = u; document.body.append(f);
    }}
    const work = "fetch('{inner}/w').catch(()=>0); try {{ importScripts('{inner}/s') }} catch (e) {{}}";
    new Worker(URL.createObjectURL(new Blob([work])));
    navigator.serviceWorker && navigator.serviceWorker.register('/sw.js').catch(() => 0);
    </script>""".replace('</script>")', '<\\/script>")').replace(
            repr(frame), repr(frame).replace("</", "<\\/")
        )
    )
    assert "留下" in found_at(rendered)
    assert "root:" not in found_at(rendered)
    assert desk.server.times("/sw.js") == 0


@pytest.mark.parametrize("aim", ["file:///etc/passwd", "data:text/html,x", "view-source:about:blank"])
def test_the_page_itself_does_not_turn_into_something_else(desk: Desk, aim: str) -> None:
    rendered = desk.render(f"<p>留下</p><script>location.href = {aim!r}</script>")
    assert "留下" in found_at(rendered)
    assert rendered.url == f"{desk.url}/"


CALLS = """<p id=a></p><script>
const call = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:PORT'},
  {urls: 'turn:127.0.0.1:PORT?transport=tcp', username: 'a', credential: 'b'}]});
call.createDataChannel('x');
call.createOffer().then(o => call.setLocalDescription(o));
const keep = setInterval(() => fetch('/x'), 100);
setTimeout(() => clearInterval(keep), 1200);
try { new WebTransport('https://127.0.0.1:PORT/x'); a.textContent = '试过'; } catch (e) { a.textContent = e; }
</script>"""


def test_media_and_datagram_connections_do_not_pass_the_proxy_by(desk: Desk) -> None:
    """On a page that counts as secure, for only such a one may try all of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear, socket.socket() as door:
        ear.bind(("127.0.0.1", 0))
        door.bind(ear.getsockname())
        door.listen()
        for one in (ear, door):
            one.setblocking(False)
        page = CALLS.replace("PORT", str(ear.getsockname()[1])).encode()
        answer = replace(answer_at("https://outside.example/"), body=page, headers=tuple(HTML.items()))
        rendered = desk.run(desk.renderer.render(answer, desk.may, picture=False))
        assert "试过" in found_at(rendered)
        with pytest.raises(BlockingIOError):
            ear.recvfrom(10)
        with pytest.raises(BlockingIOError):
            door.accept()


def test_a_page_from_outside_does_not_reach_a_host_that_was_let_in(desk: Desk) -> None:
    """The setting lets a person read a site inside; it lets no other page look into that site."""
    mine = desk.renderer._pass(answer_at("https://outside.example/"))
    with pytest.raises(GuardRefused):
        mine.guard.judge(SITE, desk.server.port, ["127.0.0.1"])
    own = desk.renderer._pass(answer_at(f"{desk.url}/"))
    assert own.guard.judge(SITE, desk.server.port, ["127.0.0.1"]) == ["127.0.0.1"]


def test_without_the_guard_the_same_page_reaches_the_machine_inside(
    desk: Desk, inside: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the tests above can fail."""
    inside.asked.clear()
    desk.names.known["127.0.0.1"] = [["127.0.0.1"]]
    open_pass = Pass(Guard(anything_inside=True), 500, 10_000_000, 100_000)
    monkeypatch.setattr(desk.renderer, "_pass", lambda _answer: open_pass)
    rendered = desk.render(LOADS.replace("HOSTS", str([f"127.0.0.1:{inside.port}"])))
    assert SECRET in found_at(rendered), open_pass.refused
    assert {"/http-img", "/http-iframe", "/http-script", "/http-blind", "/http-xhr"} <= {
        one.path for one in inside.asked
    }


def test_a_site_that_asks_for_a_password_does_not_get_ours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An earlier Playwright answered any challenge with what it was given for the proxy."""
    monkeypatch.setattr(desk.renderer, "options", replace(desk.renderer.options, settle_seconds=4.0))
    ask = {"WWW-Authenticate": 'Basic realm="x"', **HTML}
    desk.pages |= {f"/locked{n}": Reply(b"x", status=401, headers=ask) for n in range(3)}
    rendered = desk.render(
        "<p>da</p><img src=/locked0><iframe src=/locked1></iframe><script>fetch('/locked2')</script>"
    )
    assert sum(desk.server.times(f"/locked{n}") for n in range(3)) >= 1
    assert not [one.path for one in desk.server.asked if "authorization" in one.headers]
    assert "<p>da</p>" in found_at(rendered)
