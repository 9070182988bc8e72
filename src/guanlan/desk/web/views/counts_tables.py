"""Tables of counts: looked at before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanlan.collect.count_tables import CountTable, CountTableRefused, Figure, read_count_table
from guanlan.desk.common.clock import utc_now
from guanlan.desk.counts.entering import entries_save, may_enter
from guanlan.desk.counts.errors import EntriesRefused
from guanlan.desk.counts.models import CountPlace, CountSeries
from guanlan.desk.counts.planning import Given, Plan, Verdict, plan_of
from guanlan.desk.counts.rules import local_day
from guanlan.desk.counts.selectors import places_visible
from guanlan.desk.organisation.models import User
from guanlan.desk.pipeline import uploads
from guanlan.desk.web.count_words import figure_fault, table_fault
from guanlan.desk.web.forms_counts import CountTableForm
from guanlan.desk.web.requests import person
from guanlan.desk.web.views.counts import series_or_404
from guanlan.desk.web.views.counts_enter import said

#: Faults and changes shown of a table; the figures count all.
SHOWN = 30
WAITING = "count_tables"  # session key: upload → series
MOST_WAITING = 5


@dataclass(frozen=True, slots=True)
class Look:
    """What a table would do: the plan of what can be kept, and (where, what, why) of what cannot."""

    table: CountTable
    plan: Plan
    faults: list[tuple[str, str, str]]


@require_http_methods(["GET", "POST"])
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a file; refused at once, and not kept, when it names persons or cannot be read."""
    user = person(request)
    series = enterable_or_404(user, pk)
    form = CountTableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            read_count_table(content, local_day(utc_now()))
        except CountTableRefused as refused:
            form.add_error("file", table_fault(refused.reason, refused.columns))
        else:
            name = uploads.keep([content])
            waiting = {
                **request.session.get(WAITING, {}),
                name: [pk, str(form.cleaned_data["file"].name)[:120]],
            }
            for old in list(waiting)[:-MOST_WAITING]:
                uploads.drop(old)
                del waiting[old]
            request.session[WAITING] = waiting
            return redirect("count-table-check", pk=pk, name=name)
    return render(
        request, "web/counts/table.html", {"form": form, "series": series}, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """What would be new, what would be corrected, what cannot be kept; confirming stores it."""
    user = person(request)
    series = enterable_or_404(user, pk)
    kept = request.session.get(WAITING, {}).get(name)
    if kept is None or kept[0] != pk or not uploads.path_of(name).exists():
        messages.warning(request, _("This upload is no longer here. Choose the file again."))
        return redirect("count-table", pk=pk)
    look = look_at(user, series, uploads.path_of(name).read_bytes())
    page: dict[str, Any] = {"series": series, "file": kept[1], **shown(look)}
    status = 200
    if request.method == "POST":
        answer = store(request, series, look, name)
        if not isinstance(answer, dict):
            return answer
        page |= answer
        status = 400
    return render(request, "web/counts/table_check.html", page, status=status)


def store(
    request: HttpRequest, series: CountSeries, look: Look, name: str
) -> HttpResponse | dict[str, Any]:  # fmt: skip
    """Keep what the page showed; when it would be something else by now, the page is shown again."""
    if request.POST.get("digest") != look.plan.digest:
        return {"moved": True}
    given = [row.given for row in look.plan.rows if row.verdict is not Verdict.REFUSED]
    try:
        plan = entries_save(
            series=series, given=given, actor=person(request), now=utc_now(), way="table",
            reason=request.POST.get("reason", ""), confirmed="confirm" in request.POST,
        )  # fmt: skip
    except EntriesRefused as refused:
        return {"lacks_reason": bool(refused.plan.changes), "lacks_confirm": bool(refused.plan.jumps)}
    said(request, plan)
    uploads.drop(name)
    request.session[WAITING] = {key: one for key, one in request.session[WAITING].items() if key != name}
    return redirect("count-series", pk=series.pk)


def look_at(user: User, series: CountSeries, content: bytes) -> Look:
    """The table against the series: places by name, days and figures by the rules of the series."""
    now = utc_now()
    found = read_count_table(content, local_day(now))
    faults = [(one.at, one.shown, figure_fault(one.code)) for one in found.faults]
    places = {one.name: one for one in places_visible(user, series)}
    given: dict[tuple[int, Any], tuple[Figure, Given]] = {}
    for figure in found.figures:
        place = places.get(" ".join(figure.place.split()))
        code = _fault(user, series, figure, place)
        before = given.get((place.pk, figure.day)) if place else None
        if before and (before[1].value, before[1].checked) != (figure.value, figure.checked):
            code = "twice"
        if code or place is None:
            faults.append((figure.at, f"{figure.place} {figure.value}"[:60], figure_fault(code)))
            continue
        note = figure.note or None
        given[place.pk, figure.day] = (figure, Given(place, figure.day, figure.value, figure.checked, note))
    plan = plan_of(series, [one for _figure, one in given.values()], now)
    faults += [
        (given[row.given.place.pk, row.given.day][0].at, f"{row.given.place} {row.given.value}", figure_fault(row.code))
        for row in plan.of(Verdict.REFUSED)
    ]  # fmt: skip
    return Look(found, plan, faults)


def _fault(user: User, series: CountSeries, figure: Figure, place: CountPlace | None) -> str:
    if place is None:
        return "unknown"
    if not may_enter(user, place, series):
        return "foreign"
    return "note" if len(figure.note) > 80 else ""


def shown(look: Look) -> dict[str, Any]:
    """The look in figures and first lines."""
    plan: Plan = look.plan
    kept: Sequence[Any] = [row for row in plan.rows if row.verdict is not Verdict.REFUSED]
    return {
        "table": look.table,
        "new": len(plan.of(Verdict.NEW)),
        "same": plan.same,
        "changes": plan.changes[:SHOWN],
        "change_count": len(plan.changes),
        "jumps": plan.jumps[:SHOWN],
        "faults": look.faults[:SHOWN],
        "fault_count": len(look.faults),
        "first": kept[:8],
        "kept": len(kept),
        "digest": plan.digest,
    }


def enterable_or_404(user: User, pk: int) -> CountSeries:
    """A series for which the person may enter at least one place."""
    series = series_or_404(user, pk)
    if not series.active or not any(may_enter(user, one, series) for one in places_visible(user, series)):
        raise Http404
    return series
