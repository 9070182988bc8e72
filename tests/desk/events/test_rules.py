from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from guanlan.analysis.grade import default_table
from guanlan.desk.events import rules
from guanlan.desk.events.rules import Counts, Voice

T = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FORUM = Voice("local_forum", "forum", negative=True)
COUNTS = Counts(
    first_at=T - timedelta(days=1), texts_24h=30, texts_this_hour=6, texts_prior_6h=12, negative=8, toned=10,
    engagement=120, sensitive_dates=0, voices=(FORUM,),
)  # fmt: skip


def test_counts_become_facts() -> None:
    found = rules.facts_from_counts(COUNTS, nature="service", people="school", floors=(), now=T)
    assert (found.first_source_tier, found.nature, found.people) == ("personal", "service", "school")
    assert (found.items_24h, found.items_this_hour, found.mean_prior_6h) == (30, 6, 2.0)
    assert (found.negative_share, found.negative_n, found.engagement, found.sensitive_hits) == (
        0.8,
        10,
        120,
        0,
    )
    assert found.questioning is True


def test_what_is_not_known_stays_unknown() -> None:
    empty = replace(COUNTS, toned=0, negative=0, engagement=None, voices=(), first_at=None)
    found = rules.facts_from_counts(empty, nature="", people="", floors=(), now=T)
    unknown = (
        found.first_source_tier,
        found.nature,
        found.people,
        found.mean_prior_6h,
        found.engagement,
        found.negative_share,
        found.negative_n,
        found.questioning,
    )
    assert unknown == (None,) * 8


def test_speed_is_unknown_within_the_first_hour_and_known_after() -> None:
    young = replace(COUNTS, first_at=T - timedelta(minutes=59))
    assert rules.facts_from_counts(young, nature="", people="", floors=(), now=T).mean_prior_6h is None
    quiet = replace(COUNTS, texts_prior_6h=0)
    assert rules.facts_from_counts(quiet, nature="", people="", floors=(), now=T).mean_prior_6h == 0.0


def test_toned_but_never_negative_is_not_questioning_unless_a_person_found_a_floor() -> None:
    calm = replace(COUNTS, negative=0)
    assert rules.facts_from_counts(calm, nature="", people="", floors=(), now=T).questioning is False
    found = rules.facts_from_counts(calm, nature="", people="", floors=("death",), now=T)
    assert (found.questioning, found.floors) == (True, ("death",))


@pytest.mark.parametrize(
    ("tiers", "band"),
    [
        (["local_forum"], "personal"),
        (["local_forum", "city_media"], "city"),
        (["hot_list", "portal"], "central"),
        (["province"], "province"),
        (["", "who"], None),
        ([], None),
    ],
)
def test_the_highest_tier_counts(tiers: list[str], band: str | None) -> None:
    assert rules.best_band(tiers) == band


@pytest.mark.parametrize(
    ("voice", "floors"),
    [
        (Voice("central_media", "news", True), ("central_media",)),
        (Voice("provincial_media", "press", True), ("provincial_media",)),
        (Voice("central_media", "weibo", True), ("hot_list",)),
        (Voice("central_media", "news", False), ()),
        (Voice("provincial_media", "weibo", True), ()),
        (Voice("city_media", "news", True), ()),
        (FORUM, ()),
    ],
)
def test_sources_show_floors_for_negative_content_only(voice: Voice, floors: tuple[str, ...]) -> None:
    assert rules.floors_of([voice]) == floors


def test_every_band_and_floor_named_here_is_in_the_table() -> None:
    bands = {band.code for rule in default_table().indicators if rule.code == "I1" for band in rule.bands}
    assert set(rules.TIER_BANDS.values()) == set(rules.BAND_ORDER) == bands
    floors = {floor.code for floor in default_table().floors}
    assert {"central_media", "provincial_media", "hot_list"} <= floors
    levels = {level.code for level in default_table().levels}
    assert set(rules.RESCORE_AFTER) < levels


@pytest.mark.parametrize(
    ("level", "proposed", "confirmed", "lowers", "needs_reason"),
    [
        ("II", "II", "", False, False),  # agreeing
        ("I", "II", "", False, True),  # raising
        ("III", "II", "", True, True),  # below the proposal
        ("II", "II", "III", False, False),  # following a higher proposal
        ("II", "II", "I", True, True),  # agreeing, but below what stands
        ("III", "IV", "III", False, True),  # keeping what stands against a lower proposal
        ("IV", "IV", "III", True, True),
        ("IV", "", "", False, True),  # nothing measurable: a person decides, with a reason
        ("watch", "watch", "", False, False),
        ("watch", "IV", "", True, True),
    ],
)
def test_what_a_choice_of_level_asks_for(
    level: str, proposed: str, confirmed: str, lowers: bool, needs_reason: bool
) -> None:
    found = rules.decision(level, proposed=proposed, confirmed=confirmed)
    assert (found.lowers, found.needs_reason) == (lowers, needs_reason)


@pytest.mark.parametrize(
    ("level", "minutes"), [("I", 30), ("II", 30), ("III", 120), ("IV", 1440), ("watch", 1440), ("", 1440)]
)
def test_grave_events_are_looked_at_more_often(level: str, minutes: int) -> None:
    assert rules.next_rescore(level, T) - T == timedelta(minutes=minutes)


def test_the_gravest_of_two_levels() -> None:
    assert rules.gravest("IV", "II") == "II"
    assert rules.gravest("", "watch") == "watch"
    assert rules.gravest("", "") == ""
