"""Fifty sources die in many ways, fifty are slow and well: every dead one is told, no well one is blamed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from guanlan.collect.errors import Unreachable
from guanlan.collect.loopback import Asked, Loopback, Raw, Reply
from guanlan.collect.net import Fetcher
from guanlan.desk.alerts.models import Alert, AlertKind
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline.auditor import call_silent_sources
from guanlan.desk.pipeline.collecting import collector, network
from guanlan.desk.sources.health import Health
from guanlan.desk.sources.models import FetchRun, RunState, Source
from guanlan.desk.sources.selectors import health_of
from tests.desk.conftest import NOW
from tests.site.pages import FAULTS, article, list_page

pytestmark = pytest.mark.django_db

SEED = 20261123
INTERVAL = timedelta(minutes=30)
DEAD = WELL = 50
#: Ways to die: paths of the site that fail, and three that never reach it.
WAYS = (
    "/404", "/403", "/410", "/401", "/500", "/503", "/429", "/loop", "/nowhere", "/inside", "/gzip-bomb",
    "/huge", "/endless", "/slow", "/silent", "/head-only", "/short", "/nonsense", "/bad-gzip", "/empty",
    "/layout-gone", "dns", "tls", "refused",
)  # fmt: skip

HOSTS = [f"{word}-{n}.example" for word, count in (("dead", DEAD), ("well", WELL)) for n in range(count)]
HOSTS.append("dns.example")
#: Longest wait for an answer here; the well ones take a twentieth of it.
SECONDS = 3.0


def answer(asked: Asked) -> Reply | Raw:
    if asked.path in FAULTS:
        return FAULTS[asked.path][0](asked)
    if asked.path == "/empty":
        return Reply(b"", headers={"Content-Type": "text/html"})
    if asked.path == "/layout-gone":
        return Reply("<html><body><div id=app></div>正在加载</body></html>".encode())
    if asked.path.startswith("/well"):
        return partial(late, list_page(asked))
    return article(1, asked) if asked.path.startswith("/news") else Reply(status=404)


async def late(reply: Reply, writer: asyncio.StreamWriter) -> None:
    """Slow, and whole in the end."""
    from guanlan.collect.loopback import wire

    await asyncio.sleep(0.15)
    writer.write(wire(reply))
    await writer.drain()


async def names(host: str, port: int) -> list[str]:
    """Names of a county that is not in any directory."""
    if host.startswith("dns"):
        raise Unreachable("dns", host)
    return ["127.0.0.1"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Loopback]:
    monkeypatch.setattr(network, "Fetcher", partial(Fetcher, resolve=names))
    with Loopback(answer) as running:
        settings.COLLECT_INNER_HOSTS = [f"{host}:{running.port}" for host in HOSTS] + ["127.0.0.1:1"]
        usual = collector.options()
        monkeypatch.setattr(collector, "options", lambda: replace(usual, seconds=SECONDS))
        yield running


def address(server: Loopback, code: str, way: str) -> str:
    """Every source is a site of its own, as outside."""
    elsewhere = {
        "dns": f"http://dns.example:{server.port}/list",
        "tls": f"https://{code}.example:{server.port}/list",
        "refused": "http://127.0.0.1:1/list",
    }
    return elsewhere.get(way, f"http://{code}.example:{server.port}{way}")


def add(body: Unit, code: str, url: str) -> Source:
    return Source.objects.create(
        code=code, name=code, kind="news", unit=body, url=url, method="list", options={"follow": False},
        interval_minutes=INTERVAL // timedelta(minutes=1), created_at=NOW - timedelta(days=3),
        last_success_at=NOW, next_action_at=NOW + timedelta(minutes=random.Random(code).randrange(1, 30)),
    )  # fmt: skip


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def live(clock: Clock, until: datetime) -> None:
    """Collect what falls due and look round, every five minutes of the county's time."""
    while clock.at < until:
        clock.at += timedelta(minutes=5)
        collector.collect_once(None, clock=clock)
        call_silent_sources(clock.at)


@pytest.mark.slow
def test_all_dead_sources_are_told_within_two_intervals_and_no_well_one(body: Unit, server: Loopback) -> None:
    draw = random.Random(SEED)
    chosen = [*WAYS, *draw.choices(WAYS, k=DEAD - len(WAYS))]
    ways = {f"dead-{n}": way for n, way in enumerate(chosen)}
    for code, way in ways.items():
        add(body, code, address(server, code, way))
    for n in range(WELL):
        add(body, f"well-{n}", address(server, f"well-{n}", f"/well/{n}"))
    clock = Clock(NOW)
    live(clock, NOW + 2 * INTERVAL + timedelta(minutes=5))
    words = {source.code: health_of(source, clock.at) for source in Source.objects.all()}
    silent = {Health.FAILING, Health.LATE}
    assert [f"{code} {ways[code]}" for code in ways if words[code] not in silent] == []
    assert [
        code for code, word in words.items() if code.startswith("well") and word is not Health.ON_TIME
    ] == []
    told = Alert.objects.filter(kind=AlertKind.SOURCE)
    assert sorted(told.values_list("title", flat=True)) == sorted(ways)
    assert all(alert.cause["reason"] for alert in told if words[alert.title] is Health.FAILING)
    assert not FetchRun.objects.filter(source__code__startswith="well", state=RunState.FAILED).exists()
    call_silent_sources(clock.at)
    assert told.count() == DEAD, "one silence is called once"


def test_a_dead_source_that_answers_again_is_on_time_again(body: Unit, server: Loopback) -> None:
    source = add(body, "dead", address(server, "dead-0", "/500"))
    clock = Clock(NOW)
    live(clock, NOW + 2 * INTERVAL + timedelta(minutes=5))
    Source.objects.filter(pk=source.pk).update(
        url=address(server, "well-1", "/well/1"), next_action_at=clock.at
    )
    live(clock, clock.at + timedelta(minutes=5))
    source.refresh_from_db()
    assert (health_of(source, clock.at), source.failures) == (Health.ON_TIME, 0)
