"""Benchmarks run at any size and say what they ran on; their texts are the same every time."""

import pytest

from guanlan.analysis.bench import STAGES, bench_stage
from guanlan.analysis.bench.texts import posts


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reports_machine_n_and_rate(name: str) -> None:
    figures = bench_stage(name, 60)
    assert figures["name"] == name
    assert figures["n"] == 60
    assert "cores" in figures["machine"]
    assert any(key.endswith("_per_second") and value > 0 for key, value in figures.items())


def test_posts_are_the_same_every_time_and_about_as_long_as_posts() -> None:
    made = posts(200)
    assert made == posts(200)
    assert 30 < sum(map(len, made)) / len(made) < 90


def test_an_unknown_stage_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        bench_stage("astrology")
