"""Rising, level or falling, by a rule that a person can check with a pencil."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guanlan.analysis.types import Direction

#: Hours in each of the two stretches that are compared.
STRETCH = 3
#: Items in both stretches together: with fewer, chance alone turns the word.
LEAST_ITEMS = 5
#: Standard deviations: two Poisson counts of one rate differ by more in 1 of 10 cases.
SURE = 1.645


def direction(counts: Sequence[int | None], stretch: int = STRETCH) -> Direction:
    """The last ``stretch`` whole hours against those before; a shorter past is cut into halves.

    With a and b items, before and after, (b - a) / sqrt(a + b) is close to a standard normal when nothing
    has changed (two Poisson counts; Przyborowski and Wilenski 1940). Above SURE it is rising, below -SURE
    falling, else level. Unknown with fewer than LEAST_ITEMS items or an hour that nobody counted.
    """
    half = min(stretch, len(counts) // 2)
    known = [count for count in counts[len(counts) - 2 * half :] if count is not None]
    if not half or len(known) < 2 * half or sum(known) < LEAST_ITEMS:
        return Direction.UNKNOWN
    before, after = sum(known[:half]), sum(known[half:])
    score = (after - before) / math.sqrt(after + before)
    if score > SURE:
        return Direction.RISING
    return Direction.FALLING if score < -SURE else Direction.LEVEL
