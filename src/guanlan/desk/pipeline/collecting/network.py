"""A thread that only fetches: an event loop with one fetcher, and one browser where there is one. No Django in it."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from guanlan.collect.browser import Renderer, RenderOptions
from guanlan.collect.net import Fetcher, FetchOptions
from guanlan.desk.pipeline.collecting.jobs import Job, Result, run_job

#: Seconds to let fetches end when told to stop; their rows are due again when the lease ends.
GRACE = 5.0
#: Jobs that need a browser and are handed over where there is none, to be told so one by one.
RENDERED_IN_VAIN = 20


class Network:
    """``submit`` jobs, take ``done`` results; both from one other thread."""

    def __init__(self, options: FetchOptions, rendering: RenderOptions | None = None) -> None:
        self._options = options
        self._rendering = rendering
        self._renderer: Renderer | None = None
        self._done: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="network")
        self._fetcher: Fetcher | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.under_way = 0
        self.rendering = 0  # of those under way

    @property
    def has_browser(self) -> bool:
        """Whether pages can be rendered here, as far as is known before one is."""
        return self._rendering is not None

    @property
    def render_room(self) -> int:
        """Jobs that may still be handed over to be rendered: as many again as run, so that none waits long."""
        most = 2 * self._rendering.at_once if self._rendering else RENDERED_IN_VAIN
        return max(0, most - self.rendering)

    def __enter__(self) -> Self:
        self._thread.start()
        self._fetcher = Fetcher(self._options)
        self._renderer = Renderer(self._rendering) if self._rendering else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(GRACE + 25)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GRACE)
        self._loop.close()

    def submit(self, job: Job) -> None:
        """Begin to fetch ``job``."""
        self.under_way += 1
        self.rendering += job.render
        asyncio.run_coroutine_threadsafe(self._run(job), self._loop)

    def done(self, wait: float) -> Iterator[Result]:
        """Results that have come; waits up to ``wait`` seconds for the first."""
        try:
            result = self._done.get(timeout=wait) if wait else self._done.get_nowait()
            while True:
                self.under_way -= 1
                self.rendering -= result.job.render
                yield result
                result = self._done.get_nowait()
        except queue.Empty:
            return

    async def _run(self, job: Job) -> None:
        assert self._fetcher is not None
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._done.put(await run_job(self._fetcher, job, datetime.now(UTC), self._renderer))

    async def _close(self) -> None:
        jobs = list(self._tasks)  # not the browser's own tasks: it needs them to end in order
        for task in jobs:
            task.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        if self._renderer is not None:
            await self._renderer.aclose()
        if self._fetcher is not None:
            await self._fetcher.__aexit__(None, None, None)
