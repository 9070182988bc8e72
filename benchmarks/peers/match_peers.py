"""Our matcher beside its peers: the same words, the same texts, one run, taking turns.

    python benchmarks/peers/match_peers.py [--size 20000] [--terms 10000] --json

Peers give bare places of words; ours gives themes, clauses and spans: ``guanlan`` where the matches are counted,
``guanlan-read`` where each is also read, with its spans. One line of JSON says for each kind of
word list (``asked``: few texts hold one; ``common``: every text holds many) megabytes a second of processor time,
and the ratio to bare daachorse. A peer that is not installed is named and left out. The texts are made up from
the shipped word counts, as in ``guanlan bench match``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import pairwise

from guanlan.analysis.bench import machine_line
from guanlan.analysis.bench.texts import megabytes, posts
from guanlan.analysis.event_words import background
from guanlan.analysis.match import Matcher, compile_themes

#: Reads all texts and gives the number of places found, so that nothing is optimised away.
Search = Callable[[Sequence[str]], int]
BASE = "daachorse"
ROUNDS = 3
THEMES = 100


def daachorse(terms: Sequence[str]) -> Search:
    find = import_module("daachorse").CharwiseDoubleArrayAhoCorasick(list(terms)).find_overlapping
    return lambda texts: sum(len(find(text)) for text in texts)


def ahocorasick_rs(terms: Sequence[str]) -> Search:
    find = import_module("ahocorasick_rs").AhoCorasick(list(terms)).find_matches_as_indexes
    return lambda texts: sum(len(find(text, overlapping=True)) for text in texts)


def pyahocorasick(terms: Sequence[str]) -> Search:
    automaton = import_module("ahocorasick").Automaton()
    for number, term in enumerate(terms):
        automaton.add_word(term, number)
    automaton.make_automaton()
    return lambda texts: sum(len(list(automaton.iter(text))) for text in texts)


def flashtext(terms: Sequence[str]) -> Search:
    """Whole words only by its design: the borders are switched off so that it finds Chinese at all."""
    processor = import_module("flashtext").KeywordProcessor(case_sensitive=True)
    processor.non_word_boundaries = set()
    processor.add_keywords_from_list(list(terms))
    return lambda texts: sum(len(processor.extract_keywords(text, span_info=True)) for text in texts)


def _matcher(terms: Sequence[str]) -> Matcher:
    return compile_themes({at: " ".join(f'"{term}"' for term in terms[at::THEMES]) for at in range(THEMES)})


def ours(terms: Sequence[str]) -> Search:
    matcher = _matcher(terms)
    return lambda texts: sum(map(len, matcher.match_batch(texts)))


def ours_read(terms: Sequence[str]) -> Search:
    matcher = _matcher(terms)
    return lambda texts: sum(
        len([(span.start, span.end) for span in match.spans])
        for found in matcher.match_batch(texts)
        for match in found
    )


def ours_columns(terms: Sequence[str]) -> Search:
    matcher = _matcher(terms)
    return lambda texts: len(matcher.columns(texts))


MAKERS: dict[str, Callable[[Sequence[str]], Search]] = {
    "guanlan": ours,
    "guanlan-read": ours_read,
    "guanlan-columns": ours_columns,
    BASE: daachorse,
    "ahocorasick_rs": ahocorasick_rs,
    "pyahocorasick": pyahocorasick,
    "flashtext": flashtext,
}


def compare(terms: Sequence[str], texts: Sequence[str]) -> dict[str, object]:
    """Best of a few rounds for each, in turn; processor time, so that a busy machine disturbs little."""
    searches, build, missing = dict[str, Search](), dict[str, float](), list[str]()
    for name, make in MAKERS.items():
        started = time.process_time()
        try:
            searches[name] = make(terms)
        except ImportError:
            missing.append(name)
            continue
        build[name] = round(time.process_time() - started, 3)
    best = dict.fromkeys(searches, float("inf"))
    found = dict[str, int]()
    for _ in range(ROUNDS):
        for name, search in searches.items():
            started = time.process_time()
            found[name] = search(texts)
            best[name] = min(best[name], time.process_time() - started)
    size = megabytes(texts)
    return {
        "megabytes_per_second": {name: round(size / seconds, 1) for name, seconds in best.items()},
        "ratio_to_daachorse": {name: round(best[BASE] / seconds, 3) for name, seconds in best.items()},
        "build_seconds": build,
        "found": found,
        "missing": missing,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--terms", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    texts = posts(options.size)
    names = sorted(background()[1].items(), key=lambda item: (-item[1], item[0]))
    common = [name for name, _n in names if name[0] not in "+=" and len(name) > 1]
    lists = {
        "asked": [one + two for one, two in pairwise(common[: options.terms + 1])],
        "common": common[: options.terms],
    }
    result = {"machine": machine_line(), "texts": len(texts)}
    result |= {kind: compare(terms, texts) for kind, terms in lists.items()}
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
