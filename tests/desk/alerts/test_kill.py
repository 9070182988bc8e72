"""kill -9 in the middle of hand-overs: nothing is lost and nothing goes out twice unmarked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from guanlan.desk.alerts.models import Channel, Delivery
from guanlan.desk.alerts.outbox import deliver_due
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role
from tests.desk.alerts import killed_clock
from tests.desk.alerts.conftest import Memory, opened
from tests.desk.alerts.killed_clock import ROUND, START
from tests.desk.conftest import NOW, person

KILLS = 20


def prepare() -> int:
    unit = organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    for number in range(10):
        person(f"p{number}", unit, Role.REVIEWER)
    Channel.objects.create(unit=unit, kind="webhook", name="群", address="json://x.example", created_at=NOW)
    for number in range(18):
        opened(unit, START, f"k{number}")
    return Delivery.objects.count()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 19])
def test_twenty_kills_lose_nothing_and_double_nothing_unmarked(alone: str, tmp_path: Path, seed: int) -> None:
    count = prepare()
    ledger = tmp_path / "ledger"
    environment = {**os.environ, "GUANLAN_DATABASE_URL": alone, "GUANLAN_LOG_LEVEL": "CRITICAL"}
    script = [sys.executable, killed_clock.__file__, str(ledger), str(seed), str(KILLS)]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.strip() == str(KILLS), done.stderr

    rest = Memory()
    deliver_due(now=START + ROUND * (KILLS + 1), transport=rest, limit=1000)
    handed: dict[int, list[bool]] = defaultdict(list)
    for line in ledger.read_text("ascii").splitlines():
        delivery, repeated = line.split()
        handed[int(delivery)].append(repeated == "1")
    for message in rest.sent:
        handed[message.delivery].append(message.repeated)

    assert rest.sent, "everything was handed over before the last kill: the kills hit nothing"
    assert len(handed) == count == Delivery.objects.filter(state="sent").count()
    assert all(all(marks[1:]) for marks in handed.values())
    assert sum(any(marks) for marks in handed.values()) >= 1
