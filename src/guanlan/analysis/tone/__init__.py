"""How a text speaks of its matter: a compact model of ours, its training, and what a body teaches it.

``ToneModel.load().judge(text)`` answers with a label, calibrated probabilities and the words that
decided. ``training.train_files`` makes a model from labelled files. ``adapting.adapt`` learns from a
body's confirmed labels, or says why it will not. ``Judge`` is what a larger model has to satisfy.
"""

from __future__ import annotations

from guanlan.analysis.tone.adapting import Adapted, adapt
from guanlan.analysis.tone.correction import Correction
from guanlan.analysis.tone.judge import Judge
from guanlan.analysis.tone.model import UNSURE_BELOW, ToneModel

__all__ = ["UNSURE_BELOW", "Adapted", "Correction", "Judge", "ToneModel", "adapt"]
