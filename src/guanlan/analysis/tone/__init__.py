"""How a text speaks of its matter: a compact linear model of ours, and its training.

``ToneModel.load().judge(text)`` answers with a label, calibrated probabilities and the words that
decided. ``training.train_files`` makes a model from labelled files.
"""

from __future__ import annotations

from guanlan.analysis.tone.model import UNSURE_BELOW, ToneModel

__all__ = ["UNSURE_BELOW", "ToneModel"]
