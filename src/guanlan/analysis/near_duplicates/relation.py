"""Copy, version, template or reprint: the rule for two texts that resemble each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanlan.analysis.near_duplicates.likeness import Floats, Ints, Side, jaccards, kept_letters
from guanlan.analysis.near_duplicates.texts import SKETCH, Kept, TextStore, sketch_of
from guanlan.analysis.types import Evidence, NearDuplicate, Relation

#: Half of the runs in common: whoever wrote them, two texts are alike.
ALIKE = 0.5
#: A copy keeps this share of its letters in their order; less is another state of the document.
SAME_LETTERS = 0.8
#: Where fewer runs are common a text may still be a copy whose edits fell far apart, but it must then keep
#: what one edited character in ten leaves: .90 if each was exchanged, and .03 for punctuation's part.
EDITED_FROM, EDITED_LETTERS = 0.2, 0.87
#: So many runs in common cannot be had with fewer letters in order; nobody need count.
SURELY_SAME = 0.7
#: Least Jaccard and least containment of a copy among texts too long to be kept whole (F-CLEAN-6: a copy
#: contains .95 of the runs of five of the shorter text, which is .97 of its runs of three), and of two
#: versions (.75, which is .80; a template of .62 is .69).
LONG_COPY = (0.85, 0.92)
LONG_VERSION = (0.5, 0.75)
#: Fewer shared figures than this share mean that the form was filled in anew.
SAME_FIGURES = 0.5


@dataclass(frozen=True, slots=True)
class Pairs:
    """Texts that came (their numbers in the batch) and earlier ones (their slots), pair after pair."""

    queries: Ints
    slots: Ints


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair that is alike: Jaccard, and whether one is the other with edits."""

    query: int
    slot: int
    jaccard: float
    same: bool


def judge(pairs: Pairs, texts: Sequence[Kept], store: TextStore) -> list[Judged]:
    """The pairs that resemble each other; those of one text stand in their order."""
    if not len(pairs.queries):
        return []
    whole = ~np.array([text.distinct > 0 for text in texts])[pairs.queries] & store.are_whole(pairs.slots)
    found = _judge_whole(Pairs(pairs.queries[whole], pairs.slots[whole]), texts, store)
    long = np.flatnonzero(~whole)
    for query, slot in zip(pairs.queries[long].tolist(), pairs.slots[long].tolist(), strict=True):
        one = _judge_long(query, slot, texts, store)
        if one is not None:
            found.append(one)
    return found


def name_relation(judged: Judged, text: Kept, store: TextStore, *, reposted: bool) -> tuple[Relation, str]:
    """The relation, and the code of the reason for it."""
    figures = shared_figures(set(text.figures), store.figures(judged.slot))
    if figures is not None and figures < SAME_FIGURES:
        return Relation.TEMPLATE, "other_figures"
    if not judged.same:
        return Relation.VERSION, "similar"
    return (Relation.REPRINT, "repost_mark") if reposted else (Relation.COPY, "nearly_equal")


def answer(key: int, judged: Judged, text: Kept, store: TextStore, *, reposted: bool) -> NearDuplicate:
    """What the caller is told of a pair."""
    relation, why = name_relation(judged, text, store, reposted=reposted)
    return NearDuplicate(key, judged.jaccard, relation, (Evidence(why, f"{judged.jaccard:.2f}"),))


def equal(key: int, *, reposted: bool) -> NearDuplicate:
    """A text of the same letters."""
    return NearDuplicate(key, 1.0, Relation.REPRINT if reposted else Relation.COPY, (Evidence("exact"),))


def shared_figures(one: set[int], two: set[int]) -> float | None:
    """Share of the figures of the text that states fewer which the other states too; None without any.

    A figure that only one of them states is unknown in the other, not different from it: a copy with its
    months masked is still a copy.
    """
    return len(one & two) / min(len(one), len(two)) if one and two else None


def _judge_whole(pairs: Pairs, texts: Sequence[Kept], store: TextStore) -> list[Judged]:
    if not len(pairs.queries):
        return []
    ones, others = _side_of(pairs.queries, texts), store.side(pairs.slots)
    jaccard = jaccards(ones, others)
    same = _same(jaccard, ones, others)
    alike = np.flatnonzero(same | (jaccard >= ALIKE))
    columns = (pairs.queries[alike], pairs.slots[alike], jaccard[alike], same[alike])
    return [Judged(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _side_of(queries: Ints, texts: Sequence[Kept]) -> Side:
    needed, rows = np.unique(queries, return_inverse=True)
    chosen = [texts[query] for query in needed.tolist()]
    sizes = np.array([text.size for text in chosen])
    units = np.frombuffer(b"".join([text.units for text in chosen]), np.uint16)
    return Side(units, (np.cumsum(sizes) - sizes)[rows], sizes[rows])


def _same(jaccard: Floats, ones: Side, others: Side) -> NDArray[np.bool_]:
    """Which pairs are one text with edits; letters are counted only where it can matter."""
    possible = 2 * np.minimum(ones.sizes, others.sizes) >= SAME_LETTERS * (ones.sizes + others.sizes)
    unsure = np.flatnonzero((jaccard >= EDITED_FROM) & (jaccard < SURELY_SAME) & possible)
    same = jaccard >= SURELY_SAME
    least = np.where(jaccard[unsure] < ALIKE, EDITED_LETTERS, SAME_LETTERS)
    same[unsure] = kept_letters(ones.of(unsure), others.of(unsure)) >= least
    return same


def _judge_long(query: int, slot: int, texts: Sequence[Kept], store: TextStore) -> Judged | None:
    """By sketches: the smallest hashes of the two together, and how many of these both have."""
    (mine, runs), (other, other_runs) = sketch_of(texts[query]), sketch_of(store[slot])
    smallest = sorted(mine | other)[:SKETCH]
    jaccard = len((mine & other).intersection(smallest)) / (len(smallest) or 1)
    contained = jaccard / (1 + jaccard) * (runs + other_runs) / (min(runs, other_runs) or 1)
    if jaccard >= LONG_COPY[0] or contained >= LONG_COPY[1]:
        return Judged(query, slot, jaccard, same=True)
    if jaccard >= LONG_VERSION[0] or contained >= LONG_VERSION[1]:
        return Judged(query, slot, jaccard, same=False)
    return None
