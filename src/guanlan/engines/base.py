"""The interface of an engine, and what can go wrong in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class UnknownEngineError(ValueError):
    """There is no engine of this name."""


class WorkerStartError(RuntimeError):
    """Workers do not start: the initializer fails, or the program cannot be imported anew."""


class EngineMissingError(ImportError):
    """The engine needs a package that is not installed; the message names the extra that brings it."""


class ClusterLostError(RuntimeError):
    """The machines of an engine went away while it ran. What was under way is to be run again."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Stands where the result of a batch would stand: the batch failed twice, ``cause`` says how.

    ``batch`` is the number of the batch from 0, so that the caller can quarantine what was in it.
    """

    batch: int
    cause: str


class Engine(Protocol):
    """Runs a function over batches."""

    name: str

    def run(
        self,
        function: Callable[[Batch], Result],
        batches: Iterable[Batch],
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> Iterator[Result | Lost]:
        """Results in the order of ``batches``, one for each; ``Lost`` where there is none.

        ``initializer(*initargs)`` runs once in each worker before its first batch. When it raises
        here, so does ``run``; when workers do not start, ``run`` raises WorkerStartError. Batches are
        taken as they are needed: an endless source is fine.
        """
        ...


def attempt(function: Callable[[Batch], Result], batch: Batch, number: int) -> Result | Lost:
    """Run one batch here; an exception becomes ``Lost``."""
    try:
        return function(batch)
    except Exception as error:  # the engine's promise: one batch never ends the run
        return Lost(number, f"{type(error).__name__}: {error}"[:500])
