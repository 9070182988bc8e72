"""kill -9 of ``work`` at any moment: no row is lost, none is stored twice, no alert is doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from guanlan.desk.alerts.models import Alert
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation import services as organisation
from guanlan.desk.pipeline import intake, runs, uploads
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import FetchRun, RunState
from guanlan.desk.watch.models import AlertRule, Group, GroupMember, Theme
from tests.desk.conftest import NOW
from tests.desk.pipeline import killed_work
from tests.desk.pipeline.conftest import COMPLAINT

#: In every run, and in a soak; rows enough for either.
KILLS, MANY_KILLS, ROWS = 8, 20, 400
#: Longest life of a killed worker, seconds. Twenty of them are shorter than the pauses of eighty batches.
LONGEST_LIFE = 0.2


def prepare() -> FetchRun:
    from guanlan.desk.common.clock import utc_now

    unit = organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)
    theme = Theme.objects.create(
        unit=unit,
        name="供水",
        expression="任一: 自来水",
        created_at=NOW,
        changed_at=NOW,
        looked_back_version=1,
    )
    AlertRule.objects.create(unit=unit, name="一出现就看", kind="theme", theme=theme, created_at=NOW)
    lines = ["标题,内容,链接"]
    lines += [f"第{n}号,{COMPLAINT}第{n}栋反映{n * 37}次,http://x.example/{n}" for n in range(ROWS)]
    name = uploads.keep(["\n".join(lines).encode()])
    return intake.import_begin(
        upload=name,
        upload_name="x.csv",
        unit=unit,
        source=intake.import_source(unit, NOW),
        actor=None,
        now=utc_now(),
    )


def run_and_kill(environment: dict[str, str], after: float | None) -> None:
    process = subprocess.Popen(
        [sys.executable, killed_work.__file__], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    if after is None:
        assert process.wait(timeout=240) == 0
    else:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the killed process writes a SQLite file of its own"
)
@pytest.mark.parametrize("kills", [KILLS, pytest.param(MANY_KILLS, marks=pytest.mark.soak)])
def test_kills_lose_no_row_and_store_none_twice(kills: int, file_desk: Path, settings: object) -> None:
    draw = random.Random(20261123)
    folder = file_desk.parent
    settings.CAPTURE_ROOT, settings.UPLOAD_ROOT = folder / "captures", folder / "uploads"  # type: ignore[attr-defined]
    run = prepare()
    environment = {**os.environ, "GUANLAN_DATA": str(folder), "GUANLAN_LOG_LEVEL": "CRITICAL"}
    for _ in range(kills):
        run_and_kill(environment, after=draw.uniform(0.0, LONGEST_LIFE))
    so_far = runs.counts(run)
    assert so_far["fetched"] < ROWS or so_far["pending"], "all was done before the last kill"
    run_and_kill(environment, after=None)

    run.refresh_from_db()
    assert (run.state, run.fetched, run.stored) == (RunState.DONE, ROWS, ROWS)
    assert runs.counts(run)["pending"] == 0
    assert Counter(Intake.objects.values_list("position", flat=True)).most_common(1)[0][1] == 1
    assert Document.objects.values("url").distinct().count() == ROWS == Document.objects.count()
    assert sorted(Document.objects.values_list("sequence", flat=True)) == list(range(1, ROWS + 1))
    assert sum(Group.objects.values_list("size", flat=True)) == ROWS == GroupMember.objects.count()
    keys = list(Alert.objects.values_list("once_key", flat=True))
    assert keys
    assert len(keys) == len(set(keys))
