"""A worker in this process, and items that go through it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from guanlan.analysis.types import RawItem
from guanlan.collect.files import Entry, Item
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline import intake, runs
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.models import FetchRun, RunKind, Source
from guanlan.desk.watch.models import Theme
from guanlan.engines import InlineEngine

Process = Callable[..., FetchRun]

COMPLAINT = "城关镇的自来水又发黄了，已经三天，打了供水公司电话也没有人接，老人孩子都不敢喝。"
NOTICE = "县气象台今天上午发布消息，预计未来三天以晴到多云为主，早晚温差较大，请注意添衣。"


def item(key: str, text: str = COMPLAINT, **fields: object) -> Item:
    return Item(key, RawItem(key=key, body=text, **fields))  # type: ignore[arg-type]


def page(key: str, content: bytes, **fields: object) -> Item:
    return Item(key, RawItem(key=key, content=content, **fields))  # type: ignore[arg-type]


@pytest.fixture
def water_theme(water: Unit, now: datetime) -> Theme:
    return Theme.objects.create(
        unit=water,
        name="供水",
        expression="任一: 自来水 停水",
        created_at=now,
        changed_at=now,
        looked_back_version=1,
    )


@pytest.fixture
def worker(now: datetime) -> Worker:
    return Worker(InlineEngine(), clock=lambda: now)


@pytest.fixture
def process(source: Source, worker: Worker, now: datetime) -> Process:
    def run_through(*entries: Entry) -> FetchRun:
        run = intake.run_begin(kind=RunKind.IMPORT, label="test", source=source, actor=None, now=now)
        for _ in intake.entries_read(run=run, entries=iter(entries), clock=lambda: now):
            pass
        runs.reading_finished(run, now=now)
        for _ in worker.run_pending():
            pass
        run.refresh_from_db()
        return run

    return run_through
