"""From a choice to a judge."""

from __future__ import annotations

import logging

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone import Judge
from guanlan.judges.backed import Asked, Backed, Unavailable
from guanlan.judges.choice import ASK_UNSURE, COMPACT, LOCAL, Choice
from guanlan.judges.endpoint import Bounds, Endpoint

log = logging.getLogger(__name__)


def larger_for(choice: Choice, bounds: Bounds | None = None) -> Asked | None:
    """The larger model that was chosen; None for the compact one alone.

    Raises ModelError when a folder does not fit. An endpoint is not called before it is asked.
    """
    if choice.kind == COMPACT:
        return None
    if choice.kind not in LOCAL:
        return Endpoint(choice, bounds)
    from guanlan.judges.local import LocalModel, load

    return LocalModel(load(choice), (bounds or Bounds()).call)


def judge_for(choice: Choice, compact: Judge) -> Judge:
    """Who judges: ``compact`` alone, or the larger model with ``compact`` behind it.

    A folder that does not load is logged and counted on every text; nothing stops for it.
    """
    try:
        larger = larger_for(choice)
    except ModelError as error:
        log.warning("the larger tone model is not used: %s", error)
        larger = Unavailable("unavailable", str(error))
    return compact if larger is None else Backed(larger, compact, choice.ask == ASK_UNSURE)
