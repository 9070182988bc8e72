"""Where a batch runs: in this process, on a pool of processes, or on a Ray cluster. One small interface.

An engine is given a function and batches and hands back results in the order of the batches. It knows
nothing of what it runs. A batch must be idempotent: after the death of a worker it is run once more.
"""

from __future__ import annotations

from guanlan.engines.base import (
    ClusterLostError,
    Engine,
    EngineMissingError,
    Lost,
    UnknownEngineError,
    WorkerStartError,
)
from guanlan.engines.cluster import RayEngine
from guanlan.engines.inline import InlineEngine
from guanlan.engines.processes import ProcessEngine

__all__ = [
    "ENGINES",
    "ClusterLostError",
    "Engine",
    "EngineMissingError",
    "InlineEngine",
    "Lost",
    "ProcessEngine",
    "RayEngine",
    "UnknownEngineError",
    "WorkerStartError",
    "engine_named",
]

#: Names that ``engine_named`` knows.
ENGINES = ("inline", "processes", "ray")


def engine_named(name: str, processes: int | None = None) -> Engine:
    """The engine called ``name``.

    Raises UnknownEngineError for a name that is not in ``ENGINES``, EngineMissingError when its package is
    not installed.
    """
    if name == "inline":
        return InlineEngine()
    if name == "processes":
        return ProcessEngine(processes)
    if name == "ray":
        return RayEngine(processes)
    raise UnknownEngineError(name)
