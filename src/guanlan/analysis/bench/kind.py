"""Speed of kinds on made-up posts of the usual length; processor time, so that a busy machine says the same."""

from __future__ import annotations

import time

from guanlan.analysis.bench.texts import Figures, posts, rate
from guanlan.analysis.kind import KindModel


def run(size: int) -> Figures:
    texts = posts(size)
    model = KindModel.load()
    list(model.judge_batch(texts[:500]))
    started = time.process_time()
    for _kind in model.judge_batch(texts):
        pass
    return rate(size, time.process_time() - started)
