"""Speed of the pure pipeline on HTML pages: decode to tone, without a store."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, page, posts, timed
from guanlan.analysis.match import compile_themes
from guanlan.analysis.pipeline import Toolbox, analyse_batch
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.types import RawItem


def run(size: int) -> Figures:
    """The pure pipeline on HTML pages: decode to tone, without a store."""
    tools = Toolbox(matcher=compile_themes({1: "停电 供水"}), tone=ToneModel.load())
    items = [
        RawItem(str(at), content=page(text, at).encode(), url=f"https://example.org/news/2026/{at}.html")
        for at, text in enumerate(posts(min(size, 2_000) * 12)[::12])
    ]
    seconds = timed(lambda: list(analyse_batch(items, tools)))
    return {"n": len(items), "seconds": round(seconds, 3), "pages_per_second": round(len(items) / seconds, 1)}
