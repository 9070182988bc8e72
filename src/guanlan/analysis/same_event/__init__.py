"""Do two texts report the same event, or at least one topic? A score for one pair of texts.

For the page that offers merges, and for judging grouping. :mod:`measures` says what is looked at,
:mod:`model` trains and scores, docs/models/same_event.md is the card.
"""

from guanlan.analysis.same_event.judging import PairJudgement, judge_pair
from guanlan.analysis.same_event.model import (
    Labelled,
    PairModel,
    PairTask,
    SameEventOptions,
    best_threshold,
    fit,
    load,
    same_event,
    same_topic,
    save,
    shipped_model,
)

__all__ = [
    "Labelled",
    "PairJudgement",
    "PairModel",
    "PairTask",
    "SameEventOptions",
    "best_threshold",
    "fit",
    "judge_pair",
    "load",
    "same_event",
    "same_topic",
    "save",
    "shipped_model",
]
