"""The worked examples come out exactly, whatever is known first; more is never graded lower."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.analysis.grade import preset, preset_codes, propose_grade, reasons
from guanlan.analysis.types import Facts
from tests.analysis import grade_examples
from tests.analysis.grade_examples import Default, Preset


@pytest.mark.parametrize("example", grade_examples.DEFAULT, ids=lambda example: example.tells)
def test_the_default_table_gives_what_was_worked_out_by_hand(example: Default) -> None:
    proposal = propose_grade(example.facts)
    assert tuple(one.points for one in proposal.indicators) == example.points
    assert proposal.points == sum(points or 0 for points in example.points)
    assert (proposal.level, proposal.common) == (example.level, example.level)
    assert (proposal.measurable, proposal.floors) == (example.measurable, example.floors)


@pytest.mark.parametrize("example", grade_examples.PRESETS, ids=lambda example: example.tells)
def test_the_published_sets_give_what_was_worked_out_by_hand(example: Preset) -> None:
    proposal = propose_grade(example.facts, preset(example.preset))
    assert tuple(one.reason.partition(".")[2] for one in proposal.indicators) == example.bands
    assert (proposal.level, proposal.measurable) == (example.level, example.measurable)
    assert proposal.preset == example.preset


def test_every_preset_has_an_example() -> None:
    assert {one.preset for one in grade_examples.PRESETS} | {"default"} == set(preset_codes())
    assert len(grade_examples.DEFAULT) + len(grade_examples.PRESETS) >= 40


@pytest.mark.parametrize("example", grade_examples.DEFAULT[:12], ids=lambda example: example.tells)
def test_each_point_has_its_reason_in_both_languages(example: Default) -> None:
    proposal = propose_grade(example.facts)
    told = reasons(proposal)
    assert len(told) == 8 + len(proposal.floors)
    for one, words in zip(proposal.indicators, told, strict=False):
        assert f"{one.points}/{one.maximum} 分" in words.zh
        assert f"{one.points} of {one.maximum} points" in words.en


COUNTS = ("items_24h", "items_this_hour", "engagement", "sensitive_hits", "negative_24h")
NUMBERS = st.one_of(st.none(), st.integers(0, 20_000))
FACTS = st.builds(
    Facts,
    first_source_tier=st.sampled_from([None, "personal", "local", "city", "province", "central", "moon"]),
    nature=st.sampled_from([None, "question", "complaint", "death"]),
    items_24h=NUMBERS,
    items_this_hour=NUMBERS,
    mean_prior_6h=st.one_of(st.none(), st.floats(0, 1000)),
    engagement=NUMBERS,
    negative_share=st.one_of(st.none(), st.floats(0, 1)),
    negative_n=st.one_of(st.none(), st.integers(0, 40)),
    people=st.sampled_from([None, "one", "school", "county"]),
    sensitive_hits=st.one_of(st.none(), st.integers(0, 4)),
    questioning=st.sampled_from([None, True, False]),
    floors=st.lists(st.sampled_from(["death", "hot_list", "central_media", "badly_handled"]), max_size=3).map(
        tuple
    ),
    negative_24h=NUMBERS,
    given=st.fixed_dictionaries(
        {},
        optional={"spread": st.just("several"), "risk_score": st.integers(0, 100), "area": st.just("city")},
    ),
)
PRESETS = st.sampled_from(preset_codes())


@given(FACTS, PRESETS, st.sampled_from(COUNTS), st.integers(0, 20_000))
def test_a_higher_count_never_lowers_the_level_or_the_points(
    facts: Facts, code: str, count: str, more: int
) -> None:
    table = preset(code)
    value = getattr(facts, count)
    known: dict[str, Any] = {count: value or 0}
    higher: dict[str, Any] = {count: (value or 0) + more}
    low, high = propose_grade(replace(facts, **known), table), propose_grade(replace(facts, **higher), table)
    assert high.points >= low.points
    assert high.measurable >= low.measurable
    if low.level is not None:
        assert high.level is not None
        assert table.rank(high.level) >= table.rank(low.level)


@given(FACTS, PRESETS, st.randoms(use_true_random=False))
def test_the_order_of_floors_and_of_what_a_person_fills_in_does_not_matter(
    facts: Facts, code: str, draw: Any
) -> None:
    floors, given_ = list(facts.floors), list(facts.given.items())
    draw.shuffle(floors)
    draw.shuffle(given_)
    shuffled = replace(facts, floors=tuple(floors), given=dict(given_))
    assert propose_grade(shuffled, preset(code)) == propose_grade(facts, preset(code))


@given(FACTS, PRESETS)
def test_what_is_unknown_is_never_worth_nothing(facts: Facts, code: str) -> None:
    table = preset(code)
    proposal = propose_grade(facts, table)
    for rule, one in zip(table.indicators, proposal.indicators, strict=True):
        unknown = one.reason.partition(".")[2] not in {band.code for band in rule.bands}
        assert unknown == (one.points is None)
    assert proposal.measurable == sum(one.maximum for one in proposal.indicators if one.points is not None)
    assert 0 <= proposal.points <= proposal.measurable <= 100
