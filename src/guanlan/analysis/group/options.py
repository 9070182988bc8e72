"""What a group index is told, and what it says when it joins groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from guanlan.analysis.types import ANALYSIS_VERSION, Evidence


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """``threshold`` and ``repair`` (of two groups) are mean chances that texts are of one matter, 0..1, from
    tuning rows.

    In log odds: ``decay`` is what a whole window of silence takes from the chance, ``other_place`` what other
    places take; ``same_number`` is what a shared number of two digits or more adds. These three were set
    by hand.
    """

    threshold: float = 0.48
    decay: float = 1.0
    other_place: float = 0.5
    same_number: float = 0.2
    repair: float = 0.40
    window: timedelta = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class GroupMerge:
    """``repair`` joined group ``gone`` to the older ``kept``: the caller moves its rows.

    Where the caller did not let it, ``joined`` is False: nothing moved, a person may be asked.
    """

    kept: int
    gone: int
    similarity: float
    evidence: tuple[Evidence, ...] = ()
    joined: bool = True
    version: str = ANALYSIS_VERSION
