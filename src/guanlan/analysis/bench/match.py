"""Speed of themes against the bare automaton, in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import daachorse

from guanlan.analysis.bench.texts import Figures, megabytes, posts, timed
from guanlan.analysis.event_words import background
from guanlan.analysis.match import compile_themes
from guanlan.analysis.types import ThemeMatch

TERMS = 10_000
THEMES = 100
#: A body's largest list, five times over.
MANY = 50_000
RUNS = 5


def run(size: int) -> Figures:
    """10,000 terms in 100 themes against bare daachorse over the same terms, in three ways.

    ``asked``: lists of words that few texts hold. ``themes``: clauses of every kind, about a tenth of the texts
    wanted. ``common``: the commonest words there are, every text wanted by dozens of themes.

    Batches make the matches of a text when the first of them is read, so two figures are given: ``share`` where
    nobody reads them (who matched, and how many, is known), ``read_share`` where each match and span is read.
    """
    texts = posts(size)
    names = sorted(background()[1].items(), key=lambda item: (-item[1], item[0]))
    common = [name for name, _n in names if name[0] not in "+=" and len(name) > 1]
    rare = [one + two for one, two in pairwise(common[: MANY + 1])]
    kinds = {
        "asked": (_lists(rare[:TERMS]), rare[:TERMS]),
        "themes": _themes(rare, common),
        "common": (_lists(common[:TERMS]), common[:TERMS]),
    }
    figures: Figures = {"n": size}
    for kind, (themes, terms) in kinds.items():
        figures |= {f"{kind}_{name}": value for name, value in _measured(themes, terms, texts).items()}
    many = _lists([f"{one}{at}号" for at, one in enumerate(rare)][:MANY])
    figures[f"compile_{MANY}_seconds"] = round(_processor_seconds(lambda: compile_themes(many)), 3)
    return figures


def _processor_seconds(action: Callable[[], object]) -> float:
    """Compiling is measured once, so a busy machine would show in the clock on the wall."""
    started = time.process_time()
    action()
    return time.process_time() - started


def _lists(terms: Sequence[str]) -> dict[int, str]:
    return {at: " ".join(f'"{term}"' for term in terms[at::THEMES]) for at in range(THEMES)}


def _themes(rare: Sequence[str], common: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """Themes as bodies write them: long lists, needed words, near words, exclusions, a pattern."""
    themes, terms = {}, list[str]()
    for at in range(THEMES):
        listed = [*rare[at : TERMS - 7 * THEMES : THEMES], common[3000 + at]]
        needed, near = [common[400 + at], common[600 + at]], [common[800 + at], common[900 + at]]
        unwanted = [common[2000 + at]]
        words = " ".join(f'"{term}"' for term in listed)
        themes[at] = (
            f'任一: {words} /{common[1800 + at]}.{{0,10}}{common[3200 + at]}/\n排除: "{unwanted[0]}"',
            f"必含: {'|'.join(needed)}\n任一: {words}",
            f'相近(20): {" ".join(near)}\n排除: "{unwanted[0]}"\n必含: {"|".join(listed)}',
            f"任一: {words}",
        )[at % 4]
        terms += [*listed, *needed, *near, *unwanted]
    return themes, list(dict.fromkeys(terms))


def _read(batch: Iterable[Sequence[ThemeMatch]]) -> int:
    """Every field of every match and both ends of every span, as whoever stores them reads them."""
    total = 0
    for found in batch:
        for one in found:
            total += one.theme + len(one.clause) + len(one.terms) + len(one.via)
            for span in one.spans:
                total += span.start + span.end
    return total


def _measured(themes: dict[int, str], terms: Sequence[str], texts: Sequence[str]) -> Figures:
    compiled = _processor_seconds(lambda: compile_themes(themes))
    matcher, bare = compile_themes(themes), daachorse.CharwiseDoubleArrayAhoCorasick(list(terms))
    ways: dict[str, Callable[[], object]] = {
        "bare": lambda: list(map(bare.find_overlapping, texts)),
        "batch": lambda: list(matcher.match_batch(texts)),
        "read": lambda: _read(matcher.match_batch(texts)),
        "columns": lambda: matcher.columns(texts),
        "single": lambda: list(map(matcher.match, texts)),
    }
    rounds = [[timed(way) for way in ways.values()] for _ in range(RUNS)]  # in turn: a busy machine slows all
    best = dict(zip(ways, map(min, zip(*rounds, strict=True)), strict=True))
    return {
        "terms": len(terms),
        "compile_seconds": round(compiled, 3),
        "matched_share": round(sum(map(bool, matcher.match_batch(texts))) / len(texts), 3),
        "megabytes_per_second": round(megabytes(texts) / best["batch"], 1),
        "share_of_bare_daachorse": round(best["bare"] / best["batch"], 3),
        "read_share_of_bare_daachorse": round(best["bare"] / best["read"], 3),
        "columns_share": round(best["bare"] / best["columns"], 3),
        "one_by_one_share": round(best["bare"] / best["single"], 3),
    }
