"""The same promises on a real Ray cluster of two workers, started here: `make soak`."""

import json
from pathlib import Path

import pytest

from guanlan.cli.analysing import AnalyseOptions, analyse_to
from guanlan.engines import Lost, RayEngine, WorkerStartError
from tests.engines.test_engines import deadly, doubled, fail_to_start, picky, plus_held, remember

pytestmark = pytest.mark.soak


@pytest.fixture
def engine() -> RayEngine:
    return RayEngine(2)


def test_results_come_in_the_order_of_the_batches(engine: RayEngine) -> None:
    batches = [[number, number + 1] for number in range(12)]
    assert list(engine.run(doubled, batches)) == [[2 * n, 2 * n + 2] for n in range(12)]


def test_the_initializer_runs_before_the_first_batch(engine: RayEngine) -> None:
    assert list(engine.run(plus_held, [1, 2], initializer=remember, initargs=(10,))) == [11, 12]


def test_an_exception_loses_its_own_batch_only(engine: RayEngine) -> None:
    results = list(engine.run(picky, range(6)))
    assert results == [0, 1, 2, Lost(3, "ValueError: three is bad"), 4, 5]


def test_a_killed_worker_loses_only_the_batch_that_kills(engine: RayEngine) -> None:
    results = list(engine.run(deadly, range(8)))
    assert results == [0, 1, 2, Lost(3, "worker_killed"), 4, 5, 6, 7]


def test_workers_that_cannot_start_are_an_error_and_not_lost_batches(engine: RayEngine) -> None:
    with pytest.raises(WorkerStartError, match="no model here"):
        list(engine.run(doubled, [[1]], initializer=fail_to_start))


def test_all_engines_write_the_same_file(tmp_path: Path) -> None:
    given = tmp_path / "posts.jsonl"
    rows = [
        {"title": f"第{n}号停水通知", "content": f"城东片区{n}号楼停水{n}小时，居民很着急。"}
        for n in range(450)
    ]
    given.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    written = {}
    for name in ("inline", "processes", "ray"):
        output = tmp_path / f"{name}.jsonl"
        analyse_to([given], output, AnalyseOptions(engine=name, processes=2))
        written[name] = output.read_bytes()
    assert written["inline"] == written["processes"] == written["ray"]
    assert written["inline"].count(b"\n") == len(rows)
