"""Speed of the shipped tone model on one core, with and without the words that decided."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, posts, timed
from guanlan.analysis.tone import ToneModel


def run(size: int) -> Figures:
    """Best of three over the same posts; ``posts_per_second`` is with label and probability alone."""
    texts = posts(size)
    loading = timed(ToneModel.load)
    model = ToneModel.load()
    plain = min(timed(lambda: list(model.judge_batch(texts, words=False))) for _ in range(3))
    reasoned = min(timed(lambda: list(model.judge_batch(texts))) for _ in range(3))
    return {
        "n": size,
        "characters_a_post": round(sum(map(len, texts)) / max(1, len(texts)), 1),
        "load_seconds": round(loading, 3),
        "posts_per_second": round(size / plain, 1),
        "posts_per_second_with_words": round(size / reasoned, 1),
    }
