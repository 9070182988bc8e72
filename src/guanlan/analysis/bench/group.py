"""Speed of online grouping with a filled window, in processor time of one core."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import count

from guanlan.analysis.bench.texts import Figures, posts, rate
from guanlan.analysis.group import GroupIndex

#: Posts an hour while grouping: 72 hours hold about 200,000.
POSTS_AN_HOUR = 2_800


def run(size: int) -> Figures:
    texts, numbers = posts(size), count(1)
    index = GroupIndex(lambda: next(numbers))
    started = datetime(2026, 1, 1, tzinfo=UTC)

    began = time.process_time()
    for key, text in enumerate(texts):
        index.assign(key, text, "", started + timedelta(hours=key / POSTS_AN_HOUR))
    seconds = time.process_time() - began
    return {**rate(size, seconds), "in_window": len(index), "groups": next(numbers) - 1}
