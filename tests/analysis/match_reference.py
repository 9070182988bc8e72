"""What ``docs/themes.md`` says, done in the plainest way: the slow matcher that the fast one must equal.

It shares the parser, the guard of patterns and the data with the product, and none of the matching: it looks for
every word by itself at every place of the text.
"""

from __future__ import annotations

import re
from itertools import pairwise, product

from guanlan.analysis.expression import Clause, ClauseKind, Expression, Term
from guanlan.analysis.match.places import place_names
from guanlan.analysis.match.variants import variants_of
from guanlan.analysis.regex_guard import guard

Span = tuple[int, int]
MARKS = " .·•・‧/\\|｜*＊_+~^#@&=-—－\u3000"


def lower(text: str) -> str:
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def matches(expression: Expression, text: str) -> tuple[str, list[Span]] | None:
    """The clause that decided and the spans, in order; None when the text is not asked for."""
    spans: list[Span] = []
    decided: Clause | None = None
    kinds = {kind: [one for one in expression.clauses if one.kind is kind] for kind in ClauseKind}
    for clause in [*kinds[ClauseKind.MUST], *kinds[ClauseKind.NEAR]]:
        groups = [places_of(group, clause, expression, text) for group in clause.groups]
        if not all(groups):
            return None
        if clause.kind is ClauseKind.NEAR:
            closest = tightest(groups, clause.distance)
            if closest is None:
                return None
            groups = [closest]
        spans += [one for group in groups for one in group]
        decided = clause
    for kind in (ClauseKind.PLACE, ClauseKind.ANY):
        found = [(clause, all_places(clause, expression, text)) for clause in kinds[kind]]
        found = [(clause, places) for clause, places in found if places]
        if kinds[kind] and not found:
            return None
        if found:
            decided = found[0][0]
        spans += [one for _clause, places in found for one in places]
    if any(all_places(clause, expression, text) for clause in kinds[ClauseKind.NOT]):
        return None
    assert decided is not None
    return decided.written, sorted(set(spans))


def all_places(clause: Clause, expression: Expression, text: str) -> list[Span]:
    return [one for group in clause.groups for one in places_of(group, clause, expression, text)]


def places_of(group: tuple[Term, ...], clause: Clause, expression: Expression, text: str) -> list[Span]:
    found: set[Span] = set()
    for term in group:
        if term.regex:
            pattern = guard(term.text, 0)
            first = pattern.compiled.search(text[: pattern.reach])
            found |= {first.span()} if first else set()
            continue
        names = [term.text]
        for name, others in expression.aliases:
            names += others if lower(name) == lower(term.text) else ()
        loose = term.loose or (expression.variants and clause.kind is not ClauseKind.NOT)
        if clause.kind is ClauseKind.PLACE:
            names += place_names(term.text)
            loose = False
        if loose:
            names += [
                other for name in names for other in variants_of(name, doubtful=expression.variants == "all")
            ]
        for name in names:
            found |= word_places(lower(name), lower(text))
            if loose and len(name) > 1:
                found |= hidden_places(lower(name), lower(text))
    return sorted(found)


def word_places(word: str, text: str) -> set[Span]:
    found = {(at, at + len(word)) for at in range(len(text)) if text[at : at + len(word)] == word}
    if len(word) <= 4 and word.isascii() and word.isalnum():
        found = {
            (start, end) for start, end in found if not touches(text, start - 1) and not touches(text, end)
        }
    return found


def touches(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isascii() and text[at].isalnum()


def hidden_places(word: str, text: str) -> set[Span]:
    """Places of the word with up to three marks in each gap between Han characters."""
    found = set()
    gap = "[" + re.escape(MARKS) + "]{0,3}"
    pattern = word[0]
    for before, after in pairwise(word):
        pattern += (gap if is_han(before) and is_han(after) else "") + after
    for at in range(len(text)):
        got = re.compile("(?s)" + pattern).match(text, at)
        if got and got[0] != word:
            found.add(got.span())
    return found


def is_han(one: str) -> bool:
    return "\u4e00" <= one <= "\u9fff"


def tightest(groups: list[list[Span]], distance: int) -> list[Span] | None:
    best: tuple[int, list[Span]] | None = None
    for chosen in product(*groups):
        first = min(start for start, _end in chosen)
        last = max(start for start, _end in chosen)
        for start, end in chosen:
            if start == first and last - end <= distance:
                candidate = (last - end, sorted(chosen))
                best = candidate if best is None else min(best, candidate)
    return best[1] if best else None
