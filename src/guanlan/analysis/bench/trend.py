"""Speed of forecasts and of heat over made-up events."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from guanlan.analysis.bench.texts import SEED, Figures, timed
from guanlan.analysis.trend import Spread, TrendModel, heat_series

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
#: Items of an event.
ITEMS = 200


def run(size: int) -> Figures:
    """``size`` items in events of ITEMS: each event forecast after three hours, and its heat of two days."""
    draw = random.Random(SEED)  # noqa: S311 - repeatable times, not secrets
    events = [made_up(draw) for _ in range(max(1, size // ITEMS))]
    model, now, end = TrendModel.load(), STARTED + timedelta(hours=3), STARTED + timedelta(days=2)
    forecast = timed(lambda: [model.forecast(event, now) for event in events])
    heat = timed(lambda: [heat_series(event.times, STARTED, end) for event in events])
    return {
        "n": size,
        "events": len(events),
        "forecasts_per_second": round(len(events) / forecast, 1),
        "heat_items_per_second": round(len(events) * ITEMS / heat, 1),
    }


def made_up(draw: random.Random) -> Spread:
    """An event whose items come ever more slowly."""
    hours = (draw.expovariate(0.2) for _ in range(ITEMS))
    return Spread(STARTED, tuple(STARTED + timedelta(hours=hour) for hour in hours))
