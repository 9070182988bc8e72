"""Batches on a Ray cluster, or on a small one that is started here: the extra ``guanlan[cluster]``.

Ray is the muscle and never the memory: nothing is kept in it. A worker is an actor that loads its models
once. When one dies, the batches it held are tried once more, each in an actor of its own, as in
:mod:`guanlan.engines.processes`; a cluster that is lost as a whole raises :class:`ClusterLostError`, and the
caller's rows are still where they were.

``RAY_ADDRESS`` (Ray's own setting) names a running cluster; without it one is started and ended here.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic

from guanlan.engines.base import (
    Batch,
    ClusterLostError,
    EngineMissingError,
    Lost,
    Result,
    WorkerStartError,
    attempt,
)

#: Batches handed out ahead of each worker: it never waits, and little is repeated when one dies.
AHEAD = 2
#: Bytes for results on their way. Ray's default is a third of the machine; batches are small.
OBJECT_STORE = 200_000_000


class RayEngine:
    """Runs on ``workers`` Ray actors (default: one for each core of the cluster). Functions must be
    importable on every machine. Raises EngineMissingError when Ray is not installed.
    """

    name = "ray"

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ValueError("workers must be at least 1")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported
        try:
            import ray
        except ImportError as error:
            raise EngineMissingError("guanlan[cluster]") from error
        self.ray: Any = ray
        self.workers = workers

    def run(
        self,
        function: Callable[[Batch], Result],
        batches: Iterable[Batch],
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> Iterator[Result | Lost]:
        """See :class:`guanlan.engines.base.Engine`. Raises ClusterLostError when the cluster ends."""
        ours = self._join()
        try:
            count = self.workers or max(1, int(self.ray.cluster_resources().get("CPU", 1)))
            run = _Run(self.ray, count, function, (initializer, initargs))
            yield from run.results(iter(batches))
        except self.ray.exceptions.RaySystemError as error:
            raise ClusterLostError(str(error)[:500]) from error
        finally:
            if ours:
                self.ray.shutdown()

    def _join(self) -> bool:
        """Join the cluster that is named, or start one; tells whether it is ours to end."""
        if self.ray.is_initialized():
            return False
        quiet = {"log_to_driver": False, "logging_level": "ERROR"}
        if os.environ.get("RAY_ADDRESS"):
            self.ray.init(**quiet)
        else:
            self.ray.init(
                num_cpus=self.workers, object_store_memory=OBJECT_STORE, include_dashboard=False, **quiet
            )
        return True


@dataclass(slots=True)
class _Handed(Generic[Batch]):
    """A batch that was handed to an actor."""

    number: int
    batch: Batch
    actor: int
    reference: Any


class _Run(Generic[Batch, Result]):
    def __init__(
        self,
        ray: Any,
        count: int,
        function: Callable[[Batch], Result],
        start: tuple[Callable[..., object] | None, tuple[Any, ...]],
    ) -> None:
        self.ray = ray
        self.function = function
        self.start = start
        self.actor_class = ray.remote(num_cpus=1)(_Worker)
        self.actors = [self._actor() for _ in range(count)]
        try:
            ray.get([actor.ready.remote() for actor in self.actors])
        except ray.exceptions.RayError as error:
            raise WorkerStartError(_cause(error)) from error

    def results(self, batches: Iterator[Batch]) -> Iterator[Result | Lost]:
        waiting: deque[_Handed[Batch]] = deque()
        numbered = enumerate(batches)
        try:
            while True:
                while len(waiting) < len(self.actors) * AHEAD and (following := next(numbered, None)):
                    waiting.append(self._hand(*following, waiting))
                if not waiting:
                    return
                yield self._result(waiting.popleft(), waiting)
        finally:
            for actor in self.actors:
                self.ray.kill(actor)

    def _actor(self) -> Any:
        return self.actor_class.remote(self.function, *self.start)

    def _hand(self, number: int, batch: Batch, waiting: Iterable[_Handed[Batch]]) -> _Handed[Batch]:
        """Give a batch to the actor that has fewest before it."""
        held = [0] * len(self.actors)
        for one in waiting:
            held[one.actor] += 1
        at = held.index(min(held))
        return _Handed(number, batch, at, self.actors[at].run.remote(number, batch))

    def _result(self, one: _Handed[Batch], waiting: Iterable[_Handed[Batch]]) -> Result | Lost:
        try:
            done: Result | Lost = self.ray.get(one.reference)
        except self.ray.exceptions.RayActorError:
            self._mend(one.actor, waiting)
            return self._alone(one)
        return done

    def _mend(self, at: int, waiting: Iterable[_Handed[Batch]]) -> None:
        """A new actor in the place of a dead one; what the dead one held is handed out again."""
        self.actors[at] = self._actor()
        for one in waiting:
            if one.actor == at:
                one.reference = self.actors[at].run.remote(one.number, one.batch)

    def _alone(self, one: _Handed[Batch]) -> Result | Lost:
        """The second try, in an actor of its own, so that it can only hurt itself."""
        single = self.actor_class.options(num_cpus=0).remote(self.function, *self.start)
        try:
            done: Result | Lost = self.ray.get(single.run.remote(one.number, one.batch))
        except self.ray.exceptions.RayActorError:
            return Lost(one.number, "worker_killed")
        finally:
            self.ray.kill(single)
        return done


class _Worker:
    """What an actor is: the function, after its initializer ran."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        initializer: Callable[..., object] | None,
        initargs: tuple[Any, ...],
    ) -> None:
        self.function = function
        if initializer is not None:
            initializer(*initargs)

    def ready(self) -> None:
        """Answers when the initializer is done."""

    def run(self, number: int, batch: Any) -> Any:
        """One batch; an exception comes back as ``Lost``, a death as an error of Ray's."""
        return attempt(self.function, batch, number)


def _cause(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[-1] if lines else type(error).__name__)[:500]
