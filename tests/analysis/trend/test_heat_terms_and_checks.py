"""Heat fades by half, directions follow their rule, forecasts are held against what came."""

import dataclasses
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.trend import (
    HeatOptions,
    check,
    coverage,
    direction,
    engaged_weights,
    expected_counts,
    heat_at,
    heat_series,
    median_counts,
)
from guanlan.analysis.trend.verify import wilson
from guanlan.analysis.types import Direction, Forecast

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MADE = Forecast(NOON, NOON - HOUR, 50, 100, 80, 150, 1, "times")


def test_an_item_has_half_its_heat_after_a_half_life() -> None:
    assert heat_at([NOON], NOON) == pytest.approx(1.0)
    assert heat_at([NOON], NOON + 6 * HOUR) == pytest.approx(0.5)
    assert heat_at([NOON], NOON + 6 * HOUR, options=HeatOptions(half_life=3 * HOUR)) == pytest.approx(0.25)


def test_an_item_has_no_heat_before_it_came() -> None:
    heat = heat_series([NOON + timedelta(minutes=30)], NOON, NOON + 2 * HOUR)
    assert heat.values[0] == 0.0
    assert heat.values[1] == pytest.approx(0.5 ** (0.5 / 6))


def test_items_from_before_the_series_still_glow() -> None:
    assert heat_series([NOON - 6 * HOUR], NOON, NOON).values == pytest.approx((0.5,))


def test_a_steady_stream_settles_where_the_formula_says() -> None:
    times = [NOON + timedelta(minutes=m) for m in range(0, 60 * 96)]
    assert heat_at(times, NOON + 96 * HOUR) == pytest.approx(60 * 6 / math.log(2), rel=0.01)


def test_engagement_weighs_by_its_logarithm() -> None:
    assert engaged_weights([0, None, 99, -5]) == pytest.approx([1, 1, 1 + math.log(100), 1])
    assert heat_at([NOON, NOON], NOON, [2.0, 3.0]) == pytest.approx(5.0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-5000, 5000), max_size=40), st.integers(1, 50))
def test_the_series_is_the_sum_over_items(minutes: list[int], points: int) -> None:
    times = [NOON + timedelta(minutes=minute) for minute in minutes]
    heat = heat_series(times, NOON, NOON + points * HOUR)
    assert len(heat.values) == points + 1
    last = NOON + points * HOUR
    by_hand = sum(0.5 ** ((last - one) / (6 * HOUR)) for one in times if one <= last)
    assert heat.values[-1] == pytest.approx(by_hand, abs=1e-9)


def test_what_makes_no_series_is_refused() -> None:
    for times, start, end, weights in (
        ([NOON.replace(tzinfo=None)], NOON, NOON, None),
        ([NOON], NOON, NOON - HOUR, None),
        ([NOON], NOON, NOON + timedelta(days=400), None),
        ([NOON], NOON, NOON, [1.0, 2.0]),
        ([NOON], NOON, NOON, [-1.0]),
        ([NOON], NOON, NOON, [math.nan]),
    ):
        with pytest.raises(ValueError):
            heat_series(times, start, end, weights)
    with pytest.raises(ValueError):
        heat_at([NOON], NOON, options=HeatOptions(half_life=timedelta(0)))


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ((5, 5, 5, 15, 15, 15), Direction.RISING),
        ((15, 15, 15, 5, 5, 5), Direction.FALLING),
        ((10, 10, 10, 11, 10, 10), Direction.LEVEL),
        ((90, 90, 90, 5, 5, 5, 15, 15, 15), Direction.RISING),
        ((2, 20), Direction.RISING),
        ((1, 1, 0, 1, 1, 0), Direction.UNKNOWN),
        ((5, 5, None, 15, 15, 15), Direction.UNKNOWN),
        ((50,), Direction.UNKNOWN),
        ((), Direction.UNKNOWN),
    ],
)
def test_direction_compares_three_hours_with_the_three_before(
    counts: tuple[int | None, ...], word: Direction
) -> None:
    assert direction(counts) is word


def test_a_hit_lies_in_the_interval_with_its_ends() -> None:
    assert [check(MADE, actual).hit for actual in (79, 80, 150, 151)] == [False, True, True, False]
    assert check(MADE, 100).log_error == 0.0
    assert check(MADE, 201).log_error == pytest.approx(math.log(101 / 202))
    with pytest.raises(ValueError):
        check(MADE, -1)


def test_a_refusal_is_neither_hit_nor_miss() -> None:
    refused = dataclasses.replace(MADE, estimate=None, low=None, high=None, reason="too_few")
    assert check(refused, 5).hit is None
    found = coverage([check(refused, 5), check(MADE, 100), check(MADE, 500)])
    assert (found.checked, found.hits, found.refused, found.coverage) == (2, 1, 1, 0.5)
    assert coverage([]).honest is None


def test_calibration_says_when_the_promise_cannot_be_true() -> None:
    assert coverage([check(MADE, 100)] * 80 + [check(MADE, 500)] * 20).honest is True
    assert coverage([check(MADE, 100)] * 50 + [check(MADE, 500)] * 50).honest is False
    low, high = wilson(80, 100)
    assert (round(low, 3), round(high, 3)) == (0.711, 0.867)


def test_tomorrow_is_expected_from_the_days_before_alone() -> None:
    counts = np.array([[4.0, 4.0, 4.0, 90.0]])
    expected = expected_counts(counts)
    assert np.isnan(expected[0, 0])
    assert expected[0, 1:4] == pytest.approx([4.0, 4.0, 4.0])
    assert 10 < expected[0, 4] < 90
    assert expected_counts(counts[:, :3])[0] == pytest.approx(expected[0, :4], nan_ok=True)


def test_days_that_nobody_counted_are_passed_over() -> None:
    with_gap = np.array([[4.0, np.nan, np.nan, 4.0]])
    assert expected_counts(with_gap)[0, 4] == pytest.approx(4.0)


def test_the_median_is_whole_and_below_the_mean_of_a_skewed_count() -> None:
    means = np.array([0.0, 0.3, 1.0, 5.0, 24.0, 26.0, 1000.0])
    medians = median_counts(means)
    assert medians[0] == medians[1] == 0
    assert (medians == np.round(medians)).all()
    assert (np.diff(medians) >= 0).all()
    draws = np.random.default_rng(2).negative_binomial(1 / 0.6, (1 / 0.6) / (1 / 0.6 + 5), 50_000)
    assert medians[3] == np.median(draws)
    assert np.isnan(median_counts(np.array([np.nan]))[0])
