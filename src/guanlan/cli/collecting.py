"""``guanlan collect --once``: one round over due sources, analysed at once, counted by outcome."""

from __future__ import annotations

from collections import Counter

from guanlan.analysis.types import Outcome
from guanlan.cli.words import fail, note, say
from guanlan.desk.pipeline import runs
from guanlan.desk.pipeline.collecting.collector import collect_once
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.models import FetchRun, RunState, Source
from guanlan.desk.sources.reasons import sentence
from guanlan.engines import InlineEngine


def collect_round(code: str) -> dict[str, int]:
    """Visit, fetch, analyse, store; counts over all visits of the round. A failed visit is told."""
    source = _source(code)
    visits = collect_once(source)
    worker = Worker(InlineEngine())
    totals: Counter[str] = Counter({"fetched": 0, **dict.fromkeys(map(str, Outcome), 0)})
    for run in visits:
        _analyse(worker, run)
        found = runs.counts(run)
        found.pop("pending")
        totals.update(found)
        run.refresh_from_db()
        if run.state == RunState.FAILED:
            note(f"{run.source}：{sentence(run.last_error)}")
    note(say(f"采了 {len(visits)} 个信源", f"{len(visits)} sources visited"))
    return dict(totals)


def _source(code: str) -> Source | None:
    if not code:
        return None
    found = Source.objects.filter(code=code).first()
    if found is None:
        raise fail(f"没有这个信源：{code}", f"No such source: {code}")
    if not found.method or not found.active:
        raise fail(f"信源 {code} 没有采集方式，或已暂停", f"Source {code} is not collected, or is paused")
    return found


def _analyse(worker: Worker, run: FetchRun) -> None:
    while runs.counts(run)["pending"]:
        for _ in worker.run_pending(run):
            pass
        if runs.counts(run)["pending"]:
            worker.wait_briefly()  # a running ``work`` holds the rest
