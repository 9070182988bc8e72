"""Speed of themes against the bare automaton, in one run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import daachorse

from guanlan.analysis.bench.texts import Figures, megabytes, posts, timed
from guanlan.analysis.event_words import background
from guanlan.analysis.match import compile_themes

TERMS = 10_000


def run(size: int) -> Figures:
    """10,000 terms in 100 themes against bare daachorse, once with terms as themes have them (a few
    texts in a hundred are asked for), once with the commonest words (every text is, by many themes).
    """
    texts = posts(size)
    names = sorted(background()[1].items(), key=lambda item: (-item[1], item[0]))
    common = [name for name, _n in names if name[0] not in "+=" and len(name) > 1]
    asked = [one + two for one, two in pairwise(common[: TERMS + 1])]
    figures: Figures = {}
    for kind, terms in (("asked", asked), ("common", common[:TERMS])):
        figures |= {f"{kind}_{name}": value for name, value in _match_terms(terms, texts).items()}
    return {"n": size, **figures}


def _match_terms(terms: Sequence[str], texts: Sequence[str]) -> Figures:
    themes = {at: " ".join(f'"{term}"' for term in terms[at::100]) for at in range(100)}
    compiled = timed(lambda: compile_themes(themes))
    matcher, bare = compile_themes(themes), daachorse.CharwiseDoubleArrayAhoCorasick(list(terms))
    ours = min(timed(lambda: list(matcher.match_batch(texts))) for _ in range(3))
    theirs = min(timed(lambda: list(map(bare.find_overlapping, texts))) for _ in range(3))
    return {
        "terms": len(terms),
        "compile_seconds": round(compiled, 3),
        "matched_share": round(sum(map(bool, matcher.match_batch(texts))) / len(texts), 3),
        "megabytes_per_second": round(megabytes(texts) / ours, 1),
        "share_of_bare_daachorse": round(theirs / ours, 3),
    }
