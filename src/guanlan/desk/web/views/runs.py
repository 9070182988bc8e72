"""A run: what came of everything that was fetched or imported?"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guanlan.analysis.types import Outcome
from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import DISPLAY_ZONE, utc_now
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.runs import counts
from guanlan.desk.sources.models import FetchRun, RunState
from guanlan.desk.sources.reasons import sentence
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.tables import cell
from guanlan.desk.web.words import OUTCOMES, why_not_stored

PAGE = 100
NOT_STORED = (Outcome.REJECTED.value, Outcome.QUARANTINED.value, Outcome.DUPLICATE.value)
BAD = (Outcome.REJECTED.value, Outcome.QUARANTINED.value)
OVER = (RunState.DONE, RunState.FAILED)


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    before = whole_number(request.GET.get("before"))
    rows = visible_rows(FetchRun.objects.select_related("source", "actor"), person(request)).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    older = f"?before={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    newer = "?" if before is not None else ""
    return render(request, "web/runs.html", {"runs": page[:PAGE], "older_url": older, "newer_url": newer})


@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = run_or_404(request, pk)
    outcome = request.GET.get("outcome", "")
    before = whole_number(request.GET.get("before"))
    rows = Intake.objects.filter(run=found).exclude(outcome__in=["", "stored"]).order_by("pk")
    rows = rows.filter(outcome=outcome) if outcome in OUTCOMES else rows.filter(outcome__in=NOT_STORED)
    if before is not None:
        rows = rows.filter(pk__gt=before)
    page = list(rows[: PAGE + 1])
    more = f"?outcome={outcome}&before={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    items = [
        (row, why_not_stored(row.reason, row.outcome), str(OUTCOMES[row.outcome])) for row in page[:PAGE]
    ]
    return render(
        request,
        "web/run.html",
        {"run": found, "items": items, "older_url": more, "outcome": outcome, **progress_of(found)},
    )


@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving part of the page; when the run is over the whole page is asked for anew."""
    found = run_or_404(request, pk)
    response = render(request, "web/runs/progress.html", {"run": found, **progress_of(found)})
    if found.state in OVER:
        response["HX-Refresh"] = "true"
    return response


def progress_of(found: FetchRun) -> dict[str, Any]:
    """Counts by outcome, straight from the rows so that they add up at every moment."""
    tally = counts(found)
    done = tally["fetched"] - tally["pending"]
    return {
        "tally": tally,
        "outcomes": [(code, OUTCOMES[code], tally[code]) for code in (outcome.value for outcome in Outcome)],
        "over": found.state in OVER,
        "share": round(100 * done / tally["fetched"]) if tally["fetched"] else 0,
        "done": done,
        "failure": sentence(found.last_error.split(":")[0]) if found.last_error else "",
        "bad": tally["rejected"] + tally["quarantined"],
    }


@require_GET
def run_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows that could not be used, to be mended and imported again."""
    found = run_or_404(request, pk)
    record("run.bad_rows_exported", actor=person(request), now=utc_now(), target=found)
    response = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="guanlan-run-{found.pk}.csv"'
    return response


class _Echo:
    """What csv.writer writes into, handed straight back."""

    def write(self, text: str) -> str:
        return text


def _lines(found: FetchRun) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # Excel reads UTF-8 only with the mark
    yield writer.writerow(
        [_("Position"), _("Outcome"), _("Why"), _("Detail"), _("Link"), _("Title"), _("Excerpt"), _("Time")]
    )
    rows = Intake.objects.filter(run=found, outcome__in=BAD).order_by("pk")
    for row in rows.iterator(chunk_size=500):
        done = row.done_at.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M") if row.done_at else ""
        texts = [
            row.position,
            str(OUTCOMES[row.outcome]),
            why_not_stored(row.reason, row.outcome),
            row.detail,
            row.url,
            str(row.payload.get("title", "")),
            str(row.payload.get("excerpt", "")),
            done,
        ]
        yield writer.writerow([cell(text) for text in texts])


def run_or_404(request: HttpRequest, pk: int) -> FetchRun:
    """A run of a unit the person sees."""
    rows = visible_rows(FetchRun.objects.select_related("source", "unit", "actor"), person(request))
    found: FetchRun = get_object_or_404(rows, pk=pk)
    return found
