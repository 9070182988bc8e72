"""The pure part of a batch. Imports no Django: an engine's fresh process has none set up."""

from __future__ import annotations

from collections.abc import Sequence

from guanlan.analysis.kind import KindModel
from guanlan.analysis.pipeline import Toolbox, analyse_batch
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.types import Analysed, RawItem

_toolbox: Toolbox | None = None


def prepare() -> None:
    """Load the models once in a process that analyses. Themes are matched where documents are stored."""
    global _toolbox
    if _toolbox is None:
        _toolbox = Toolbox(tone=ToneModel.load(), kind=KindModel.load())


def judge(items: Sequence[RawItem]) -> list[Analysed]:
    """Analyse items in order; runs in whatever process the engine chose."""
    prepare()
    assert _toolbox is not None
    return list(analyse_batch(items, _toolbox))
