"""A forecast uses only what was there by then, holds its promise, and refuses where it knows too little."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import LabelledDataError, ModelError
from guanlan.analysis.trend import HourlyCounts, Spread, TrendModel, check, coverage
from guanlan.analysis.trend import training as training_module
from guanlan.analysis.trend.model import AGES, SHIPPED, save
from guanlan.analysis.trend.spread import hourly_counts
from guanlan.analysis.trend.training import BoostOptions, conformal_tails, intervals, train
from guanlan.analysis.types import Direction
from tests.analysis.trend.made_up import STARTED, event

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def model() -> TrendModel:
    return TrendModel.load()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model learned from made-up events with few small trees."""
    path = tmp_path_factory.mktemp("trend") / "trend.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_module, "GROWTH", BoostOptions(trees=15, depth=2, rate=0.3))
        patch.setattr(training_module, "WIDTH", BoostOptions(trees=5, depth=2, rate=0.2))
        train([event(seed) for seed in range(180)], path)
    return path


def test_the_shipped_model_answers_at_every_age_and_state_of_knowledge(model: TrendModel) -> None:
    spread = event(1, 400).spread
    bare = dataclasses.replace(spread, parents=(), posters=(), first=None)
    for age in AGES:
        now = STARTED + age * HOUR
        counts = HourlyCounts(STARTED, hourly_counts(spread, age))
        for made in (
            model.forecast(spread, now),
            model.forecast(bare, now),
            model.forecast_hourly(counts, now),
        ):
            assert made.reason == ""
            assert made.seen <= made.low <= made.estimate <= made.high
            assert (made.horizon_hours, made.level, made.made_at) == (age, 0.8, now)
    assert model.forecast(spread, now).variant == "tree"
    assert model.forecast(bare, now).variant == "times"


def test_nothing_after_now_moves_a_forecast(model: TrendModel) -> None:
    whole = event(2, 400).spread
    now = STARTED + HOUR
    places = [place for place, moment in enumerate(whole.times) if moment <= now]
    early = dataclasses.replace(
        whole, times=tuple(whole.times[p] for p in places), parents=(), posters=(), first=None
    )
    bare = dataclasses.replace(whole, parents=(), posters=(), first=None)
    assert model.forecast(bare, now) == model.forecast(early, now)


def test_more_items_in_the_first_hour_mean_more_in_the_end(model: TrendModel) -> None:
    estimates = []
    for items in (20, 80, 400, 2000):
        bare = Spread(STARTED, tuple(STARTED + HOUR * k / items for k in range(items)))
        estimates.append(model.forecast(bare, STARTED + HOUR).estimate)
    assert estimates == sorted(estimates)


def test_before_the_first_hour_and_with_four_items_it_refuses(model: TrendModel) -> None:
    spread = event(3, 300).spread
    young = model.forecast(spread, STARTED + timedelta(minutes=59))
    assert (young.reason, young.estimate, young.horizon_hours) == ("too_young", None, None)
    assert young.seen > 0
    few = model.forecast(Spread(STARTED, (STARTED,) * 4), STARTED + 3 * HOUR)
    assert (few.reason, few.low, few.high, few.seen) == ("too_few", None, None, 4)
    assert model.forecast(Spread(STARTED, ()), STARTED + HOUR).reason == "too_few"


def test_an_hour_that_nobody_counted_is_a_gap_not_a_zero(model: TrendModel) -> None:
    now = STARTED + 3 * HOUR
    assert model.forecast_hourly(HourlyCounts(STARTED, (20, None, 9)), now).reason == "gap"
    assert model.forecast_hourly(HourlyCounts(STARTED, (20, 9)), now).reason == "gap"
    assert model.forecast_hourly(HourlyCounts(STARTED, (20, 0, 9)), now).reason == ""


