"""EARS and Kleinberg answer as their papers say; bursts come out with their times."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from guanlan.analysis.burst import DAILY, HOURLY, BurstMethod, alarms, burst_scores, find_bursts
from guanlan.analysis.burst.ears import c1_scores, c2_scores, c3_scores
from guanlan.analysis.burst.kleinberg import kleinberg_scores
from guanlan.analysis.burst.options import MOST_STEPS, as_counts

START = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0]  # mean 31/7, deviation 1.512


def test_c1_counts_deviations_from_the_seven_days_before() -> None:
    scores = c1_scores(np.array([[*WEEK, 10.0]]))
    assert scores[0, 7] == pytest.approx((10 - 31 / 7) / np.std(WEEK, ddof=1))


def test_c2_leaves_two_days_out() -> None:
    scores = c2_scores(np.array([[*WEEK, 50.0, 50.0, 10.0]]))
    assert scores[0, 9] == pytest.approx((10 - 31 / 7) / np.std(WEEK, ddof=1))


def test_c3_adds_what_three_days_have_above_one() -> None:
    counts = np.array([[*WEEK, 8.0, 8.0, 8.0, 8.0, 8.0]])
    single = c2_scores(counts)
    assert c3_scores(counts)[0, 11] == pytest.approx(np.maximum(single[0, 9:12] - 1, 0).sum())


def test_a_baseline_that_nobody_counted_gives_no_score() -> None:
    counts = np.array([[np.nan] * 7 + [10.0, np.nan]])
    assert c1_scores(counts)[0, 7:].tolist() == [0.0, 0.0]


def test_the_automaton_goes_up_for_a_lasting_rise_and_comes_down_again() -> None:
    counts = np.array([[2.0] * 200 + [12.0] * 4 + [2.0] * 20])
    scores = kleinberg_scores(counts)
    assert scores[0, 199] < 0 < scores[0, 203]
    assert scores[0, -1] < 0


def test_the_automaton_does_not_move_on_unknown_hours() -> None:
    counts = np.array([[2.0] * 100 + [np.nan] * 5])
    assert (kleinberg_scores(counts)[0, 100:] == 0).all()


@pytest.mark.parametrize("method", list(BurstMethod))
def test_every_method_finds_a_great_burst(method: BurstMethod) -> None:
    counts = np.random.default_rng(3).poisson(2.0, (1, 300)).astype(float)
    counts[0, 250:253] += 40
    found = [one for one in find_bursts(counts, START, HOURLY, method) if one.items >= 40]
    assert len(found) == 1
    assert START + timedelta(hours=250) <= found[0].peak_at < START + timedelta(hours=253)
    assert found[0].evidence[0].code == f"burst.{method}"


def test_a_burst_says_when_it_began_and_ended_and_how_much_came() -> None:
    counts = np.full((2, 100), 3.0)
    counts[1, 80:82] = 30
    counts[1, 82:] = 0
    (burst,) = find_bursts(counts, START, DAILY)
    assert (burst.term, burst.items) == (1, 60)
    assert burst.started_at == START + timedelta(days=80)
    assert burst.ended_at == START + timedelta(days=82)


def test_one_series_may_be_given_alone() -> None:
    assert burst_scores([1, 2, 3], START).shape == (1, 3)
    assert list(find_bursts([], START)) == []


def test_rivals_need_three_items_too() -> None:
    counts = np.zeros((1, 40))
    counts[0, 30] = 2
    scores = burst_scores(counts, START, HOURLY, BurstMethod.C2)
    assert scores[0, 30] > 3
    assert not alarms(counts, scores, HOURLY, BurstMethod.C2).any()


def test_what_is_no_table_of_counts_is_refused() -> None:
    for wrong in ([[-1.0]], np.zeros((1, 1, 1)), np.zeros((1, MOST_STEPS + 1))):
        with pytest.raises(ValueError):
            as_counts(wrong)
    with pytest.raises(ValueError):
        burst_scores([1.0], datetime(2026, 1, 1))  # noqa: DTZ001
