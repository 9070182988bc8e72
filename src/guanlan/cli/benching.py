"""``guanlan bench``: stages come from the analysis library; the others need a desk of their own."""

from __future__ import annotations

from typing import Any

OF_THE_DESK = ("pipeline", "search", "collect")


class UnknownBench(Exception):
    """No benchmark of this name; the message lists the known ones."""


def run_bench(name: str, *, size: int, processes: int) -> dict[str, Any]:
    """One benchmark as a flat dictionary with its machine line."""
    if name in OF_THE_DESK:
        return _of_the_desk(name, size, processes)
    from guanlan.analysis import bench

    if name not in bench.STAGES:
        raise UnknownBench(f"{name}: {', '.join([*bench.STAGES, *OF_THE_DESK])}")
    return bench.bench_stage(name, size or None)


def _of_the_desk(name: str, size: int, processes: int) -> dict[str, Any]:
    from guanlan.cli import collect_bench, desk_bench

    if name == "collect":
        return collect_bench.collect(size or 1000)
    return (
        desk_bench.search(size or 300_000)
        if name == "search"
        else desk_bench.pipeline(size or 2000, processes)
    )
