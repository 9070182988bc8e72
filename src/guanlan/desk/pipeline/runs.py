"""Closing runs: fetched = stored + duplicate + off-topic + rejected + quarantined, always."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, QuerySet

from guanlan.analysis.types import Outcome
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import FetchRun, RunState, Source

PENDING = ""


def counts(run: FetchRun) -> dict[str, int]:
    """Rows of a run by outcome, with ``pending`` and ``fetched`` (the sum of all)."""
    found = dict(Intake.objects.filter(run=run).values_list("outcome").annotate(Count("pk")))
    by_outcome = {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}
    return {
        "fetched": sum(found.values()),
        **by_outcome,
        "pending": found.get(PENDING, 0),
    }


def reading_finished(run: FetchRun, *, now: datetime) -> None:
    """No more entries will come: the run waits for its rows only."""
    FetchRun.objects.filter(pk=run.pk).exclude(state__in=[RunState.DONE, RunState.FAILED]).update(
        state=RunState.ANALYSING, next_action_at=None, claim="", read=run.read
    )
    close_finished([run.pk], now=now)


def run_failed(run: FetchRun, *, cause: str, now: datetime) -> None:
    """The run could not be read to its end; what was read keeps its outcomes."""
    FetchRun.objects.filter(pk=run.pk).update(
        state=RunState.FAILED,
        next_action_at=None,
        claim="",
        last_error=cause[:500],
        finished_at=now,
        **_totals(run),
    )
    Source.objects.filter(runs=run).update(last_run_at=now, last_error=cause[:500])


def close_finished(run_ids: Iterable[int], *, now: datetime) -> None:
    """Close those runs that have been read and have no row pending; call in the storing transaction."""
    waiting: QuerySet[FetchRun] = FetchRun.objects.filter(pk__in=list(run_ids), state=RunState.ANALYSING)
    for run in waiting:
        if Intake.objects.filter(run=run, outcome=PENDING).exists():
            continue
        FetchRun.objects.filter(pk=run.pk, state=RunState.ANALYSING).update(
            state=RunState.DONE, finished_at=now, **_totals(run)
        )
        Source.objects.filter(runs=run).update(last_run_at=now, last_success_at=now, last_error="")


def _totals(run: FetchRun) -> dict[str, int]:
    found = counts(run)
    found.pop("pending")
    return found
