"""One pair judged, with the reasons: what the trees found, and what the encoder's reading moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guanlan.analysis.same_event.blend import log_odds
from guanlan.analysis.same_event.model import PairTask, SameEventOptions, Scored, shipped_model
from guanlan.analysis.types import Evidence

#: Rises when a shipped file or a rule changes what a pair scores.
VERSION = "2"


@dataclass(frozen=True, slots=True)
class PairJudgement:
    """``score`` 0..1; ``match``: whether it reaches the threshold; a person decides what follows."""

    score: float
    match: bool
    evidence: tuple[Evidence, ...]
    version: str = VERSION


def judge_pair(
    first: str, second: str, task: PairTask = PairTask.EVENT, options: SameEventOptions | None = None
) -> PairJudgement:
    """Judge one pair. Evidence: ``pair.trees`` (their score) and, where they were undecided,
    ``pair.encoder`` (how far its reading moved the log odds, with a sign). Never raises on any strings."""
    model = shipped_model(task, options or SameEventOptions())
    found = model.scored([(first, second)])[0]
    return PairJudgement(found.score, found.score >= model.threshold, _evidence(found))


def _evidence(found: Scored) -> tuple[Evidence, ...]:
    trees = Evidence("pair.trees", f"{found.trees:.3f}")
    if found.encoder is None:
        return (trees,)
    score, before = log_odds(np.array([found.score, found.trees]))
    return (trees, Evidence("pair.encoder", f"{score - before:+.2f}"))
