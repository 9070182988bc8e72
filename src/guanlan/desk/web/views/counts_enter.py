"""填数: places × days, by keyboard, on a phone, without a script."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guanlan.collect.count_tables import NotACount, read_count
from guanlan.desk.common.clock import utc_now
from guanlan.desk.counts.entering import entries_save, may_enter
from guanlan.desk.counts.errors import EntriesRefused
from guanlan.desk.counts.models import CountEntry, CountPlace, CountSeries
from guanlan.desk.counts.planning import CHANGES, Given, Plan, Row, Verdict
from guanlan.desk.counts.rules import day_fault, local_day
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.counts.selectors import expected_on, grid_entries, places_visible
from guanlan.desk.web.count_words import figure_fault
from guanlan.desk.web.forms_counts import CellForm
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.counts import day_of, place_or_404, series_or_404

#: Days of the grid; places on one page (a form of more fields than a thousand is refused by the server).
DAYS, PLACES = 7, 60
Seen = tuple[int, int | None, int | None]


@dataclass(slots=True)
class Cell:
    """A field of the grid with what stands against it."""

    place: CountPlace
    day: date
    entry: CountEntry | None
    value: str = ""
    checked: str = ""
    expected: bool = True
    late: bool = False
    faults: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.place.pk}-{self.day:%Y%m%d}"


@dataclass(slots=True)
class Grid:
    """The page: rows of cells, newest day first."""

    series: CountSeries
    days: list[date]
    rows: list[tuple[CountPlace, list[Cell]]]
    seen: Mapping[str, Seen]

    def cells(self) -> Sequence[Cell]:
        return [cell for _place, cells in self.rows for cell in cells]


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """The grid. Nothing is stored unless all of it can be."""
    user, now = person(request), utc_now()
    series = series_or_404(user, pk)
    places = [one for one in places_visible(user, series) if may_enter(user, one, series)]
    places = [one for one in places if one.until is None]
    if not series.active:
        messages.info(request, _("Closed: nothing is expected any more."))
        return redirect("count-series", pk=pk)
    if not places:
        raise Http404
    after = whole_number(request.GET.get("after")) or 0
    upto = min(day_of(request.GET.get("upto", "")) or local_day(now), local_day(now))
    grid = grid_of(series, places[after : after + PLACES], upto)
    page: dict[str, Any] = {
        "series": series,
        "grid": grid,
        "after": after,
        "upto": upto,
        **pages(places, after),
    }
    page |= days_around(series, grid.days, local_day(now))
    status = 200
    if request.method == "POST":
        answer = save(request, grid)
        if not isinstance(answer, dict):
            return answer
        page |= answer
        status = 400 if answer.get("refused") else 200  # a question is no fault
    page["seen"] = json.dumps({key: list(one) for key, one in grid.seen.items()})
    page["reason"], page["confirm"] = request.POST.get("reason", ""), "confirm" in request.POST
    return render(request, "web/counts/enter.html", page, status=status)


def grid_of(series: CountSeries, places: Sequence[CountPlace], upto: date) -> Grid:
    schedule = schedule_of(series)
    days = schedule.last_days(upto, DAYS)[::-1]
    entries = grid_entries(places, days)
    rows, now = [], utc_now()
    for place in places:
        cells = []
        for day in days:
            entry = entries.get((place.pk, day))
            cell = Cell(place, day, entry, *_figures(entry))
            cell.expected = bool(expected_on([place], day))
            cell.late = cell.expected and not cell.value and schedule.due_at(day) <= now
            cells.append(cell)
        rows.append((place, cells))
    seen = {
        cell.key: (cell.entry.version, cell.entry.value, cell.entry.checked)
        if cell.entry
        else (0, None, None)
        for _place, cells in rows
        for cell in cells
    }
    return Grid(series, days, rows, seen)


def save(request: HttpRequest, grid: Grid) -> HttpResponse | dict[str, Any]:
    """Store what was typed, or give the page again with everything that was typed and what is asked."""
    seen = read_seen(request.POST.get("seen", ""))
    given, by_key = [], {}
    for cell in grid.cells():
        cell.value, cell.checked = typed(request.POST, cell, "v"), typed(request.POST, cell, "c")
        by_key[cell.place.pk, cell.day] = cell
        try:
            figures = read_count(cell.value), read_count(cell.checked)
        except NotACount as wrong:
            cell.faults.append(figure_fault(wrong.code))
            continue
        given.append(Given(cell.place, cell.day, *figures, seen=seen.get(cell.key, grid.seen[cell.key])))
    if any(cell.faults for cell in grid.cells()):
        return {"refused": True}
    try:
        plan = entries_save(
            series=grid.series, given=given, actor=person(request), now=utc_now(),
            reason=request.POST.get("reason", ""), confirmed="confirm" in request.POST,
        )  # fmt: skip
    except EntriesRefused as refused:
        return marked(grid, by_key, refused.plan, seen, reason=request.POST.get("reason", ""))
    said(request, plan)
    return redirect(request.get_full_path())


def marked(
    grid: Grid, by_key: Mapping[tuple[int, date], Cell], plan: Plan, seen: Mapping[str, Seen], *, reason: str
) -> dict[str, Any]:
    """Say at each cell what stands against it. What somebody else wrote meanwhile counts as seen now."""
    kept = {**grid.seen, **{key: one for key, one in seen.items() if key in grid.seen}}
    for row in plan.rows:
        cell = by_key[row.given.place.pk, row.given.day]
        if row.verdict is Verdict.CONFLICT:
            kept[cell.key] = grid.seen[cell.key]
        cell.faults += fault_lines(row)
        if row.verdict in CHANGES and not reason.strip():
            cell.asks.append(_("corrects %(old)s") % {"old": _figure(row.entry)})
        if row.jump:
            cell.asks.append(_("far more than usual here"))
    grid.seen = kept
    return {
        "refused": bool(plan.blocked),
        "asks_reason": bool(plan.changes),
        "asks_confirm": bool(plan.jumps),
        "changes": len(plan.changes),
    }


def fault_lines(row: Row) -> list[str]:
    if row.verdict is Verdict.CONFLICT and row.entry is not None:
        words = _("%(who)s wrote %(value)s meanwhile. Save again to put yours in its place.")
        return [words % {"who": row.entry.entered_by, "value": _figure(row.entry)}]
    return [figure_fault(row.code)] if row.verdict is Verdict.REFUSED else []


def said(request: HttpRequest, plan: Plan) -> None:
    """One sentence about what was stored."""
    if not plan.rows:
        messages.info(request, _("Nothing was changed: every figure stands there already."))
        return
    new, changed = len(plan.of(Verdict.NEW)), len(plan.changes)
    words = _("Saved: %(new)s new, %(changed)s corrected (the older figures are kept).")
    if not changed:
        words = _("Saved: %(new)s new figures.")
    messages.success(request, words % {"new": new, "changed": changed})


def read_seen(text: str) -> dict[str, Seen]:
    """What the page showed when it was opened; nonsense counts as not given."""
    try:
        found = json.loads(text[:200_000]) if text else {}
        return {str(key): (int(one[0]), _whole(one[1]), _whole(one[2])) for key, one in found.items()}
    except (ValueError, TypeError, IndexError, AttributeError, KeyError, RecursionError):
        return {}


def typed(data: QueryDict, cell: Cell, part: str) -> str:
    return data.get(f"{part}-{cell.key}", "").strip()[:20]


def pages(places: Sequence[CountPlace], after: int) -> dict[str, Any]:
    more = len(places) > after + PLACES
    return {
        "place_count": len(places),
        "next_after": after + PLACES if more else None,
        "previous_after": max(0, after - PLACES) if after else None,
    }


def days_around(series: CountSeries, days: Sequence[date], today: date) -> dict[str, Any]:
    """Where older and newer days are."""
    if not days:
        return {"older": None, "newer": None}
    older = schedule_of(series).last_days(days[-1] - timedelta(days=1), 1)
    newer = min(today, days[0] + timedelta(days=7 * DAYS if series.rhythm == "weekly" else DAYS + 2))
    return {
        "older": older[0] if older else None,
        "newer": newer if days[0] < today and newer > days[0] else None,
    }


@require_http_methods(["GET", "POST"])
def cell(request: HttpRequest, pk: int, place: int, day: str) -> HttpResponse:
    """One place on one day: its figure, its note, and every state it was in."""
    user, now = person(request), utc_now()
    series = series_or_404(user, pk)
    where, when = place_or_404(user, series, place), day_of(day)
    if when is None or day_fault(when, local_day(now)):
        raise Http404
    if request.method == "POST" and not series.active:
        messages.info(request, _("Closed: nothing is expected any more."))
        return redirect("count-series", pk=pk)
    entry = CountEntry.objects.filter(place=where, day=when).select_related("entered_by").first()
    form = CellForm(request.POST or None, initial=_initial(entry))
    if not series.checked_measure:
        del form.fields["checked"]
    page: dict[str, Any] = {"series": series, "place": where, "day": when, "entry": entry, "form": form}
    if request.method == "POST" and form.is_valid() and _save_cell(request, page):
        return redirect("count-cell", pk=pk, place=place, day=day)
    page["revisions"] = list(entry.revisions.select_related("by")) if entry else []
    page["may_enter"] = series.active and may_enter(user, where, series)
    page["due"] = schedule_of(series).due_at(when)
    page["version"] = json.dumps(_seen(entry))
    page["url"] = reverse("count-enter", args=[pk])
    return render(
        request, "web/counts/cell.html", page, status=400 if form.errors or page.get("asks_confirm") else 200
    )


def _save_cell(request: HttpRequest, page: dict[str, Any]) -> bool:
    """Store the one figure; else what stands against it is on the form."""
    form, data = page["form"], page["form"].cleaned_data
    try:
        figures = read_count(data["value"]), read_count(data.get("checked", ""))
    except NotACount as wrong:
        form.add_error("value", figure_fault(wrong.code))
        return False
    seen = read_seen(json.dumps({"cell": _loaded(request.POST.get("seen", ""))})).get("cell", (0, None, None))
    given = Given(page["place"], page["day"], *figures, note=" ".join(data["note"].split()), seen=seen)
    try:
        plan = entries_save(
            series=page["series"], given=[given], actor=person(request), now=utc_now(),
            reason=data["reason"], confirmed="confirm" in request.POST,
        )  # fmt: skip
    except EntriesRefused as refused:
        row = refused.plan.rows[0]
        for words in fault_lines(row):
            form.add_error("note" if row.code in ("number", "person") else "value", words)
        if not refused.plan.blocked and row.verdict in CHANGES and not data["reason"].strip():
            form.add_error("reason", _("Write why: the older figure is kept beside it."))
        page["asks_confirm"] = row.jump
        return False
    said(request, plan)
    return True


def _initial(entry: CountEntry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {"value": _said(entry.value), "checked": _said(entry.checked), "note": entry.note}


def _seen(entry: CountEntry | None) -> Seen:
    return (entry.version, entry.value, entry.checked) if entry else (0, None, None)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text[:200])
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _said(value: int | None) -> str:
    return "" if value is None else str(value)


def _figures(entry: CountEntry | None) -> tuple[str, str]:
    return (_said(entry.value), _said(entry.checked)) if entry else ("", "")


def _figure(entry: CountEntry | None) -> str:
    if entry is None or entry.value is None:
        return _("nothing")
    return str(entry.value) if entry.checked is None else f"{entry.value}/{entry.checked}"
