"""Forecasts of an event's final volume: made once at each age, checked later against what came (F-TRACE-3).

No row waits for a forecast: an event is due where the row for its present age is missing. A process killed
between two events therefore leaves nothing half done, and two clocks at once make one row, because the
pair of event and horizon is unique.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from guanlan.analysis import types
from guanlan.analysis.trend import Calibration, Spread, TrendModel, coverage
from guanlan.analysis.types import ForecastCheck
from guanlan.desk.common.ids import first_id, moment_of
from guanlan.desk.events.models import Event, EventState, Forecast
from guanlan.desk.events.rules import FINAL_AFTER, FORECAST_AGES, FORECAST_UNTIL, present_age

logger = logging.getLogger(__name__)

#: The first documents of an event; how many came beyond them is counted, not loaded.
MOST_TIMES = 20_000
#: Fewer texts than this behind the first are too few here. The model learned from cascades of hundreds
#: (docs/models/trend.md); of a county's matter of twenty it foretells ten times what comes.
LEAST_FOLLOWED = 30
#: Events and forecasts seen to in one go, so that a tick stays short.
AT_ONCE = 50
#: The share of hits is that of the newest checks.
CHECKS_COUNTED = 1_000


def forecasts_due(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Make the forecasts that are due; how many rows were added, refusals among them.

    An event that comes to the desk late gets the forecast of its present age, never one for an age that
    has passed. Nothing is forecast from FORECAST_UNTIL on, or for a closed event.
    """
    made = 0
    for event in list(awaiting_forecast(now)[:limit]):
        try:
            made += _make(event, now)
        except Exception:
            logger.exception("event %s: its forecast broke", event.pk)
    return made


def _within_reach(said: types.Forecast) -> types.Forecast:
    """The forecast, or a refusal where the matter is smaller than any that the model learned from."""
    if said.reason or said.seen >= LEAST_FOLLOWED:
        return said
    return replace(said, estimate=None, low=None, high=None, reason="too_few")


def awaiting_forecast(now: datetime) -> QuerySet[Event]:
    """Open events without the row of their present age, the youngest first."""
    found = Event.objects.none()
    ends = (*FORECAST_AGES[1:], FORECAST_UNTIL)
    for age, end in zip(FORECAST_AGES, ends, strict=True):
        made = Forecast.objects.filter(event=OuterRef("pk"), horizon=age)
        found |= Event.objects.filter(
            ~Exists(made), first_seen_at__lte=now - timedelta(hours=age),
            first_seen_at__gt=now - timedelta(hours=end),
        )  # fmt: skip
    return found.exclude(state=EventState.CLOSED).order_by("-first_seen_at", "pk")


def forecasts_check(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Hold forecasts whose time has come against what came; how many were checked by this call."""
    due = Forecast.objects.filter(check_at__lte=now).order_by("check_at", "pk")
    return sum(_check(row, now) for row in due[:limit])


def forecasts_of(event: Event) -> list[Forecast]:
    """The forecasts of an event, the earliest age first."""
    return list(event.forecasts.order_by("horizon"))


def share_of_hits(events: QuerySet[Event]) -> Calibration:
    """How the checked forecasts of these events have done so far (the newest CHECKS_COUNTED of them)."""
    rows = Forecast.objects.filter(event__in=events.order_by().values("pk"), checked_at__isnull=False)
    return coverage(map(_as_check, rows.order_by("-checked_at", "-pk")[:CHECKS_COUNTED]))


@cache
def model() -> TrendModel:
    """The shipped model, read once in a process."""
    return TrendModel.load()


def _make(event: Event, now: datetime) -> bool:
    started_at = event.first_seen_at
    age = present_age(started_at, now)
    if started_at is None or age is None:
        return False
    items = event.items.order_by("document_id")
    keys = list(items.values_list("document_id", flat=True)[:MOST_TIMES])
    # The first text is what the others answer; it is not itself among those that came after it.
    spread = Spread(started_at, tuple(moment_of(key) for key in keys[1:]))
    said = _within_reach(model().forecast(spread, now))
    one = 1 if keys else 0
    values = {
        "made_at": now, "started_at": started_at, "level": said.level, "reason": said.reason,
        "low": _plus(said.low, one), "middle": _plus(said.estimate, one), "high": _plus(said.high, one),
        "inputs": _inputs(said, keys, started_at, age), "version": said.version,
        "check_at": started_at + FINAL_AFTER,
    }  # fmt: skip
    with transaction.atomic():
        _row, created = Forecast.objects.get_or_create(event=event, horizon=age, defaults=values)
    return created


def _plus(count: int | None, one: int) -> int | None:
    return None if count is None else count + one


def _inputs(said: types.Forecast, keys: Iterable[int], started_at: datetime, age: int) -> dict[str, object]:
    end = first_id(started_at + timedelta(hours=age))
    counted = list(keys)
    by_age = sum(key < end for key in counted)
    return {"seen": len(counted), "by_horizon": by_age, "variant": said.variant}


def _check(row: Forecast, now: datetime) -> bool:
    """Whoever clears ``check_at`` writes the result, in the same statement."""
    end = first_id(row.started_at + FINAL_AFTER)
    actual = row.event.items.filter(document__lt=end).count()
    hit = None if row.low is None or row.high is None else row.low <= actual <= row.high
    waiting = Forecast.objects.filter(pk=row.pk, check_at=row.check_at)
    return bool(waiting.update(actual=actual, hit=hit, checked_at=now, check_at=None))


def _as_check(row: Forecast) -> ForecastCheck:
    said = types.Forecast(
        row.made_at, row.started_at, int(row.inputs.get("seen", 0)), row.middle, row.low, row.high,
        row.horizon, str(row.inputs.get("variant", "")), row.level, row.reason, version=row.version,
    )  # fmt: skip
    return ForecastCheck(said, row.actual or 0, row.hit, None)
