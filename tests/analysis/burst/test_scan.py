"""The scan finds what stands out, learns the rhythm, and takes no unknown for a zero."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.burst import DAILY, HOURLY, BurstDetector, BurstOptions
from guanlan.analysis.burst.scan import deviance_root, scan_scores
from guanlan.analysis.errors import ModelError

MONDAY = datetime(2023, 12, 31, 16, tzinfo=UTC)  # 2024-01-01 00:00 in Beijing


def steady(steps: int, rate: float, terms: int = 1, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).poisson(rate, (terms, steps)).astype(float)


def test_five_times_the_usual_is_a_burst_in_its_first_hour() -> None:
    counts = steady(200, 4.0)
    counts[0, 150] = 20
    assert scan_scores(counts)[0, 150] > HOURLY.threshold


def test_a_slow_rise_is_found_by_the_sum_of_three_hours() -> None:
    counts = np.full((1, 200), 4.0)
    counts[0, 150:153] = 9
    alone = scan_scores(counts, BurstOptions(windows=1))
    together = scan_scores(counts, BurstOptions(windows=3))
    assert together[0, 152] > alone[0, 152]
    assert together[0, 152] > HOURLY.threshold


def test_a_steady_stream_seldom_alarms() -> None:
    called = scan_scores(steady(8 * 168, 3.0, terms=50)) >= HOURLY.threshold
    beginnings = called[:, 1:] & ~called[:, :-1]
    assert 0 < beginnings.sum() / (50 * 8) < 1.0


def test_the_busy_hour_of_every_day_is_no_burst_once_it_is_known() -> None:
    day = np.where(np.arange(24) == 20, 15.0, 2.0)
    counts = np.tile(day, 21)[None, :]
    busy = scan_scores(counts)[0, 20::24]
    assert busy[-1] < HOURLY.threshold < busy[2]
    assert scan_scores(counts, BurstOptions(period=1))[0, 20::24][-1] > HOURLY.threshold


def test_nothing_is_called_a_burst_during_the_warm_up() -> None:
    counts = np.zeros((1, 60))
    counts[0, [10, 55]] = 50
    scores = scan_scores(counts)
    assert scores[0, 10] == 0.0
    assert scores[0, 55] > HOURLY.threshold


def test_two_items_are_no_burst_however_rare_the_term() -> None:
    counts = np.zeros((1, 200))
    counts[0, 150] = 2
    assert scan_scores(counts)[0, 150] == 0.0
    counts[0, 150] = 3
    assert scan_scores(counts)[0, 150] > HOURLY.threshold


def test_hours_that_nobody_counted_change_nothing() -> None:
    counts = np.full((1, 200), 5.0)
    gap = counts.copy()
    gap[0, 100:150] = np.nan
    assert np.all(scan_scores(gap)[0, 100:150] == 0.0)
    assert scan_scores(gap)[0, 199] == pytest.approx(scan_scores(counts)[0, 199], abs=0.05)


def test_after_a_day_without_counting_the_usual_is_not_called_a_burst_but_after_zeros_it_is() -> None:
    known, unknown = np.full((1, 400), 20.0), np.full((1, 400), 20.0)
    known[0, 150:390], unknown[0, 150:390] = 0.0, np.nan
    assert scan_scores(unknown)[0, 390] < HOURLY.threshold < scan_scores(known)[0, 390]


def test_skipped_steps_are_unknown_and_leave_the_window() -> None:
    detector = BurstDetector(1, BurstOptions(warm_up=0))
    detector.step([4.0], MONDAY)
    detector.step([4.0], MONDAY + timedelta(hours=5))
    assert np.isnan(detector.last[1:]).all()


def test_a_long_burst_does_not_become_the_usual_at_once() -> None:
    counts = np.full((1, 200), 3.0)
    counts[0, 150:162] = 40
    assert np.all(scan_scores(counts)[0, 150:162] > HOURLY.threshold)


def test_a_saved_detector_goes_on_where_it_stopped() -> None:
    counts = steady(120, 3.0, terms=7)
    one = BurstDetector(7)
    for hour in range(100):
        one.step(counts[:, hour], MONDAY + timedelta(hours=hour))
    other = BurstDetector.load(one.save())
    for hour in range(100, 120):
        at = MONDAY + timedelta(hours=hour)
        np.testing.assert_array_equal(one.step(counts[:, hour], at), other.step(counts[:, hour], at))
    assert other.options == HOURLY


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no state"])
def test_a_damaged_state_is_a_model_error(content: bytes) -> None:
    with pytest.raises(ModelError):
        BurstDetector.load(content)


def test_a_cut_state_is_a_model_error() -> None:
    content = BurstDetector(3).save()
    with pytest.raises(ModelError):
        BurstDetector.load(content[: len(content) // 2])


def test_new_terms_join_without_disturbing_the_old() -> None:
    counts = steady(80, 3.0, terms=2)
    alone, grown = BurstDetector(1), BurstDetector(1)
    for hour in range(60):
        alone.step_number(hour, counts[:1, hour])
        grown.step_number(hour, counts[:1, hour])
    grown.grow(2)
    for hour in range(60, 80):
        first = grown.step_number(hour, counts[:, hour])[0]
        assert first == alone.step_number(hour, counts[:1, hour])[0]
    with pytest.raises(ValueError):
        grown.grow(1)


def test_steps_must_come_in_order_and_with_a_zone() -> None:
    detector = BurstDetector(1)
    detector.step([1.0], MONDAY)
    with pytest.raises(ValueError):
        detector.step([1.0], MONDAY)
    with pytest.raises(ValueError):
        detector.step([1.0], datetime(2024, 1, 2))  # noqa: DTZ001
    for wrong in ([-1.0], [1.0, 2.0]):
        with pytest.raises(ValueError):
            detector.step(wrong, MONDAY + timedelta(hours=9))


def test_a_day_starts_at_midnight_in_beijing() -> None:
    detector = BurstDetector(1, DAILY)
    detector.step([1.0], MONDAY + timedelta(hours=23))
    detector.step([1.0], MONDAY + timedelta(hours=24))
    assert detector.at == 1
    assert detector.expected(MONDAY + timedelta(days=2)).shape == (1,)


def test_the_score_is_about_a_standard_normal() -> None:
    draw = np.random.default_rng(5)
    counts = draw.negative_binomial(1 / 0.15, (1 / 0.15) / (1 / 0.15 + 30), 20_000).astype(float)
    scores = deviance_root(counts, np.full(20_000, 30.0), 0.15)
    assert 0.9 < scores.std() < 1.1
    assert 0.001 < (scores > 2.6).mean() < 0.009  # 0.0047 for a normal


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1e300)), min_size=1, max_size=60))
def test_any_counts_give_finite_scores(counts: list[float | None]) -> None:
    row = np.array([[np.nan if count is None else count for count in counts]])
    scores = scan_scores(row, BurstOptions(warm_up=0))
    assert np.isfinite(scores).all()
    assert (scores[np.isnan(row)] == 0).all()
