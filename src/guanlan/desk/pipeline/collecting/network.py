"""A thread that only fetches: an event loop with one fetcher. No Django in it."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from guanlan.collect.net import Fetcher, FetchOptions
from guanlan.desk.pipeline.collecting.jobs import Job, Result, run_job

#: Seconds to let fetches end when told to stop; their rows are due again when the lease ends.
GRACE = 5.0


class Network:
    """``submit`` jobs, take ``done`` results; both from one other thread."""

    def __init__(self, options: FetchOptions) -> None:
        self._options = options
        self._done: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="network")
        self._fetcher: Fetcher | None = None
        self.under_way = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._fetcher = Fetcher(self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(GRACE + 5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GRACE)
        self._loop.close()

    def submit(self, job: Job) -> None:
        """Begin to fetch ``job``."""
        self.under_way += 1
        asyncio.run_coroutine_threadsafe(self._run(job), self._loop)

    def done(self, wait: float) -> Iterator[Result]:
        """Results that have come; waits up to ``wait`` seconds for the first."""
        try:
            result = self._done.get(timeout=wait) if wait else self._done.get_nowait()
            while True:
                self.under_way -= 1
                yield result
                result = self._done.get_nowait()
        except queue.Empty:
            return

    async def _run(self, job: Job) -> None:
        assert self._fetcher is not None
        self._done.put(await run_job(self._fetcher, job, datetime.now(UTC)))

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._fetcher is not None:
            await self._fetcher.__aexit__(None, None, None)
