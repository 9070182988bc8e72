"""Speed of tracing: planted reprint chains mixed in one list, and one long repost list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from guanlan.analysis.bench.texts import Figures, posts, rate, timed
from guanlan.analysis.evaluation.planted import LENGTHS, planted_chains
from guanlan.analysis.trace import TraceItem, TraceOptions, trace


def run(size: int) -> Figures:
    chains = max(1, min(900, size * 2 // (sum(LENGTHS) + 2)))
    planted = (planted_chains(chains).items * (size // chains + 1))[:size]
    mixed = [TraceItem(str(at), item.text, at=item.at, origin=item.origin) for at, item in enumerate(planted)]
    started = datetime(2026, 1, 1, tzinfo=UTC)
    reposts = [
        TraceItem(str(at), text if at % 2 else "", at=started + timedelta(seconds=at))
        for at, text in enumerate(posts(size))
    ]
    seconds = timed(lambda: trace(mixed))
    listed = timed(lambda: trace(reposts, TraceOptions(source="0")))
    figures = rate(size, seconds)
    return {**figures, "reposts_per_second": round(size / listed, 1)}
