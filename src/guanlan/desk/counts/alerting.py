"""What figures call for: a limit reached, a burst, and the silence of a place. Alerts are rows.

The reasons stand in the cause: which rule, the figure and what it was measured by, and the coverage. A
small count of people stays hidden in it (F-STAT-7), because alerts leave the desk by mail and webhook.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from guanlan.desk.alerts.models import AlertKind
from guanlan.desk.alerts.services import AlertDraft, alerts_open
from guanlan.desk.common.due import claim_due, postpone, retry_at
from guanlan.desk.counts.bursts import bursts_of
from guanlan.desk.counts.models import CountEntry, CountPlace, CountSeries
from guanlan.desk.counts.rules import late, local_day, share_reached, shown
from guanlan.desk.counts.schedules import schedule_of
from guanlan.desk.counts.selectors import coverage_of, totals_of

logger = logging.getLogger(__name__)

#: Figures of days longer ago than this are history: brought in late, they warn of nothing any more.
WARNS = timedelta(days=7)
#: Single alerts of one rule from one saving; more become one (F-WARN-8, noise control).
MOST_SINGLE = 5
#: Late places named in an alert; the page lists all.
NAMED = 20
#: Longest the clock may take for one series before another clock may try.
LEASE = timedelta(minutes=2)


def evaluate_entered(series: CountSeries, entries: Sequence[CountEntry], now: datetime) -> None:
    """Open what freshly stored figures call for; call it in the storing transaction."""
    recent = [one for one in entries if one.day > local_day(now) - WARNS and one.value is not None]
    if not recent:
        return
    days = sorted({one.day for one in recent})
    drafts = [*_place_drafts(series, recent), *_total_drafts(series, days), *_burst_drafts(series, days, now)]
    if drafts:
        alerts_open(drafts=drafts, now=now)


def late_places_due(*, now: datetime) -> int:
    """Look at every series whose figures fall due; returns how many were looked at.

    A place that has not reported is called once for each silence, all of a day in one alert.
    """
    claimed = claim_due(CountSeries.objects.filter(active=True), now=now, lease=LEASE, limit=50)
    for series in claimed:
        try:
            with transaction.atomic():
                _look(series, now)
        except Exception as error:  # one series must not hold up the others
            logger.exception("counts: series %s could not be looked at", series.pk)
            postpone(series, until=retry_at(now, series.attempts), cause=f"{type(error).__name__}: {error}")
    return len(claimed)


def _look(claimed: CountSeries, now: datetime) -> None:
    """Call who is late on the due day and go on to the next; a series changed meanwhile has its own new day."""
    series = CountSeries.objects.select_for_update(of=("self",)).select_related("unit").get(pk=claimed.pk)
    day = series.due_day
    if day is None or series.claim != claimed.claim:
        return
    _call_late(series, day, now)
    following, due_at = schedule_of(series).day_after(day) or (None, None)
    postpone(series, until=due_at, cause="", due_day=following, attempts=0)


def _call_late(series: CountSeries, day: date, now: datetime) -> None:
    places = list(series.places.select_related("unit"))
    reported = set(series.entries.filter(day=day, value__isnull=False).values_list("place", flat=True))
    missing = set(late([(one.pk, one.since, one.until) for one in places], reported, day))
    fresh = [one for one in places if one.pk in missing and one.silent_since is None]
    if not fresh:
        return
    CountPlace.objects.filter(pk__in=[one.pk for one in fresh]).update(silent_since=day)
    alerts_open(drafts=[_late_draft(series, day, fresh, len(missing))], now=now)


def _late_draft(series: CountSeries, day: date, fresh: Sequence[CountPlace], missing: int) -> AlertDraft:
    last = last_reports([one.pk for one in fresh])
    named = [
        {"place": one.name, "key": one.pk, "last": last[one.pk].isoformat() if one.pk in last else ""}
        for one in fresh[:NAMED]
    ]
    cause = {
        "counts": series.pk, "rule": "late", "day": day.isoformat(), "late": named, "more": len(fresh) - len(named),
        "missing": missing, "coverage": coverage_of(series, day),
    }  # fmt: skip
    return _draft(series, f"late:{day}", series.name, cause)


def last_reports(places: Iterable[int]) -> dict[int, date]:
    """The last day that each place reported."""
    rows = CountEntry.objects.filter(place__in=places, value__isnull=False).order_by("place", "day")
    return dict(rows.values_list("place", "day"))


def _place_drafts(series: CountSeries, recent: Sequence[CountEntry]) -> list[AlertDraft]:
    found: list[AlertDraft] = []
    for rule, limit in (("place", series.place_limit), ("share", series.share_limit)):
        reached = [one for one in recent if _reaches(rule, one, limit)]
        drafts = [_place_draft(series, rule, one, limit or 0) for one in reached]
        found += drafts if len(drafts) <= MOST_SINGLE else [_collective(series, rule, reached, limit or 0)]
    return found


def _reaches(rule: str, one: CountEntry, limit: int | None) -> bool:
    if limit is None or one.value is None:
        return False
    return one.value >= limit if rule == "place" else share_reached(one.value, one.checked, limit)


def _place_draft(series: CountSeries, rule: str, one: CountEntry, limit: int) -> AlertDraft:
    cause = {
        "counts": series.pk, "rule": rule, "day": one.day.isoformat(), "place": one.place_id, "place_name": one.place.name,
        "n": shown(one.value, exact=not series.about_people), "limit": limit,
        "coverage": coverage_of(series, one.day),
    }  # fmt: skip
    if rule == "share":
        cause["checked"] = one.checked
    return _draft(series, f"{rule}:{one.place_id}:{one.day}", f"{series.name} {one.place.name}", cause)


def _collective(series: CountSeries, rule: str, reached: Sequence[CountEntry], limit: int) -> AlertDraft:
    day = max(one.day for one in reached)
    cause = {
        "counts": series.pk, "rule": rule, "day": day.isoformat(), "limit": limit, "many": len(reached),
        "places": [one.place.name for one in reached[:NAMED]], "coverage": coverage_of(series, day),
    }  # fmt: skip
    return _draft(series, f"{rule}:many:{day}", series.name, cause)


def _total_drafts(series: CountSeries, days: Sequence[date]) -> list[AlertDraft]:
    if series.total_limit is None:
        return []
    found = []
    for day, total in totals_of(series, days[0], days[-1]).items():
        if day in days and total.value >= series.total_limit:
            cause = {
                "counts": series.pk, "rule": "total", "day": day.isoformat(), "limit": series.total_limit,
                "n": shown(total.value, exact=not series.about_people),
                "coverage": [total.reported, total.expected],
            }  # fmt: skip
            found.append(_draft(series, f"total:{day}", series.name, cause))
    return found


def _burst_drafts(series: CountSeries, days: Sequence[date], now: datetime) -> list[AlertDraft]:
    if not series.watch_bursts:
        return []
    found = []
    for one in bursts_of(series, upto=days[-1]):
        if one.day not in days:
            continue
        name = one.place.name if one.place is not None else ""
        cause: dict[str, Any] = {
            "counts": series.pk, "rule": "burst", "day": one.day.isoformat(), "place_name": name,
            "place": one.place.pk if one.place is not None else None,
            "n": shown(one.value, exact=not series.about_people), "expected": round(one.expected, 1),
            "score": round(one.score, 1), "coverage": coverage_of(series, one.day),
        }  # fmt: skip
        key = one.place.pk if one.place is not None else "all"
        found.append(_draft(series, f"burst:{key}:{one.day}", f"{series.name} {name}".strip(), cause))
    return (
        found
        if len(found) <= MOST_SINGLE
        else [one for one in found if one.cause["place"] is None] or found[:1]
    )


def _draft(series: CountSeries, key: str, title: str, cause: dict[str, Any]) -> AlertDraft:
    return AlertDraft(
        unit=series.unit,
        kind=AlertKind.COUNT,
        rule=series.name,
        rule_key=f"counts:{series.pk}",
        once_key=f"counts:{series.pk}:{key}",
        title=title,
        cause=cause,
    )
