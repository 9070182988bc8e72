"""The pure part of a batch. Imports no Django: an engine's fresh process has none set up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from guanlan.analysis.errors import ModelError
from guanlan.analysis.kind import KindModel
from guanlan.analysis.pipeline import Toolbox, analyse_batch
from guanlan.analysis.tone import Judge, ToneModel
from guanlan.analysis.types import Analysed, RawItem
from guanlan.desk.common.env import Env
from guanlan.desk.pipeline.own_tone import files_of, load_tone
from guanlan.desk.pipeline.tone_choice import plugged
from guanlan.judges import Backed

logger = logging.getLogger(__name__)

#: When the body's own correction was written, 0 where there is none; it changes while processes run.
Stamp = int

_toolbox: Toolbox | None = None
_stamp: Stamp = 0


def prepare() -> None:
    """Load the models in a process that analyses, once, and the tone model again when the body's correction
    came, changed or went. Themes are matched where documents are stored."""
    global _toolbox, _stamp
    data = Env.load().path("GUANLAN_DATA", Path.cwd() / "data")
    stamp = _stamp_of(data)
    if _toolbox is not None and stamp == _stamp:
        return
    kind = KindModel.load() if _toolbox is None else _toolbox.kind
    tone = _judge(_compact(data), _toolbox)
    _toolbox, _stamp = Toolbox(tone=tone, kind=kind), stamp


def judge(items: Sequence[RawItem]) -> list[Analysed]:
    """Analyse items in order; runs in whatever process the engine chose."""
    prepare()
    assert _toolbox is not None
    return list(analyse_batch(items, _toolbox))


def _judge(compact: ToneModel, before: Toolbox | None) -> Judge:
    """``compact`` alone or behind the larger model that a body chose, which is loaded once."""
    if before is None:
        return plugged(compact)
    return replace(before.tone, compact=compact) if isinstance(before.tone, Backed) else compact


def _compact(data: Path) -> ToneModel:
    """With the body's correction where that belongs to the shipped model; the shipped model else."""
    try:
        return load_tone(data)
    except ModelError as error:
        logger.warning("the body's tone correction is not used: %s", error)
        return ToneModel.load()


def _stamp_of(data: Path) -> Stamp:
    try:
        return files_of(data)[0].stat().st_mtime_ns
    except OSError:
        return 0
