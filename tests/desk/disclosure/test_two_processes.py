"""Limits are rows: two web processes share them, and a restart forgets none of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from guanlan.desk.disclosure import services
from guanlan.desk.disclosure.limits import SENDS_AN_HOUR
from guanlan.desk.disclosure.models import PublicChannel, PublicReport, SendHour
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.public_reports import report_receive
from tests.desk.conftest import NOW, person
from tests.desk.disclosure.conftest import WORDS, sent
from tests.desk.real_file import at_once

ROOT = Path(__file__).resolve().parents[3]


def office(ceiling: int = 60) -> PublicChannel:
    unit = organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    actor = person("zheng", unit, Role.ADMINISTRATOR)
    channel = services.public_channel_create(
        unit=unit, actor=actor, now=NOW, slug="office", hour_ceiling=ceiling, **WORDS
    )
    services.public_channel_switch(channel=channel, on=True, actor=actor, now=NOW)
    return channel


def taken_by_two(database: str, addresses: tuple[str, str], data: Path, times: int = 12) -> list[int]:
    """Start two processes, let both send at the same time, and give what each got through."""
    environment = {
        **os.environ, "GUANLAN_DATABASE_URL": database, "GUANLAN_DATA": str(data), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.desk.disclosure.sending_process", f"p{number}", address, NOW.isoformat(), str(times)],
            env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number, address in enumerate(addresses)
    ]  # fmt: skip
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [int(process.communicate(timeout=300)[0]) for process in started]


def test_two_processes_share_the_limit_of_a_network(alone: str, tmp_path: Path) -> None:
    office()
    taken = taken_by_two(alone, ("203.0.113.1", "203.0.113.2"), tmp_path)
    assert sum(taken) == SENDS_AN_HOUR == PublicReport.objects.count() == Intake.objects.count()
    hour = SendHour.objects.get()
    assert (hour.received, hour.over_network) == (SENDS_AN_HOUR, 24 - SENDS_AN_HOUR)


def test_two_processes_share_the_ceiling_of_a_channel(alone: str, tmp_path: Path) -> None:
    office(ceiling=7)
    taken = taken_by_two(alone, ("203.0.113.1", "198.51.100.1"), tmp_path)
    assert sum(taken) == 7 == PublicReport.objects.count()
    hour = SendHour.objects.get()
    assert (hour.received, hour.over_ceiling) == (7, 24 - 7)


def test_a_form_that_is_sent_twice_at_once_is_one_report(alone: str) -> None:
    channel = office()
    results = at_once(*[lambda: report_receive(channel=channel, sent=sent(1), now=NOW)] * 4)
    assert all(isinstance(one, PublicReport) for one in results), results
    assert len({one.receipt for one in results}) == 1
    assert PublicReport.objects.count() == Intake.objects.count() == 1
