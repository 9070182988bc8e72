"""报数: how many, where, and who has not said?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guanlan.collect.count_tables import write_long
from guanlan.desk.alerts.selectors import alerts_visible
from guanlan.desk.common.clock import utc_now
from guanlan.desk.counts import selectors
from guanlan.desk.counts.bursts import bursts_of
from guanlan.desk.counts.entering import may_enter
from guanlan.desk.counts.models import CountEntry, CountPlace, CountSeries
from guanlan.desk.counts.rules import FIRST_DAY, SMALL, local_day, shown
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.counts.services import series_exported
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.web.requests import person, whole_number

#: Days of the chart; figures listed on one page; days that an export holds at most.
CHART_DAYS, LISTED, EXPORT_DAYS = 28, 200, 366
ALERTS_SHOWN = 5
#: The last day that an address may name.
LAST_DAY = date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A series on the list: how its due day stands."""

    series: CountSeries
    standing: selectors.Standing | None
    total: selectors.Total | None
    mine: int  # places of those missing that this person may enter
    late: bool
    whole: bool  # the person sees all places


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the chart and of its table."""

    day: date
    total: selectors.Total
    burst: bool
    url: str


@require_GET
def counts(request: HttpRequest) -> HttpResponse:
    user, now = person(request), utc_now()
    rows = [line_of(user, series, now) for series in selectors.series_visible(user)]
    context = {
        "lines": [row for row in rows if row.series.active],
        "closed": [row for row in rows if not row.series.active],
        "may_keep": may(user, "source"),
        "small": SMALL,
    }
    return render(request, "web/counts.html", context)


def line_of(user: User, series: CountSeries, now: datetime) -> Line:
    standing, whole = selectors.standing_of(series, now), selectors.sees_series(user, series)
    if standing is None:
        return Line(series, None, None, 0, False, whole)
    mine = sum(may_enter(user, place, series) for place in standing.missing)
    totals = selectors.totals_of(series, standing.day, standing.day) if whole else {}
    return Line(series, standing, totals.get(standing.day), mine, standing.late(now), whole)


@require_GET
def series(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = person(request), utc_now()
    found = series_or_404(user, pk)
    whole = selectors.sees_series(user, found)
    late_day, late = selectors.late_places(found, now)
    seen = {one.pk for one in selectors.places_visible(user, found)}
    late = [one for one in late if one.pk in seen]
    last = last_reports(late)
    context: dict[str, Any] = {
        "series": found,
        "whole": whole,
        "line": line_of(user, found, now),
        "late_day": late_day,
        "late": [(one, last.get(one.pk)) for one in late],
        "own": selectors.places_visible(user, found) if not whole else [],
        "may_keep": may(user, "source", found.unit),
        "may_enter": found.active and any(may_enter(user, one, found) for one in selectors.places_visible(user, found)),
        "special": found.special_days.select_related("set_by")[:10],
    }  # fmt: skip
    if whole:
        context |= drawn(found, now)
        alerts = alerts_visible(user).filter(rule_key=f"counts:{found.pk}").order_by("-pk")
        context["alerts"] = alerts[:ALERTS_SHOWN]
    return render(request, "web/counts/series.html", context)


def last_reports(places: list[CountPlace]) -> dict[int, date]:
    rows = CountEntry.objects.filter(place__in=[one.pk for one in places], value__isnull=False)
    return dict(rows.order_by("place", "day").values_list("place", "day"))


def drawn(found: CountSeries, now: datetime) -> dict[str, Any]:
    """Chart, table and sums of the last days."""
    first, last = selectors.stretch(CHART_DAYS, now)
    totals = selectors.totals_of(found, first, last)
    found_bursts = bursts_of(found, upto=last) if totals else []
    burst_days = {one.day for one in found_bursts if one.place is None}
    days = [
        Day(day, total, day in burst_days, f"{reverse('count-entries', args=[found.pk])}?day={day:%Y-%m-%d}")
        for day, total in totals.items()
    ]
    sums = selectors.place_sums(found, first, last)
    return {
        "days": days,
        "chart": chart_of(found, days),
        "sums": sums,
        "sum": sum(total for _place, total, _n in sums),
        "chart_days": CHART_DAYS,
        "bursts": [one for one in found_bursts if one.day >= first],
    }


def chart_of(found: CountSeries, days: list[Day]) -> dict[str, Any]:
    """What counts.js draws: a bar a day, paler where places are missing, nothing where nobody reported."""
    return {
        "days": [f"{one.day:%m-%d}" for one in days],
        "values": [one.total.value if one.total.reported else None for one in days],
        "whole": [one.total.complete for one in days],
        "covered": [f"{one.total.reported}/{one.total.expected}" for one in days],
        "bursts": [number for number, one in enumerate(days) if one.burst],
        "urls": [one.url for one in days],
        "words": {
            "unit": found.measure,
            "covered": _("places reported"),
            "burst": _("burst"),
            "nothing": _("not reported"),
        },
    }


@require_GET
def entries(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures behind a total: of one day, or of one place."""
    user = person(request)
    found = series_or_404(user, pk)
    places = selectors.places_visible(user, found)
    day = day_of(request.GET.get("day", ""))
    place = next((one for one in places if one.pk == whole_number(request.GET.get("place"))), None)
    first, last = (day, day) if day else between(request)
    rows = selectors.entries_between(found, first, last).filter(place__in=places)
    if place is not None:
        rows = rows.filter(place=place)
    page = list(rows[: LISTED + 1])
    reported = {row.place_id for row in page}
    expected = selectors.expected_on(places, day) if day and schedule_of(found).expects(day) else []
    context = {
        "series": found, "rows": page[:LISTED], "more": len(page) > LISTED, "day": day, "place": place,
        "first": first, "last": last, "missing": [one for one in expected if one.pk not in reported],
        "total": sum(row.value or 0 for row in page[:LISTED]), "due": schedule_of(found).due_at(day) if day else None,
        "expected": len({one.pk for one in expected} | reported), "reported": len(reported),
    }  # fmt: skip
    return render(request, "web/counts/entries.html", context)


