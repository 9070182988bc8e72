"""What can go wrong with counts.

CountsError
├── SeriesRefused   a series or its places that could not work: ``code`` names the field
└── EntriesRefused  figures that were not kept: ``plan`` says why, figure by figure; nothing was stored
"""

from __future__ import annotations

from typing import Any


class CountsError(Exception):
    """Base of everything raised on purpose by ``desk.counts``."""


class SeriesRefused(CountsError):
    """Nothing was changed. Codes: ``name`` ``measure`` ``purpose`` ``weekday`` ``limit`` ``burst``
    ``place`` ``person`` ``twice`` ``many`` ``reason`` ``days`` ``used``; ``detail`` is what was met."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class EntriesRefused(CountsError):
    """Nothing was stored. ``plan`` (counts.planning.Plan) has each figure with what stands against it."""

    def __init__(self, plan: Any) -> None:
        super().__init__("some figures cannot be kept as they are")
        self.plan = plan
