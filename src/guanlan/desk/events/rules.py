"""Pure decisions about events: from records to grading facts, who may lower, when to look again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from guanlan.analysis.grade import GradeTable, IndicatorRule
from guanlan.analysis.types import Facts
from guanlan.desk.watch.rules import severity

#: Rule G13: every 30 minutes at I and II, two hours at III, daily below and where nobody knows yet.
RESCORE_AFTER = {
    "I": timedelta(minutes=30),
    "II": timedelta(minutes=30),
    "III": timedelta(hours=2),
}
RESCORE_DAILY = timedelta(days=1)
#: News for an open event bring the next look forward to this (F-GRADE-2: recalculated when counts change).
RESCORE_AFTER_NEWS = timedelta(minutes=5)
#: Windows of indicators I3 and I4 (domain 1.2).
SCALE_WINDOW = timedelta(hours=24)
SPEED_WINDOW = timedelta(hours=1)
SPEED_BEFORE_HOURS = 6
#: Growth of keywords (preset G9): these days against as many before them, from so many hits before on. Fewer
#: would make growth out of chance; the number is a choice.
GROWTH_WINDOW = timedelta(days=3)
GROWTH_LEAST = 5
#: Facts of the tables that have a field of their own on the event.
OWN_FIELDS = frozenset({"nature", "people"})

#: Ages in hours, counted from the first document, at which the final volume is forecast (F-TRACE-3). They are
#: those of the model; each holds until the next.
FORECAST_AGES = (1, 3, 6)
#: No forecast is made from this age in hours on: the rest of the way would say little.
FORECAST_UNTIL = 24
#: The volume is called final so long after the first document. A choice: by then most of what comes has come
#: (docs/models/trend.md: in the median matter an eighth comes after the first day).
FINAL_AFTER = timedelta(days=3)

#: Tiers as sources carry them → bands of indicator I1; codes of the table itself stand for themselves.
TIER_BANDS = {
    "personal_post": "personal", "local_forum": "personal",
    "local_account": "local", "county_media": "local",
    "city_media": "city",
    "provincial_media": "province", "portal": "province",
    "central_media": "central", "national_portal": "central", "hot_list": "central",
}  # fmt: skip
BAND_ORDER = ("personal", "local", "city", "province", "central")
#: Kinds of source that are media of their own; on the others a high tier means a hot list.
MEDIA_KINDS = frozenset({"news", "press"})


@dataclass(frozen=True, slots=True)
class Voice:
    """Sources of one tier and kind that speak of an event; ``negative`` when one of their texts is."""

    tier: str
    kind: str
    negative: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What the records of an event say. Texts are counted once however often reposted (rule G15)."""

    first_at: datetime | None
    texts_24h: int
    texts_this_hour: int
    texts_prior_6h: int
    negative: int
    toned: int
    engagement: int | None
    sensitive_dates: int
    voices: tuple[Voice, ...] = ()
    negative_24h: int = 0
    keyword_growth_3d: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person's choice of level asks for."""

    lowers: bool
    needs_reason: bool


def facts_from_counts(
    counts: Counts,
    *,
    nature: str,
    people: str,
    floors: Iterable[str],
    now: datetime,
    given: Mapping[str, str | float] | None = None,
) -> Facts:
    """Facts for the grading table. ``nature``, ``people``, ``floors`` and ``given`` are a person's words."""
    found = tuple(floors)
    questioning = True if found or counts.negative else (False if counts.toned else None)
    return Facts(
        first_source_tier=best_band(voice.tier for voice in counts.voices),
        nature=nature or None,
        items_24h=counts.texts_24h,
        items_this_hour=counts.texts_this_hour,
        mean_prior_6h=_mean_before(counts, now),
        engagement=counts.engagement,
        negative_share=counts.negative / counts.toned if counts.toned else None,
        negative_n=counts.toned or None,
        people=people or None,
        sensitive_hits=counts.sensitive_dates,
        questioning=questioning,
        floors=tuple(dict.fromkeys([*found, *floors_of(counts.voices)])),
        negative_24h=counts.negative_24h if counts.toned else None,
        keyword_growth_3d=counts.keyword_growth_3d,
        given=given or {},
    )