@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Place, day, count as CSV. Small counts of people stay hidden whoever asks: the file goes further."""
    user, now = person(request), utc_now()
    found = series_or_404(user, pk)
    require(user, "read", found.unit)
    first, last = between(request, EXPORT_DAYS)
    exact = not found.about_people
    rows = list(selectors.entries_between(found, first, last).order_by("day", "place__position", "place"))
    head = [_("place"), _("day"), _("count"), *([_("checked")] if found.checked_measure else []), _("note")]
    table = [head, *(_export_row(found, row, exact=exact) for row in rows)]
    hidden = sum(not exact and 0 < (row.value or 0) < SMALL for row in rows)
    series_exported(series=found, rows=len(rows), hidden=hidden, actor=user, now=now)
    answer = HttpResponse(write_long(table), content_type="text/csv; charset=utf-8")
    name = f"{found.name}-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def _export_row(found: CountSeries, row: CountEntry, *, exact: bool) -> list[str]:
    checked = [shown(row.checked, exact=exact)] if found.checked_measure else []
    return [row.place.name, f"{row.day:%Y-%m-%d}", shown(row.value, exact=exact), *checked, row.note]


def series_or_404(user: User, pk: int) -> CountSeries:
    """A series that the person sees."""
    return get_object_or_404(selectors.series_visible(user), pk=pk)


def place_or_404(user: User, found: CountSeries, pk: int) -> CountPlace:
    place = next((one for one in selectors.places_visible(user, found) if one.pk == pk), None)
    if place is None:
        raise Http404
    return place


def day_of(text: str) -> date | None:
    """A day of an address; None for what is none, and for days that no figure is of."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def between(request: HttpRequest, most: int = CHART_DAYS) -> tuple[date, date]:
    """The stretch of days an address asks for; the last ``CHART_DAYS`` when it asks for none."""
    last = day_of(request.GET.get("to", "")) or local_day(utc_now())
    first = day_of(request.GET.get("from", "")) or last - timedelta(days=CHART_DAYS - 1)
    return max(first, last - timedelta(days=most - 1)), last
