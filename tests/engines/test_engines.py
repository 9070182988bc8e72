"""Engines give results in order, and one bad batch or one dead worker never ends a run."""

import os
import signal
import sys
from collections.abc import Iterator
from itertools import count, islice

import pytest

from guanlan.engines import (
    EngineMissingError,
    InlineEngine,
    Lost,
    ProcessEngine,
    UnknownEngineError,
    WorkerStartError,
    engine_named,
)

_held: list[int] = []


def remember(value: int) -> None:
    _held.append(value)


def fail_to_start() -> None:
    raise RuntimeError("no model here")


def doubled(batch: list[int]) -> list[int]:
    return [2 * number for number in batch]


def plus_held(batch: int) -> int:
    return batch + _held[-1]


def picky(batch: int) -> int:
    if batch == 3:
        raise ValueError("three is bad")
    return batch


def deadly(batch: int) -> int:
    if batch == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


@pytest.fixture(params=["inline", "processes"])  # ray: test_cluster.py
def engine(request: pytest.FixtureRequest) -> InlineEngine | ProcessEngine:
    return engine_named(request.param, processes=2)  # type: ignore[return-value]


def test_results_come_in_the_order_of_the_batches(engine: InlineEngine) -> None:
    batches = [[number, number + 1] for number in range(12)]
    assert list(engine.run(doubled, batches)) == [[2 * n, 2 * n + 2] for n in range(12)]


def test_no_batches_give_no_results(engine: InlineEngine) -> None:
    assert list(engine.run(doubled, [])) == []


def test_the_initializer_runs_before_the_first_batch(engine: InlineEngine) -> None:
    assert list(engine.run(plus_held, [1, 2], initializer=remember, initargs=(10,))) == [11, 12]


def test_an_exception_loses_its_own_batch_only(engine: InlineEngine) -> None:
    results = list(engine.run(picky, range(6)))
    assert results == [0, 1, 2, Lost(3, "ValueError: three is bad"), 4, 5]


def test_an_endless_source_is_read_only_as_far_as_needed(engine: InlineEngine) -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    run = engine.run(picky, source())
    assert list(islice(run, 2)) == [0, 1]
    run.close()  # type: ignore[attr-defined]
    assert len(taken) < 12


def test_a_killed_worker_loses_only_the_batch_that_kills() -> None:
    results = list(ProcessEngine(2).run(deadly, range(8)))
    assert results == [0, 1, 2, Lost(3, "worker_killed"), 4, 5, 6, 7]


def test_workers_that_cannot_start_are_an_error_and_not_lost_batches() -> None:
    with pytest.raises(WorkerStartError):
        list(ProcessEngine(1).run(doubled, [[1]], initializer=fail_to_start))


def test_an_initializer_that_fails_here_raises_here() -> None:
    with pytest.raises(RuntimeError, match="no model here"):
        list(InlineEngine().run(doubled, [[1]], initializer=fail_to_start))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownEngineError):
        engine_named("steam")


def test_no_processes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ProcessEngine(0)


def test_an_engine_whose_package_is_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineMissingError, match=r"guanlan\[cluster\]"):
        engine_named("ray")
