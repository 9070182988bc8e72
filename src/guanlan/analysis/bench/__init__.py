"""How fast the pure stages are here: simple timed loops, one module for each, ``run(size)`` in it.

Rates are of one process. Peers are timed in the same run where they are installed.
"""

from __future__ import annotations

import os
import platform
from importlib import import_module

from guanlan.analysis.bench.texts import Figures

DEFAULT_SIZE = 20_000
#: Name on the command line; the module has the same name with underscores.
STAGES = (
    "fingerprint",
    "near-duplicates",
    "clean",
    "match",
    "group",
    "kind",
    "analyse",
    "decode",
    "extract",
    "tone",
    "trend",
    "burst",
    "grade",
    "route",
    "trace",
)


def machine_line() -> str:
    """What the figures were taken on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def bench_stage(name: str, size: int | None = None) -> Figures:
    """Run one stage over ``size`` posts: name, machine, n, seconds and rate. Raises KeyError."""
    if name not in STAGES:
        raise KeyError(name)
    module = import_module(f"guanlan.analysis.bench.{name.replace('-', '_')}")
    return {"name": name, "machine": machine_line(), **module.run(size or DEFAULT_SIZE)}
