"""A pool of processes on this machine that outlives the death of a worker.

A worker that is killed (out of memory, by a person, by a fault in a C library) breaks the whole pool of
the standard library. Here the batches that were under way are set aside, the pool is built anew, and
each of them gets one process of its own for a second try: whichever kills its process again is ``Lost``,
the others are done. Nothing that kills a worker is ever run in the calling process.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic

from guanlan.engines.base import Batch, Lost, Result, WorkerStartError

#: Batches handed out ahead of each process: it never waits, and little is repeated when one dies.
AHEAD = 2


class ProcessEngine:
    """Runs on ``processes`` processes (default: one for each core). Functions must be importable."""

    name = "processes"

    def __init__(self, processes: int | None = None) -> None:
        if processes is not None and processes < 1:
            raise ValueError("processes must be at least 1")
        self.processes = processes or os.cpu_count() or 1

    def run(
        self,
        function: Callable[[Batch], Result],
        batches: Iterable[Batch],
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> Iterator[Result | Lost]:
        """See :class:`guanlan.engines.base.Engine`."""
        run = _Run(self.processes, function, initializer, initargs)
        try:
            run.check_start()
            yield from run.results(iter(batches))
        finally:
            run.pool.shutdown(wait=True, cancel_futures=True)


class _Run(Generic[Batch, Result]):
    def __init__(
        self,
        processes: int,
        function: Callable[[Batch], Result],
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        self.processes = processes
        self.function = function
        self.initializer = initializer
        self.initargs = initargs
        self.pool = self._pool(processes)
        self.number = 0

    def check_start(self) -> None:
        """Raise WorkerStartError when not even an empty call comes back."""
        try:
            self.pool.submit(_nothing).result()
        except BrokenProcessPool as error:
            raise WorkerStartError("a worker ended before its first batch") from error

    def results(self, batches: Iterator[Batch]) -> Iterator[Result | Lost]:
        waiting: deque[tuple[int, Batch, Future[Result]]] = deque()
        while True:
            while len(waiting) < self.processes * AHEAD:
                try:
                    waiting.append(self._submit(next(batches)))
                except StopIteration:
                    break
            if not waiting:
                return
            number, batch, future = waiting.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                self._mend(waiting)
                yield self._alone(number, batch)
            except Exception as error:  # the function's own exception: the worker is well
                yield Lost(number, f"{type(error).__name__}: {error}"[:500])

    def _pool(self, processes: int) -> ProcessPoolExecutor:
        # spawn: a fork would copy locks held by other threads of the desk, and hang now and then
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(processes, context, self.initializer, self.initargs)

    def _submit(self, batch: Batch) -> tuple[int, Batch, Future[Result]]:
        number, self.number = self.number, self.number + 1
        try:
            return number, batch, self.pool.submit(self.function, batch)
        except BrokenProcessPool as error:
            failed: Future[Result] = Future()
            failed.set_exception(error)
            return number, batch, failed

    def _mend(self, waiting: deque[tuple[int, Batch, Future[Result]]]) -> None:
        """A new pool; batches that did not finish are handed out again."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.pool = self._pool(self.processes)
        for place, (number, batch, future) in enumerate(waiting):
            if not (future.done() and not future.cancelled() and future.exception() is None):
                waiting[place] = (number, batch, self.pool.submit(self.function, batch))

    def _alone(self, number: int, batch: Batch) -> Result | Lost:
        """The second try, in a process of its own, so that it can only hurt itself."""
        with self._pool(1) as single:
            try:
                return single.submit(self.function, batch).result()
            except BrokenProcessPool:
                return Lost(number, "worker_killed")
            except Exception as error:  # as above
                return Lost(number, f"{type(error).__name__}: {error}"[:500])


def _nothing() -> None:
    """What a worker is asked first."""
