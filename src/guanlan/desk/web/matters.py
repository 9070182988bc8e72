"""Where a matter goes, where it came from and who may answer for it: panels of the event and group pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanlan.analysis.trend import Calibration
from guanlan.analysis.types import Descent, Direction
from guanlan.desk.events.models import Event, EventState, Forecast
from guanlan.desk.events.rules import FINAL_AFTER, FORECAST_AGES, FORECAST_UNTIL, present_age
from guanlan.desk.events.tracing import Traced
from guanlan.desk.events.trend import Trend
from guanlan.desk.sources.models import SourceKind
from guanlan.desk.web.words import tiers

#: Deeper texts of a tree stand no further to the right: a phone is narrow.
DEEPEST = 6

DIRECTIONS: dict[str, Promise] = {
    Direction.RISING: gettext_lazy("Rising"),
    Direction.LEVEL: gettext_lazy("Steady"),
    Direction.FALLING: gettext_lazy("Falling"),
    Direction.UNKNOWN: gettext_lazy("Cannot be said yet"),
}
DIRECTION_ICONS = {Direction.RISING: "trending-up", Direction.FALLING: "trending-down"}
#: why the model refused (guanlan.analysis.types.Forecast) → sentence
REFUSED: dict[str, Promise] = {
    "too_young": gettext_lazy("No forecast: the first hour was not over."),
    "too_few": gettext_lazy(
        "No forecast: too few texts had followed the first one by then; the model learned from larger matters."
    ),
    "gap": gettext_lazy("No forecast: an hour was not counted."),
}
CONFIDENCE: dict[str, Promise] = {
    "high": gettext_lazy("rather sure"),
    "medium": gettext_lazy("middling"),
    "low": gettext_lazy("weak"),
}
#: what lowers the belief in the earliest appearance (guanlan.analysis.trace) → words
DOUBTS: dict[str, Promise] = {
    "undated": gettext_lazy("its page states no time"),
    "origin_outside": gettext_lazy("it names an origin that is not among these texts"),
}
DESCENTS: dict[str, Promise] = {
    Descent.CHAIN: gettext_lazy("repost chain"),
    Descent.ORIGIN_LINE: gettext_lazy("origin line"),
    Descent.OVERLAP: gettext_lazy("same words, later"),
    Descent.CASCADE: gettext_lazy("time alone"),
    Descent.FIRST: gettext_lazy("earliest known of these"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """An hour of the chart in percent of the height; ``number`` are hours since 1970."""

    hour: datetime
    number: int
    total: int
    heat: float
    top: float
    height: float
    url: str


@dataclass(frozen=True, slots=True)
class TrendPanel:
    """What the chart draws and says. ``line`` are the points of an SVG polyline."""

    points: tuple[Point, ...]
    line: str
    highest: int
    hottest: float
    word: str
    icon: str
    rule: str
    unknown: bool

    @property
    def listed(self) -> list[Point]:
        """Hours with texts, newest first: what the table has."""
        return [point for point in reversed(self.points) if point.total]


def trend_panel(trend: Trend, url_of: Callable[[int], str]) -> TrendPanel:
    """The panel of a trend; ``url_of`` an hour opens its texts."""
    highest = max((hour.total for hour in trend.hours), default=0)
    hottest = max((hour.heat for hour in trend.hours), default=0.0)
    points = []
    for hour in trend.hours:
        number, height = int(hour.hour.timestamp()) // 3600, 100 * hour.total / max(1, highest)
        top = 100 - height
        points.append(Point(hour.hour, number, hour.total, hour.heat, top, height, url_of(number)))
    drawn = [100 - 100 * point.heat / max(hottest, 1e-9) for point in points]
    line = " ".join(f"{place + 0.5:g},{y:.1f}" for place, y in enumerate(drawn))
    return TrendPanel(
        tuple(points), line, highest, hottest, str(DIRECTIONS[trend.direction]),
        DIRECTION_ICONS.get(trend.direction, "minus"), rule_words(trend), trend.direction is Direction.UNKNOWN,
    )  # fmt: skip


def rule_words(trend: Trend) -> str:
    """By what the direction was said, so that a person can check it with a pencil."""
    said = {"n": trend.stretch, "after": trend.after, "before": trend.before}
    if trend.direction is Direction.UNKNOWN:
        return (
            _("The last %(n)s whole hours had %(after)s texts, those before %(before)s: too few to say.")
            % said
        )
    return (
        _(
            "The last %(n)s whole hours had %(after)s texts, those before %(before)s. Rising or falling is said "
            "where chance alone would bring such a difference in 1 of 10 cases at most."
        )
        % said
    )


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """A forecast in words; ``result`` is empty until it was checked."""

    row: Forecast
    said: str
    result: str
    due: datetime


def forecast_rows(rows: Sequence[Forecast]) -> list[ForecastRow]:
    """What was forecast and what came, the earliest age first."""
    return [ForecastRow(row, _said(row), _result(row), row.started_at + FINAL_AFTER) for row in rows]


def _said(row: Forecast) -> str:
    if row.low is None:
        return str(REFUSED.get(row.reason, row.reason))
    return _("%(low)s to %(high)s texts, most likely %(middle)s") % {
        "low": row.low, "high": row.high, "middle": row.middle
    }  # fmt: skip


def _result(row: Forecast) -> str:
    if row.checked_at is None:
        return ""
    if row.hit is None:
        return _("%(n)s came") % {"n": row.actual}
    said = _("%(n)s came: inside") if row.hit else _("%(n)s came: outside")
    return said % {"n": row.actual}


def no_forecast(event: Event, rows: Sequence[Forecast], now: datetime) -> str:
    """Why there is no forecast, or when the next one is made; empty when there is nothing to say."""
    if event.first_seen_at is None:
        return _("The event has no text yet, so nothing is forecast.")
    if event.state == EventState.CLOSED:
        return "" if rows else _("The event was closed before a forecast was made.")
    age = present_age(event.first_seen_at, now)
    made = {row.horizon for row in rows}
    if age is not None and age not in made:
        return _("The desk is about to make the forecast of this hour.")
    later = [hours for hours in FORECAST_AGES if now - event.first_seen_at < timedelta(hours=hours)]
    if later:
        return _("The next forecast is made %(n)s h after the first text.") % {"n": later[0]}
    if rows:
        return ""
    return _(
        "No forecast: the event came to the desk more than %(n)s h after its first text, when it is of little use."
    ) % {"n": FORECAST_UNTIL}


def share_words(found: Calibration) -> str:
    """How forecasts have held so far."""
    if found.coverage is None or found.interval95 is None:
        return _("No forecast has come due yet: each is checked %(n)s days after the first text.") % {
            "n": FINAL_AFTER.days
        }
    said = _(
        "Of %(n)s forecasts checked so far, %(hits)s held: %(share)s %%, where %(level)s %% is promised "
        "(with so few, anything from %(low)s to %(high)s %% may be true)."
    ) % {
        "n": found.checked, "hits": found.hits, "share": round(found.coverage * 100),
        "level": round(found.level * 100), "low": round(found.interval95[0] * 100),
        "high": round(found.interval95[1] * 100),
    }  # fmt: skip
    return said if found.honest else f"{said} {_('That is not what is promised: do not rely on it here.')}"


@dataclass(frozen=True, slots=True)
class SourcePanel:
    """Where a matter came from, in words."""

    found: Traced
    confidence: str
    doubts: tuple[str, ...]
    listened: int
    spread: tuple[tuple[str, str, int, datetime], ...]
    most: int


def source_panel(found: Traced, listened: int) -> SourcePanel:
    """``listened``: how many sources the desk listens to now."""
    kinds, bands = dict(SourceKind.choices), dict(tiers())
    spread = tuple(
        (str(kinds.get(row.kind, row.kind)), str(bands.get(row.tier, row.tier)), row.items, row.first)
        for row in found.spread
    )
    doubts = tuple(str(DOUBTS[code]) for code in found.why if code in DOUBTS)
    most = max((row.items for row in found.spread), default=0)
    return SourcePanel(found, str(CONFIDENCE[found.word]), doubts, listened, spread, most)
