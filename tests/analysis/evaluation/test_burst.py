"""``guanlan eval burst`` puts bursts into real series and counts what is found and what is false."""

import dataclasses
import json
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.burst import DAILY, BurstMethod
from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation import burst
from guanlan.analysis.evaluation.burst import Background, Term
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.split import Rows

MONDAY = datetime(2024, 1, 1, tzinfo=UTC) - timedelta(hours=8)
WORDS = ("天气", "食堂", "公园", "学校", "医院", "地铁")


def background(rate: float = 2.0, terms: int = 4, days: int = 500) -> Background:
    counts = np.random.default_rng(4).poisson(rate, (terms, days)).astype(float)
    counts[:, 300:320] = np.nan
    return Background(counts, MONDAY, DAILY, (1, 2, 3), 56, 60)


def titles(path: Path, days: int = 200) -> Path:
    draw = random.Random(7)
    lines = ["date\tindex\tband_rank\ttitle"]
    for day in range(days):
        shown = date(2024, 1, 1) + timedelta(days=day)
        for at in range(12):
            lines.append(f"{shown}\t{at}\t\t{draw.choice(WORDS)}，{draw.choice(WORDS)}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def events(path: Path) -> Path:
    draw = random.Random(9)
    rows = []
    for number in range(60):
        start = 1_577_836_800 + draw.randrange(10**7)
        times = [start + 4 * 86_400 + draw.randrange(5 * 10**6) for _ in range(400)]
        shown = [str(datetime.fromtimestamp(at, UTC).replace(tzinfo=None)) for at in times]
        rows.append({"time": start, "text": f"事{number}", "reposts": [[at, "u", -1, ""] for at in shown]})
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_injected_bursts_are_spaced_and_lie_on_known_days() -> None:
    quiet = background()
    raised, bursts = burst.inject(quiet)
    assert sum(map(len, bursts)) > 5
    for row, loud, here in zip(quiet.counts, raised, bursts, strict=True):
        inside = np.zeros(len(row), dtype=bool)
        for first, end, strength in here:
            assert strength in burst.STRENGTHS
            assert not np.isnan(row[first:end]).any()
            inside[first:end] = True
        np.testing.assert_array_equal(loud[~inside], row[~inside])
        assert (loud[inside] >= row[inside]).all()
        assert all(two[0] - one[1] >= quiet.pause for one, two in pairwise(here))


def test_the_same_seed_injects_the_same_bursts_and_leaves_the_background_alone() -> None:
    quiet = background()
    before = quiet.counts.copy()
    assert burst.inject(quiet, 3)[1] == burst.inject(quiet, 3)[1] != burst.inject(quiet, 4)[1]
    np.testing.assert_array_equal(quiet.counts, before)


def test_the_shipped_detector_finds_most_and_seldom_cries_wolf() -> None:
    terms = burst.measure(background())
    assert burst.recall(terms) > 0.85
    assert burst.recall(terms, 10) > 0.95
    assert burst.false_alarms(terms) < 0.5
    assert burst.error_ratio(terms) < 1.0


def test_a_lower_threshold_finds_more_and_errs_more() -> None:
    strict = background()
    loose = dataclasses.replace(strict, options=dataclasses.replace(DAILY, threshold=1.0))
    more, less = burst.measure(loose), burst.measure(strict)
    assert burst.recall(more) >= burst.recall(less)
    assert burst.false_alarms(more) > burst.false_alarms(less)


def test_rivals_can_be_measured_the_same_way() -> None:
    assert 0 < burst.recall(burst.measure(background(), BurstMethod.C2)) <= 1


def test_figures_are_shares_of_bursts_and_of_weeks() -> None:
    terms = [Term(((3, True), (4, False)), 2, 10.0, 3.0, 4.0), Term((), 1, 5.0, 1.0, 4.0)]
    assert burst.recall(terms) == 0.5
    assert burst.recall(terms, 3) == 1.0
    assert burst.false_alarms(terms) == pytest.approx(0.2)
    assert burst.error_ratio(terms) == 0.5


def test_titles_by_day_and_events_by_hour_are_told_apart(tmp_path: Path) -> None:
    files = [events(tmp_path / "a.tsv"), titles(tmp_path / "b.jsonl")]
    daily, hourly = burst.read_backgrounds(files, Rows.ALL)
    assert daily.options.step == timedelta(days=1)
    assert len(daily.counts) == len(WORDS)
    assert hourly.counts.shape == (burst.STREAMS, burst.FOLDED_HOURS)
    assert 10_000 < hourly.counts.sum() <= 60 * 400


def test_it_answers_with_the_fixed_names(tmp_path: Path) -> None:
    report = burst.evaluate([titles(tmp_path / "b")], EvalOptions())
    assert report.name == "burst"
    assert set(report.metrics) == {"recall", "false_alarms_per_week", "term_mae_ratio"}
    assert report.n > 0
    hourly = burst.evaluate([events(tmp_path / "a")], EvalOptions())
    assert set(hourly.metrics) == {"recall", "false_alarms_per_week"}


def test_a_term_belongs_to_one_part(tmp_path: Path) -> None:
    path = titles(tmp_path / "b")
    sizes = [len(burst.daily_background([path], rows).counts) for rows in (Rows.TUNING, Rows.VALIDATION)]
    assert sum(sizes) == len(WORDS)


def test_days_that_are_not_in_the_file_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_text("date\ttitle\n2024-01-01\t食堂\n2024-01-04\t食堂\n", encoding="utf-8")
    counts = burst.daily_background([path], Rows.ALL).counts
    assert np.isnan(counts[0]).tolist() == [False, True, True, False]


@pytest.mark.parametrize("content", ["date\ttitle\nyesterday\t食堂\n", "date\ttitle\n", '{"x": 1}\n', ""])
def test_a_file_of_another_form_is_an_error_that_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LabelledDataError):
        burst.evaluate([path], EvalOptions())
