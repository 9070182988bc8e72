"""Every edge of the default table, unknowns that stay unknown, and floors that only raise."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guanlan.analysis.grade import (
    DEFAULT_TABLE,
    GradeTableError,
    default_table,
    load_table,
    propose_grade,
    table_from,
)
from guanlan.analysis.types import Facts, Indicator

#: Every indicator known: 15+20+2+2+2+0+2+0 = 43 points of 100.
KNOWN = Facts(
    first_source_tier="central",
    nature="death",
    items_24h=1,
    items_this_hour=1,
    mean_prior_6h=1.0,
    engagement=0,
    negative_share=0.0,
    negative_n=10,
    people="one",
    sensitive_hits=0,
    questioning=True,
)
NOTHING = Facts()


def indicator(facts: Facts, code: str) -> Indicator:
    return next(one for one in propose_grade(facts).indicators if one.code == code)


@pytest.mark.parametrize(
    ("code", "facts", "points", "reason"),
    [
        ("I1", {"first_source_tier": "personal"}, 3, "I1.personal"),
        ("I1", {"first_source_tier": "local"}, 6, "I1.local"),
        ("I1", {"first_source_tier": "city"}, 9, "I1.city"),
        ("I1", {"first_source_tier": "province"}, 12, "I1.province"),
        ("I1", {"first_source_tier": "central"}, 15, "I1.central"),
        ("I2", {"nature": "question"}, 2, "I2.question"),
        ("I2", {"nature": "complaint"}, 5, "I2.complaint"),
        ("I2", {"nature": "service"}, 8, "I2.service"),
        ("I2", {"nature": "discipline"}, 12, "I2.discipline"),
        ("I2", {"nature": "injury"}, 16, "I2.injury"),
        ("I2", {"nature": "death"}, 20, "I2.death"),
        ("I3", {"items_24h": 0}, 2, "I3.lt10"),
        ("I3", {"items_24h": 9}, 2, "I3.lt10"),
        ("I3", {"items_24h": 10}, 4, "I3.10-49"),
        ("I3", {"items_24h": 49}, 4, "I3.10-49"),
        ("I3", {"items_24h": 50}, 6, "I3.50-199"),
        ("I3", {"items_24h": 199}, 6, "I3.50-199"),
        ("I3", {"items_24h": 200}, 8, "I3.200-499"),
        ("I3", {"items_24h": 499}, 8, "I3.200-499"),
        ("I3", {"items_24h": 500}, 10, "I3.ge500"),
        ("I4", {"items_this_hour": 14, "mean_prior_6h": 10.0}, 2, "I4.lt1.5"),
        ("I4", {"items_this_hour": 15, "mean_prior_6h": 10.0}, 4, "I4.1.5-2"),
        ("I4", {"items_this_hour": 19, "mean_prior_6h": 10.0}, 4, "I4.1.5-2"),
        ("I4", {"items_this_hour": 20, "mean_prior_6h": 10.0}, 6, "I4.2-3"),
        ("I4", {"items_this_hour": 29, "mean_prior_6h": 10.0}, 6, "I4.2-3"),
        ("I4", {"items_this_hour": 30, "mean_prior_6h": 10.0}, 8, "I4.3-5"),
        ("I4", {"items_this_hour": 49, "mean_prior_6h": 10.0}, 8, "I4.3-5"),
        ("I4", {"items_this_hour": 50, "mean_prior_6h": 10.0}, 10, "I4.ge5"),
        ("I4", {"items_this_hour": 1, "mean_prior_6h": 0.0}, 10, "I4.ge5"),
        ("I4", {"items_this_hour": 0, "mean_prior_6h": 0.0}, 2, "I4.lt1.5"),
        ("I5", {"engagement": 99}, 2, "I5.lt100"),
        ("I5", {"engagement": 100}, 5, "I5.100-499"),
        ("I5", {"engagement": 499}, 5, "I5.100-499"),
        ("I5", {"engagement": 500}, 9, "I5.500-1999"),
        ("I5", {"engagement": 1999}, 9, "I5.500-1999"),
        ("I5", {"engagement": 2000}, 12, "I5.2000-9999"),
        ("I5", {"engagement": 9999}, 12, "I5.2000-9999"),
        ("I5", {"engagement": 10_000}, 15, "I5.ge10000"),
        ("I6", {"negative_share": 0.19, "negative_n": 10}, 0, "I6.lt20"),
        ("I6", {"negative_share": 0.20, "negative_n": 10}, 3, "I6.20-39"),
        ("I6", {"negative_share": 0.39, "negative_n": 10}, 3, "I6.20-39"),
        ("I6", {"negative_share": 0.40, "negative_n": 10}, 6, "I6.40-59"),
        ("I6", {"negative_share": 0.60, "negative_n": 10}, 8, "I6.60-79"),
        ("I6", {"negative_share": 0.80, "negative_n": 10}, 10, "I6.ge80"),
        ("I6", {"negative_share": 1.00, "negative_n": 10}, 10, "I6.ge80"),
        ("I7", {"people": "one"}, 2, "I7.one"),
        ("I7", {"people": "ten"}, 4, "I7.ten"),
        ("I7", {"people": "class"}, 6, "I7.class"),
        ("I7", {"people": "school"}, 8, "I7.school"),
        ("I7", {"people": "county"}, 10, "I7.county"),
        ("I8", {"sensitive_hits": 0}, 0, "I8.none"),
        ("I8", {"sensitive_hits": 1}, 5, "I8.one"),
        ("I8", {"sensitive_hits": 2}, 10, "I8.two"),
        ("I8", {"sensitive_hits": 9}, 10, "I8.two"),
    ],
)
def test_every_edge_of_every_band(code: str, facts: dict[str, Any], points: int, reason: str) -> None:
    found = indicator(replace(NOTHING, **facts), code)
    assert (found.points, found.reason) == (points, reason)


@pytest.mark.parametrize(
    ("code", "facts", "reason"),
    [
        ("I1", {}, "I1.unknown"),
        ("I1", {"first_source_tier": "the moon"}, "I1.not_in_table"),
        ("I4", {"items_this_hour": 5}, "I4.unknown"),
        ("I4", {"items_this_hour": 5, "mean_prior_6h": -1.0}, "I4.not_possible"),
        ("I5", {"engagement": -3}, "I5.not_possible"),
        ("I6", {"negative_share": 0.9, "negative_n": 9}, "I6.too_few"),
        ("I6", {"negative_share": 0.9}, "I6.too_few"),
        ("I6", {"negative_share": 1.5, "negative_n": 20}, "I6.not_possible"),
        ("I6", {"negative_share": float("nan"), "negative_n": 20}, "I6.not_possible"),
    ],
)
def test_what_is_not_known_has_no_points_and_says_why(code: str, facts: dict[str, Any], reason: str) -> None:
    found = indicator(replace(NOTHING, **facts), code)
    assert (found.points, found.reason) == (None, reason)


@pytest.mark.parametrize(
    ("points", "level"),
    [(19, "watch"), (20, "IV"), (39, "IV"), (40, "III"), (59, "III"), (60, "II"), (79, "II"), (80, "I")],
)
def test_every_edge_of_every_level(points: int, level: str) -> None:
    """A table with one indicator of 100 points, so that any sum can be reached."""
    raw = json.loads(DEFAULT_TABLE.read_text(encoding="utf-8"))
    words = {"zh": "合计", "en": "Sum"}
    bands = [{"code": str(n), "from": n, "points": n, **words} for n in range(101)]
    raw["indicators"] = [
        {"code": "S", "max": 100, "kind": "number", "fact": "engagement", "bands": bands, **words}
    ]
    proposal = propose_grade(replace(NOTHING, engagement=points), table_from(raw))
    assert (proposal.points, proposal.level, proposal.measurable) == (points, level, 100)


def test_points_are_summed_and_every_indicator_is_shown() -> None:
    proposal = propose_grade(KNOWN)
    assert (proposal.points, proposal.measurable, proposal.level) == (43, 100, "III")
    assert [one.code for one in proposal.indicators] == [f"I{n}" for n in range(1, 9)]
    assert [one.maximum for one in proposal.indicators] == [15, 20, 10, 10, 15, 10, 10, 10]


def test_nothing_known_gives_no_level() -> None:
    proposal = propose_grade(NOTHING)
    assert (proposal.level, proposal.points, proposal.measurable) == (None, 0, 0)


def test_below_sixty_measurable_a_person_decides_but_points_are_kept() -> None:
    """I1 15 + I2 20 + I3 10 + I7 10 = 55; with I8 it is 65."""
    known = Facts(first_source_tier="central", nature="death", items_24h=500, people="county")
    assert (propose_grade(known).level, propose_grade(known).measurable) == (None, 55)
    assert propose_grade(known).points == 55
    assert propose_grade(replace(known, sensitive_hits=0)).level == "III"


@pytest.mark.parametrize(
    ("floor", "level"),
    [
        ("central_media", "I"),
        ("central_organ", "I"),
        ("provincial_media", "II"),
        ("hot_list", "II"),
        ("leader_note", "II"),
        ("death", "III"),
        ("minors", "III"),
        ("group_gathering", "III"),
    ],
)
def test_a_floor_raises_to_its_level(floor: str, level: str) -> None:
    low = replace(KNOWN, first_source_tier="personal", nature="question", floors=(floor,))
    assert propose_grade(replace(low, floors=())).level == "watch"
    assert propose_grade(low).level == level
    assert propose_grade(low).floors == (floor,)


def test_a_floor_never_lowers() -> None:
    high = replace(KNOWN, items_24h=500, engagement=10_000, people="county", sensitive_hits=2)
    assert propose_grade(high).level == "I"
    assert propose_grade(replace(high, floors=("death",))).level == "I"


def test_floors_hold_for_negative_or_questioning_content_only() -> None:
    praise = replace(KNOWN, questioning=False, floors=("central_media",))
    assert (propose_grade(praise).level, propose_grade(praise).floors) == ("III", ())
    unknown = replace(praise, questioning=None)
    assert propose_grade(unknown).floors == ()


def test_a_floor_decides_even_when_little_is_measurable() -> None:
    assert propose_grade(Facts(questioning=True, floors=("central_media",))).level == "I"


def test_a_matter_to_report_whatever_the_level_is_named_and_raises_nothing() -> None:
    proposal = propose_grade(replace(KNOWN, floors=("sensitive_report",)))
    assert (proposal.level, proposal.floors) == ("III", ("sensitive_report",))


def test_a_floor_that_the_table_does_not_have_is_passed_over() -> None:
    assert propose_grade(replace(KNOWN, floors=("volcano",))).floors == ()


def test_the_shipped_table_says_that_it_is_not_official() -> None:
    table = default_table()
    assert (table.status, table.notice.zh) == ("DEF", "产品默认,非官方标准")
    assert sum(rule.maximum for rule in table.indicators) == 100


def spoiled(*path: str | int, value: Any) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(DEFAULT_TABLE.read_text(encoding="utf-8"))
    place: Any = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return raw


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (spoiled("indicators", value=[]), "sum to 100"),
        (spoiled("indicators", 0, "bands", 4, "points", value=99), "0..max"),
        (spoiled("indicators", 0, "fact", value="weather"), "unknown fact"),
        (spoiled("indicators", 0, "kind", value="feeling"), "unknown kind"),
        (spoiled("indicators", 0, "bands", value=[]), "no bands"),
        (spoiled("indicators", 2, "bands", 0, "from", value=1), "start at 0"),
        (spoiled("indicators", 2, "bands", 2, "from", value=10), "start at 0 and rise"),
        (spoiled("indicators", 3, "against", value=""), "measured against"),
        (spoiled("indicators", 0, "bands", 1, "code", value="personal"), "same code"),
        (spoiled("levels", 4, "from", value=5), "lowest must start at 0"),
        (spoiled("levels", 0, "rank", value=9), "ranks"),
        (spoiled("floors", 0, "level", value="VII"), "no level VII"),
        (spoiled("levels", value=None), "TypeError"),
        ({}, "KeyError"),
        ([], "TypeError"),
    ],
)
def test_a_wrong_table_is_refused_with_its_cause(raw: Any, cause: str) -> None:
    with pytest.raises(GradeTableError, match=cause):
        table_from(raw)


def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(GradeTableError, match=r"mine\.json"):
        load_table(path)
    with pytest.raises(GradeTableError, match=r"nowhere\.json"):
        load_table(tmp_path / "nowhere.json")
