"""``guanlan bench``: stages come from the analysis library; ``pipeline`` and ``search`` need a desk."""

from __future__ import annotations

from typing import Any


class UnknownBench(Exception):
    """No benchmark of this name; the message lists the known ones."""


def run_bench(name: str, *, size: int, processes: int) -> dict[str, Any]:
    """One benchmark as a flat dictionary with its machine line."""
    if name in {"pipeline", "search"}:
        from guanlan.cli import desk_bench

        return (
            desk_bench.pipeline(size or 2000, processes)
            if name == "pipeline"
            else desk_bench.search(size or 300_000)
        )
    from guanlan.analysis import bench

    if name not in bench.STAGES:
        raise UnknownBench(f"{name}: {', '.join([*bench.STAGES, 'pipeline', 'search'])}")
    return bench.bench_stage(name, size or None)
