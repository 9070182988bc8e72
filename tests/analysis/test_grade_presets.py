"""Tables as data: what they say of themselves, what is refused, own levels, grading again, responses."""

import json
from dataclasses import replace
from typing import Any

import pytest

from guanlan.analysis.grade import (
    GradeTableError,
    Level,
    Words,
    declare_response,
    default_table,
    preset,
    preset_codes,
    propose_grade,
    reasons,
    regrade,
    response_scheme,
    table_from,
    with_levels,
)
from guanlan.analysis.grade.presets import FOLDER
from guanlan.analysis.types import Facts

CALM = Facts(first_source_tier="local", nature="service", items_24h=12, items_this_hour=1, mean_prior_6h=1.0,
             engagement=50, people="one", sensitive_hits=0, questioning=True)  # fmt: skip


@pytest.mark.parametrize("code", preset_codes())
def test_a_preset_says_what_it_is_and_where_it_is_from(code: str) -> None:
    table = preset(code)
    assert table.preset == code
    assert set(table.status.split("+")) <= {"LAW", "NAT", "PUB", "PAGE", "DEF"}
    assert table.source or table.status == "DEF"
    assert table.notice.zh
    assert table.notice.en
    assert any("\u4e00" <= one <= "\u9fff" for level in table.levels for one in level.words.zh)
    assert len({level.common for level in table.levels}) == len(table.levels)


def test_all_nine_published_sets_and_the_four_criteria_are_there() -> None:
    rules = {preset(code).rule for code in preset_codes()}
    assert {f"G{n}" for n in range(1, 10)} | {"F-GRADE-2", "F-GRADE-3", "F-GRADE-4"} <= rules


def test_a_preset_that_is_not_shipped_is_refused_by_name() -> None:
    with pytest.raises(GradeTableError, match="mars"):
        preset("mars")


def test_when_a_count_changes_the_grade_is_made_again_and_says_what_moved() -> None:
    before = propose_grade(CALM)
    again = regrade(before, replace(CALM, items_24h=500, engagement=10_000))
    assert (before.level, again.proposal.level, again.moved) == ("IV", "III", 1)
    assert again.changed == ("I3", "I5")
    back = regrade(again.proposal, CALM)
    assert (back.moved, back.changed) == (-1, ("I3", "I5"))
    assert regrade(before, CALM) == type(again)(before, 0, ())


def test_grades_of_two_tables_are_not_compared() -> None:
    before = propose_grade(CALM)
    again = regrade(before, CALM, preset("five-factors"))
    assert again.moved is None
    assert again.changed == ("M1", "M2", "M3", "M4", "M5")


def test_a_level_that_is_not_known_yet_did_not_move() -> None:
    assert regrade(propose_grade(Facts()), CALM).moved is None


def test_major_asks_for_all_three_fields() -> None:
    table = preset("sensitivity-background-influence")
    one = propose_grade(Facts(given={"sensitivity": "high"}), table)
    assert (one.level, one.missing) == ("major", ("L2", "L3"))
    lower = propose_grade(Facts(given={"sensitivity": "middle"}), table)
    assert (lower.level, lower.missing) == ("larger", ())
    full = propose_grade(Facts(given={"sensitivity": "high", "background": "low", "influence": "low"}), table)
    assert full.missing == ()


def test_bad_handling_is_marked_and_told() -> None:
    table = preset("city-classes")
    proposal = propose_grade(Facts(first_source_tier="personal", floors=("badly_handled",)), table)
    assert (proposal.level, proposal.common, proposal.raised_by) == ("2", "II", ("badly_handled",))
    assert "badly handled" in reasons(proposal, table)[-1].en
    assert propose_grade(Facts(floors=("badly_handled",)), table).raised_by == ()


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        (Facts(keyword_growth_3d=2.0, negative_share=0.4), ()),
        (Facts(keyword_growth_3d=2.1), ("keyword_growth",)),
        (Facts(negative_share=0.41), ("negative_words",)),
        (Facts(), ()),
    ],
)
def test_a_flag_shows_by_its_figure_alone(facts: Facts, flags: tuple[str, ...]) -> None:
    proposal = propose_grade(facts, preset("risk-bands"))
    assert (proposal.level, proposal.floors) == (None, flags)


