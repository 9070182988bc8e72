"""A model trained once on a few written rows, for tests that need any model."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.tone.storing import save
from guanlan.analysis.tone.training import TrainOptions, train
from tests.analysis.tone import written


@cache
def model() -> ToneModel:
    """Trained, saved and loaded again, so that it has a digest as a shipped one has."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        files = [
            written.tones(path / "a.jsonl"),
            written.six(path / "b.jsonl"),
            written.two(path / "c.jsonl"),
        ]
        save(train(files, TrainOptions(rows=Rows.ALL)).model, path / "tone.npz")
        return ToneModel.load(path / "tone.npz")
