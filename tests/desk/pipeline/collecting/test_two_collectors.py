"""Two collectors at once, and a disk that is full: no page twice, nothing lost."""

from __future__ import annotations

import errno
import logging
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from guanlan.collect.loopback import Loopback
from guanlan.desk.documents import captures
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline.collecting.collector import Collector, collect_once, options
from guanlan.desk.pipeline.collecting.network import Network
from guanlan.desk.pipeline.collecting.outcomes import TRIES
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import Address, AddressState, FetchRun, RunState, Source
from tests.desk.conftest import NOW
from tests.desk.pipeline.collecting.conftest import AddSource
from tests.desk.pipeline.collecting.test_kill_collecting import LISTS, add_lists, county
from tests.desk.real_file import at_once


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> Any:
        return self.at


def collect_to_the_end() -> None:
    with Network(options()) as network:
        collector = Collector(network, Clock())
        for _ in range(2000):
            busy = collector.step(wait=0.05)
            waiting = Source.objects.filter(last_success_at=None) or Address.objects.filter(state="")
            if not busy and not collector.under_way and not waiting:
                return


@pytest.mark.slow
def test_two_collectors_at_once_fetch_no_page_twice(alone: str, settings: Any, tmp_path: Any) -> None:
    settings.CAPTURE_ROOT = tmp_path / "captures"
    with county(20) as server:
        settings.COLLECT_INNER_HOSTS = [server.host]
        add_lists(server)
        assert at_once(collect_to_the_end, collect_to_the_end) == [None, None]
        asked = Counter(one.path for one in server.asked if one.path != "/robots.txt")
    assert {path: times for path, times in asked.items() if times > 1} == {}
    expected = 10 * (LISTS - 1) + 20
    assert Address.objects.filter(state=AddressState.FETCHED).count() == expected == Intake.objects.count()
    assert FetchRun.objects.count() == LISTS
    assert len(asked) == expected + LISTS


@pytest.mark.django_db
def test_a_full_disk_keeps_every_page_due_says_so_and_is_made_good_afterwards(
    body: Unit,
    add_source: AddSource,
    server: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_source("/list", "list")
    clock = Clock()

    def full(_path: Any, _content: bytes, **_how: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(captures, "_write", full)
        collect_once(None, clock=clock)
    assert Intake.objects.count() == 0
    assert Address.objects.filter(state="", next_action_at__gt=NOW).count() == 4
    assert FetchRun.objects.get().state == RunState.READING
    told = [record for record in caplog.records if "the disk is full" in record.getMessage()]
    assert len(told) == 4
    assert not any(record.exc_info for record in told)
    clock.at = NOW + timedelta(minutes=30)
    Source.objects.update(next_action_at=None)
    collect_once(Source.objects.get(), clock=clock)
    run = FetchRun.objects.order_by("pk")[0]
    assert Intake.objects.filter(run=run).count() == 4
    assert set(Address.objects.values_list("state", flat=True)) == {AddressState.FETCHED}


@pytest.mark.django_db
def test_a_disk_that_stays_full_uses_up_no_try_of_a_page(
    body: Unit, add_source: AddSource, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_source("/list", "list")
    clock = Clock()

    def full(_path: Any, _content: bytes, **_how: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(captures, "_write", full)
    for _ in range(TRIES + 2):
        collect_once(None, clock=clock)
        clock.at += timedelta(minutes=10)
    assert set(Address.objects.values_list("state", "attempts")) == {("", 0)}