def test_what_a_machine_measured_goes_before_what_a_person_wrote() -> None:
    proposal = propose_grade(replace(CALM, given={"engagement": 99_999, "nature": "death"}))
    assert [one.reason for one in proposal.indicators if one.code in {"I2", "I5"}] == [
        "I2.service",
        "I5.lt100",
    ]
    filled = propose_grade(replace(CALM, engagement=None, given={"engagement": 99_999}))
    assert next(one.points for one in filled.indicators if one.code == "I5") == 15
    words = propose_grade(replace(CALM, engagement=None, given={"engagement": "many"}))
    assert next(one.reason for one in words.indicators if one.code == "I5") == "I5.not_possible"


def level(code: str, least: int, rank: int, common: str) -> Level:
    return Level(code, least, rank, "red", Words(code, code), common)


THREE = (level("甲", 70, 2, "I"), level("乙", 40, 1, "II"), level("丙", 0, 0, "IV"))


def test_a_body_sets_three_levels_of_its_own_and_floors_follow() -> None:
    table = with_levels(default_table(), THREE, "body-1")
    assert propose_grade(CALM, table).level == "丙"
    assert propose_grade(replace(CALM, floors=("hot_list",)), table).level == "乙"
    assert (
        propose_grade(replace(CALM, floors=("death",)), table).level == "乙"
    )  # none stands for III: the graver
    assert propose_grade(replace(CALM, floors=("central_media",)), table).common == "I"
    assert propose_grade(CALM, table).version == "body-1"


@pytest.mark.parametrize(
    ("code", "levels", "version", "cause"),
    [
        ("school-three", THREE, "2", "cannot be exchanged"),
        ("default", THREE, "1", "version of their own"),
        ("default", (), "2", "must stand for one"),
        ("default", (level("甲", 0, 0, "X"),), "2", "must stand for one"),
        ("default", (level("甲", 5, 0, "I"),), "2", "start at 0"),
        ("default", (level("甲", 5, 1, "I"), level("甲", 0, 0, "II")), "2", "same code"),
    ],
)
def test_levels_that_cannot_work_are_refused(
    code: str, levels: tuple[Level, ...], version: str, cause: str
) -> None:
    with pytest.raises(GradeTableError, match=cause):
        with_levels(preset(code), levels, version)


def spoiled(code: str, *path: str | int, value: Any) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8"))
    place: Any = raw
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return raw


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (spoiled("default", "indicators", 2, "bands", 1, "points", value=1), "fewer points"),
        (spoiled("default", "method", value="dice"), "unknown method"),
        (spoiled("default", "levels", 0, "as", value="XX"), "stands for one of"),
        (spoiled("default", "hours", value={"VII": 2}), "hours"),
        (spoiled("school-three", "indicators", 0, "bands", 0, "level", value="IX"), "KeyError"),
        (spoiled("guangzhou-standard", "method", value="highest"), "bring a level"),
        (spoiled("risk-bands", "floors", 0, "when", "fact", value="moon"), "unknown fact moon"),
        (spoiled("sensitivity-background-influence", "required", "level", value="IX"), "no level IX"),
        (
            spoiled("sensitivity-background-influence", "required", "indicators", value=["Z"]),
            "no such indicator",
        ),
    ],
)
def test_a_table_that_would_answer_wrongly_is_refused(raw: dict[str, Any], cause: str) -> None:
    with pytest.raises(GradeTableError, match=cause):
        table_from(raw)


def test_a_response_has_three_levels_or_four_and_says_who_commands() -> None:
    three, four = response_scheme("three"), response_scheme("four")
    assert [one.code for one in three.levels] == ["1", "2", "3"]
    assert [one.code for one in four.levels] == ["I", "II", "III", "IV"]
    assert four.levels[0].commander.zh == "主要负责同志"
    with pytest.raises(GradeTableError):
        response_scheme("../default")


def test_a_disease_of_class_one_can_stand_at_response_level_three() -> None:
    declared = declare_response(response_scheme("three"), "3", disease_class="1", ordered_by="县教育局")
    assert (declared.level, declared.disease_class) == ("3", "1")
    with pytest.raises(GradeTableError, match="no response level 4"):
        declare_response(response_scheme("three"), "4")
    with pytest.raises(GradeTableError, match="no disease class 9"):
        declare_response(response_scheme("three"), "3", disease_class="9")
