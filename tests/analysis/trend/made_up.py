"""Events that spread as real ones do, made from a seed."""

import random
from datetime import UTC, datetime, timedelta

from guanlan.analysis.trend.sets import Spreading
from guanlan.analysis.trend.spread import FirstText, Spread

STARTED = datetime(2026, 3, 2, 1, tzinfo=UTC)


def event(seed: int, items: int | None = None) -> Spreading:
    """Items come ever more slowly; how many there are hangs on the followers."""
    draw = random.Random(seed)
    followers = int(10 ** draw.uniform(2, 6))
    final = items or int(20 + followers**0.4 * draw.uniform(1, 3))
    times = tuple(STARTED + timedelta(minutes=draw.expovariate(1 / 90)) for _ in range(final))
    parents = tuple(draw.choice([-1, -1, draw.randrange(final)]) for _ in range(final))
    posters = tuple(f"p{draw.randrange(final)}" for _ in range(final))
    first = FirstText(followers, 100, 1000, draw.random() < 0.5, draw.randrange(20, 140))
    return Spreading(Spread(STARTED, times, posters, parents, first), final, f"event {seed}")
