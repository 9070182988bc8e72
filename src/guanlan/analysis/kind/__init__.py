"""What a text does, seen from the desk: asks, complains, proposes, praises, reports, announces or nothing.

``KindModel.load().judge(text)`` answers with a kind, calibrated probabilities and the stated rules that
spoke for it. ``training.train_files`` makes a model from labelled files.
"""

from __future__ import annotations

from guanlan.analysis.kind.handling import handling_class
from guanlan.analysis.kind.model import UNSURE_BELOW, KindModel

__all__ = ["UNSURE_BELOW", "KindModel", "handling_class"]
