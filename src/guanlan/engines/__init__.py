"""Where a batch runs: in this process, or on a pool of processes. One small interface.

An engine is given a function and batches and hands back results in the order of the batches. It knows
nothing of what it runs. A batch must be idempotent: after the death of a worker it is run once more.
"""

from __future__ import annotations

from guanlan.engines.base import Engine, Lost, UnknownEngineError, WorkerStartError
from guanlan.engines.inline import InlineEngine
from guanlan.engines.processes import ProcessEngine

__all__ = [
    "ENGINES",
    "Engine",
    "InlineEngine",
    "Lost",
    "ProcessEngine",
    "UnknownEngineError",
    "WorkerStartError",
    "engine_named",
]

#: Names that ``engine_named`` knows.
ENGINES = ("inline", "processes")


def engine_named(name: str, processes: int | None = None) -> Engine:
    """The engine called ``name``. Raises UnknownEngineError for a name that is not in ``ENGINES``."""
    if name == "inline":
        return InlineEngine()
    if name == "processes":
        return ProcessEngine(processes)
    raise UnknownEngineError(name)
