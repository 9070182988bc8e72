"""Which items share words: bottom-k sketches of runs of four characters in one inverted index.

Each item looks up at most ``KEYS`` hashes in lists of at most ``CROWD`` items, so that n items cost n
look-ups, whatever they hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

#: Run length, hashes looked up, hashes compared, items kept under one hash, candidates compared.
WIDTH, KEYS, COMPARED, CROWD, MOST = 4, 24, 128, 48, 16
#: Fewer shared letters than a dozen are chance.
MIN_RUNS = 9
MAX_CHARACTERS = 20_000

_FURNITURE = re.compile(
    r"https?://[!-~]{1,200}|//\s*@[^\s:：@/]{1,30}\s*[:：]|@[^\s:：@/，。,]{1,30}|[转轉][发發]微[博愽]"
)
_MARKS = re.compile(r"[\W_]+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


def sketch(text: str) -> Hashes:
    """The ``COMPARED`` smallest hashes of the distinct runs, ascending; empty for a short text."""
    letters = _MARKS.sub("", _FURNITURE.sub(" ", text[:MAX_CHARACTERS])).lower()
    if len(letters) < WIDTH:
        return np.zeros(0, dtype=np.uint64)
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    rolled = np.zeros(len(codes) - WIDTH + 1, dtype=np.uint64)
    for at in range(WIDTH):
        rolled = (rolled ^ codes[at : at + len(rolled)]) * _MULTIPLIER
        rolled ^= rolled >> np.uint64(29)
    found = np.unique(rolled)
    return found[:COMPARED] if len(found) >= MIN_RUNS else found[:0]


def similarity(one: Hashes, two: Hashes) -> float:
    """Share of common hashes among those up to the lesser of the two largest: 1 for an excerpt of
    which all is known, the Jaccard of equal lengths otherwise.
    """
    if not len(one) or not len(two):
        return 0.0
    limit = min(one[-1], two[-1]) if min(len(one), len(two)) == COMPARED else max(one[-1], two[-1])
    mine, other = one[: one.searchsorted(limit, "right")], two[: two.searchsorted(limit, "right")]
    places = np.minimum(mine.searchsorted(other), len(mine) - 1)
    common = int(np.count_nonzero(mine[places] == other)) if len(mine) else 0
    return common / (len(mine) + len(other) - common)


def alike(sketches: Sequence[Hashes], least: float) -> list[list[tuple[int, float]]]:
    """For every item the places of others at least so similar, the most similar first, at most MOST."""
    index: dict[int, list[int]] = {}
    for place, hashes in enumerate(sketches):
        for key in hashes[:KEYS].tolist():
            held = index.setdefault(key, [])
            if len(held) < CROWD:
                held.append(place)
    found = []
    for place, hashes in enumerate(sketches):
        shared = Counter(other for key in hashes[:KEYS].tolist() for other in index[key])
        del shared[place]
        near = [(other, similarity(hashes, sketches[other])) for other, _n in shared.most_common(MOST)]
        found.append(sorted(((o, s) for o, s in near if s >= least), key=lambda pair: (-pair[1], pair[0])))
    return found
