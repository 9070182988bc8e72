"""kill -9 of collector and worker at seeded moments: fetched = the sum of outcomes, nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from guanlan.collect.loopback import Asked, Loopback, Reply
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation import services as organisation
from guanlan.desk.pipeline import runs
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import Address, AddressState, FetchRun, RunState, Source
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting import killed_collect
from tests.site.pages import page

SEED = 20261123
LISTS = 6
#: Longest life of a killed process, seconds.
LONGEST_LIFE = 0.25
pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the killed processes write a SQLite file of their own"
)


def county(articles: int) -> Loopback:
    """Lists ``/list/N`` with so many articles each; two neighbours name half of theirs in common."""

    def answer(asked: Asked) -> Reply:
        kind, _, number = asked.path.strip("/").partition("/")
        if kind == "list":
            first = int(number) * articles // 2 + 1
            rows = "".join(
                f'<li><a href="/news/{n + 1000}.html">云川县第{n}号停水通知请居民提前储水</a></li>'
                for n in range(first, first + articles)
            )
            return Reply(f"<html><body><ul class=news>{rows}</ul></body></html>".encode())
        if kind == "news":
            n = int(number.removesuffix(".html")) - 1000
            body = f"第{n}号：因管网检修，编号丙{n * 7919}的片区停水，请居民提前储水，送水车停在第{n}号路口。"
            return Reply(page(f"第{n}号停水通知", body).encode(), headers={"Content-Type": "text/html"})
        return Reply(status=404)

    return Loopback(answer, delay=0.005)


@pytest.fixture
def folder(file_desk: Path, settings: object) -> Iterator[Path]:
    settings.CAPTURE_ROOT = file_desk.parent / "captures"  # type: ignore[attr-defined]
    yield file_desk.parent


def add_lists(server: Loopback) -> None:
    unit = organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    for n in range(LISTS):
        Source.objects.create(
            code=f"list-{n}", name=f"list-{n}", kind="news", unit=unit, url=f"{server.url}/list/{n}",
            method="list", interval_minutes=60, created_at=NOW, next_action_at=NOW,
        )  # fmt: skip


def start(what: str, folder: Path, server: Loopback) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "GUANLAN_DATA": str(folder),
        "GUANLAN_COLLECT_INNER_HOSTS": server.host,
        "GUANLAN_LOG_LEVEL": "CRITICAL",
    }
    return subprocess.Popen(
        [sys.executable, killed_collect.__file__, what], env=environment, stdout=subprocess.PIPE, text=True
    )


def wait_until_ready(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.stdout.close()


def live_and_die(kills: int, folder: Path, server: Loopback) -> None:
    """Both are killed, ``kills`` times each, one after the other; then both come to their end."""
    draw = random.Random(SEED)
    for _ in range(kills):
        running = [start("collect", folder, server), start("work", folder, server)]
        wait_until_ready(*running)
        time.sleep(draw.uniform(0.0, LONGEST_LIFE))
        for process in draw.sample(running, 2):
            process.send_signal(signal.SIGKILL)
            process.wait()
            time.sleep(draw.uniform(0.0, 0.05))
    waiting = Address.objects.filter(state="").count() + Intake.objects.filter(outcome="").count()
    assert waiting or not Source.objects.exclude(last_success_at=None).exists(), (
        "all was done before the last kill"
    )
    for what in ("collect", "work"):
        last = start(what, folder, server)
        wait_until_ready(last)
        assert last.wait(timeout=240) == 0


def all_is_there_once(articles: int) -> None:
    expected = articles // 2 * (LISTS - 1) + articles
    assert Address.objects.count() == expected
    assert set(Address.objects.values_list("state", flat=True)) == {AddressState.FETCHED}
    assert Counter(Intake.objects.values_list("url", flat=True)).most_common(1)[0][1] == 1
    assert set(Intake.objects.values_list("outcome", "reason")) <= {("stored", ""), ("off_topic", "")}
    assert Document.objects.count() == expected == Document.objects.values("url").distinct().count()
    assert sorted(Document.objects.values_list("sequence", flat=True)) == list(range(1, expected + 1))
    finished = FetchRun.objects.all()
    assert {run.state for run in finished} == {RunState.DONE}
    for run in finished:
        counts = runs.counts(run)
        assert counts.pop("pending") == 0
        assert run.fetched == counts.pop("fetched") == sum(counts.values())
    assert sum(run.fetched for run in finished) == expected


@pytest.mark.slow
def test_a_few_kills_lose_nothing_and_store_nothing_twice(folder: Path) -> None:
    with county(12) as server:
        add_lists(server)
        live_and_die(2, folder, server)
    all_is_there_once(12)


@pytest.mark.soak
def test_a_hundred_kills_lose_nothing_and_store_nothing_twice(folder: Path) -> None:
    with county(400) as server:
        add_lists(server)
        live_and_die(50, folder, server)
    all_is_there_once(400)
