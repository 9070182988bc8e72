"""Find the pairs of characters that show where OpenCC's phrases can matter: ``PHRASE_MARKS`` in
analysis/clean/script.py.

Run it when OpenCC changes, and copy what it prints::

    python scripts/build_phrase_marks.py

tw2s converts in two passes, each by phrases first and by single characters where no phrase stands. A phrase
*matters* where it gives another text than its characters do one by one. A text without a mark holds no phrase
that matters, in either pass, so that its characters may be converted one by one.
"""

import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby, pairwise, product
from pathlib import Path

import opencc

from guanlan.analysis.bench.texts import posts

PACKAGE = Path(opencc.__file__).parent / "clib"

Rules = dict[str, str]
#: For each way to catch a phrase the pairs that must all be marks.
Catches = list[frozenset[str]]


def rules(name: str) -> Rules:
    """One of OpenCC's dictionaries: what is written, and the first of what it may become."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "rules.txt"
        files = ("-i", str(PACKAGE / "share" / "opencc" / f"{name}.ocd2"), "-o", str(made))
        tool = str(PACKAGE / "bin" / "opencc_dict")
        subprocess.run([tool, *files, "-f", "ocd2", "-t", "text"], check=True, capture_output=True)
        rows = (line.split("\t") for line in made.read_text(encoding="utf-8").splitlines())
        return {written: becomes.split(" ")[0] for written, becomes in rows}


def catches() -> list[Catches]:
    """For each phrase that matters the ways to catch it: by a pair in it, or by all that may turn into one."""
    phrases, singles = rules("TWVariantsRevPhrases"), rules("TWVariantsRev")
    last_phrases = rules("TSPhrases")
    last_singles = rules("TSCharacters") | rules("TSCharactersExt")

    def last(text: str) -> str:
        return _by_character(text, last_singles)

    turned = defaultdict[str, set[str]](set)  # a character between the passes: what it may have been
    for one, other in (*singles.items(), *_changes(phrases)):
        turned[other].add(one)
    found: list[Catches] = []
    for phrase, becomes in phrases.items():
        if last(becomes) != last(_by_character(phrase, singles)):
            found.append([frozenset((one + two,)) for one, two in pairwise(phrase)])
    for phrase, becomes in last_phrases.items():
        if becomes != last(phrase):
            before = [{one} | turned[one] for one in phrase]
            found.append([frozenset(map("".join, product(one, two))) for one, two in pairwise(before)])
    return found


def _by_character(text: str, singles: Rules) -> str:
    return "".join(singles.get(one, one) for one in text)


def _changes(phrases: Rules) -> Iterable[tuple[str, str]]:
    for phrase, becomes in phrases.items():
        yield from zip(phrase, becomes, strict=True)


def chosen(needed: list[Catches], seen: Counter[str]) -> frozenset[str]:
    """Marks that catch every phrase and stand in few texts: the cheapest first, then without the needless."""
    marks = frozenset[str]()
    while left := [ways for ways in needed if not caught(ways, marks)]:
        uses = Counter(way for ways in left for way in set(ways))
        cost = {way: sum(seen[one] + 1 for one in way - marks) / n for way, n in uses.items()}
        cheapest: frozenset[str] = min(cost, key=lambda way: (cost[way], sorted(way)))
        marks |= cheapest
    for mark in sorted(marks, key=lambda one: (-seen[one], one)):
        fewer = marks - {mark}
        if all(caught(ways, fewer) for ways in needed):
            marks = fewer
    return marks


def caught(ways: Catches, marks: frozenset[str]) -> bool:
    """Whether no text can hold the phrase without a mark."""
    return any(way <= marks for way in ways)


def written(marks: Iterable[str]) -> list[str]:
    """Marks by their first characters: 乾元 and 乾卦 as 乾元卦."""
    groups = groupby(sorted(marks), lambda mark: mark[0])
    return [first + "".join(mark[1] for mark in group) for first, group in groups]


def main() -> None:
    """Print the marks."""
    text = opencc.OpenCC("s2tw").convert("".join(posts(20_000)))
    marks = chosen(catches(), Counter(map("".join, pairwise(text))))
    print(opencc.__version__, *written(marks))


if __name__ == "__main__":
    main()