def test_between_two_ages_the_earlier_one_answers_and_what_came_since_is_the_least(model: TrendModel) -> None:
    counts = HourlyCounts(STARTED, (10, 900))
    made = model.forecast_hourly(counts, STARTED + timedelta(hours=2, minutes=30))
    assert made.horizon_hours == 1
    assert made.low >= made.seen == 910


def test_a_list_cut_off_is_carried_on(model: TrendModel) -> None:
    times = tuple(STARTED + timedelta(seconds=4 * k) for k in range(300))
    whole, cut = Spread(STARTED, times), Spread(STARTED, times, cut_at=times[-1])
    now = STARTED + HOUR
    assert model.forecast(cut, now).estimate > model.forecast(whole, now).estimate


def test_a_forecast_carries_its_direction_and_version(model: TrendModel) -> None:
    made = model.forecast_hourly(HourlyCounts(STARTED, (5, 5, 40, 90)), STARTED + 4 * HOUR)
    assert made.direction is Direction.RISING
    assert made.version == model.version
    assert "/" in made.version


def test_naive_times_are_refused(model: TrendModel) -> None:
    with pytest.raises(ValueError):
        model.forecast(event(1).spread, datetime(2026, 3, 2))  # noqa: DTZ001


def test_hostile_events_neither_hang_nor_overflow(model: TrendModel) -> None:
    now = STARTED + HOUR
    ring = Spread(
        STARTED, (STARTED,) * 50, ("a",) * 50, tuple((k + 1) % 50 for k in range(50)), event(1).spread.first
    )
    assert model.forecast(ring, now).estimate >= 50
    odd = dataclasses.replace(ring, parents=(10**9,) * 50)
    assert model.forecast(odd, now).estimate >= 50
    early = Spread(STARTED, (STARTED - timedelta(days=900),) * 9)
    assert model.forecast(early, now).seen == 9
    flood = HourlyCounts(STARTED, (10**15,))
    assert model.forecast_hourly(flood, now).high < 10**19


def test_learned_intervals_hold_on_new_events(trained: Path) -> None:
    model = TrendModel.load(trained)
    checks = [
        check(model.forecast(one.spread, STARTED + HOUR), one.final)
        for one in (event(seed) for seed in range(1000, 1120))
    ]
    found = coverage(checks)
    assert found.checked > 90
    assert 0.68 < found.coverage < 0.92


def test_the_same_events_give_the_same_bytes_and_reading_them_changes_nothing(
    trained: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.npz"
    save(TrendModel.load(trained), again)
    assert again.read_bytes() == trained.read_bytes()


def test_too_few_events_teach_nothing(tmp_path: Path) -> None:
    with pytest.raises(LabelledDataError):
        train([event(seed) for seed in range(20)], tmp_path / "x.npz")


@pytest.mark.parametrize("size", [0, 100, 5000])
def test_a_damaged_model_is_a_model_error(tmp_path: Path, size: int) -> None:
    path = tmp_path / "trend.npz"
    path.write_bytes(SHIPPED.read_bytes()[:size])
    with pytest.raises(ModelError):
        TrendModel.load(path)


def test_a_missing_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        TrendModel.load(tmp_path / "none.npz")


def test_tails_hold_four_fifths_of_the_errors() -> None:
    errors = np.random.default_rng(1).normal(size=2000)
    low, high = conformal_tails(errors)
    assert 0.79 < ((errors >= low) & (errors <= high)).mean() < 0.82


def test_lists_cut_off_have_intervals_of_their_own() -> None:
    rows = np.column_stack([np.tile(np.arange(300.0), 2), np.repeat([0.0, 1.0], 300)])
    errors = np.random.default_rng(1).normal(size=600) * np.repeat([1.0, 3.0], 300)
    edges, tails = intervals(rows, errors, 1)
    assert edges.shape == (2, 2)
    assert (tails[1, :, 1] > 1.5 * tails[0, :, 1]).all()
    few_edges, few = intervals(rows[:320], errors[:320], 1)
    assert (few[1] == few[0]).all()
    assert (few_edges[1] == few_edges[0]).all()