def asked_of_people(table: GradeTable) -> tuple[IndicatorRule, ...]:
    """Indicators that only a person can give and that have no field of their own on the event."""
    return tuple(rule for rule in table.indicators if rule.by_person and rule.fact not in OWN_FIELDS)


def may_be_given(rule: IndicatorRule, value: object) -> bool:
    """Whether a person may say this for an indicator: one of its codes, or a number within its bounds."""
    if rule.kind == "code":
        return value in {band.code for band in rule.bands}
    most = rule.maximum if rule.kind == "score" else float("inf")
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def circumstances(table: GradeTable) -> frozenset[str]:
    """Codes that a person may find to hold: floors that no figure decides, and what raises the level."""
    return frozenset(
        [floor.code for floor in table.floors if not floor.fact] + [one.code for one in table.raises]
    )


def own_level(table: GradeTable, common: str) -> str:
    """The table's own level that stands for a common one; empty when it has none."""
    return next((level.code for level in table.levels if level.common == common), "")


def still_missing(table: GradeTable, own: str, unknown: Iterable[str]) -> tuple[str, ...]:
    """Indicators that the table asks for before ``own`` is confirmed and that are ``unknown``."""
    if not own or not table.required_for or table.rank(own) < table.rank(table.required_for):
        return ()
    left = set(unknown)
    return tuple(code for code in table.required if code in left)


def growth(now: int, before: int) -> float | None:
    """Share by which a count grew, 2.0 is +200 %; None where there was too little before."""
    return (now - before) / before if before >= GROWTH_LEAST else None


def best_band(tiers: Iterable[str]) -> str | None:
    """The highest band of I1 among source tiers; None when no tier is known."""
    bands = {TIER_BANDS.get(tier, tier) for tier in tiers}
    return next((band for band in reversed(BAND_ORDER) if band in bands), None)


def floors_of(voices: Iterable[Voice]) -> tuple[str, ...]:
    """Floors of rule G10 that the sources themselves show, for negative content only."""
    found = set()
    for voice in voices:
        band = TIER_BANDS.get(voice.tier, voice.tier)
        if not voice.negative or band not in {"province", "central"}:
            continue
        if voice.kind in MEDIA_KINDS:
            found.add("central_media" if band == "central" else "provincial_media")
        elif band == "central":
            found.add("hot_list")
    return tuple(sorted(found))


def decision(level: str, *, proposed: str, confirmed: str) -> Decision:
    """What it takes to set ``level`` (rule G11).

    Less than the machine proposes or than a person confirmed is lowering: it takes the leader in charge
    and a reason. Agreeing with the proposal takes none; anything else takes a reason.
    """
    lowers = severity(level) < max(severity(proposed), severity(confirmed))
    return Decision(lowers=lowers, needs_reason=lowers or level != proposed)


def gravest(*levels: str) -> str:
    """The gravest of some levels, empty when none is known."""
    return max(levels, key=severity, default="")


def next_rescore(level: str, now: datetime) -> datetime:
    """When the grade is looked at again (rule G13)."""
    return now + RESCORE_AFTER.get(level, RESCORE_DAILY)


def present_age(started_at: datetime | None, now: datetime) -> int | None:
    """The forecast age that an event has reached; None before the first and from FORECAST_UNTIL on."""
    if started_at is None or now - started_at >= timedelta(hours=FORECAST_UNTIL):
        return None
    return max((age for age in FORECAST_AGES if now - started_at >= timedelta(hours=age)), default=None)


def _mean_before(counts: Counts, now: datetime) -> float | None:
    """Texts an hour in the six hours before this one; unknown when the event is younger than that hour."""
    if counts.first_at is None or counts.first_at > now - SPEED_WINDOW:
        return None
    return counts.texts_prior_6h / SPEED_BEFORE_HOURS
