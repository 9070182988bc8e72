"""The language in which a person writes what a theme asks for.

An expression is a few lines, each a clause. Chinese and ASCII punctuation mean the same::

    停电 抢修慢，低电压            bare terms: one of them is enough
    必含: 融水|苗族自治县, 供电     (must)   融水 or 苗族自治县, and 供电
    任一: 停电、断电                (any)    at least one, counted over all such lines
    相近(10): 停电, 投诉|举报       (near)   no more than 10 characters between first and last
    地点: 融水 三防镇               (place)  one of the places is named
    排除: 演习 "power cut drill"    (not)    none of these
    别名: 水务局=自来水公司,供水公司 (alias)  wherever 水务局 is asked for, the others count too
    /停电.{0,5}(赔偿|补偿)/          a pattern may stand wherever a term may
    ~警察                           (mark)    also what people write instead: 条子, jc, 警 察
    变体: 开                        (option)  the same for every term of the theme (全部: doubtful ones too)

*Terms* are separated by spaces, commas, ``、`` or line ends. ``|`` joins alternatives. Quotes keep
spaces and marks inside a term. A clause ends with its line or ``;``. A label alone on a line holds
for the lines below it, up to an empty line or the next label. ``#`` at the start of a line is a remark.

*Meaning*: every group of every ``must``, every ``near`` and one of the places must be there; at least
one of the ``any`` and bare terms if there are any; none of ``not``. Letters match in either case.
An expression that only excludes is refused: it would match nearly everything.

Error codes: ``empty`` ``too_long`` ``term_too_long`` ``too_many_terms`` ``too_many_patterns``
``unknown_label`` ``empty_alternative`` ``unclosed_quote`` ``unclosed_regex`` ``bad_distance``
``near_needs_two`` ``near_too_many`` ``alias_without_equals`` ``bad_mark`` ``bad_option``
``nothing_required`` and those of :mod:`guanlan.analysis.regex_guard`; in words:
:mod:`guanlan.analysis.match.faults`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from guanlan.analysis.errors import ExpressionError
from guanlan.analysis.regex_guard import guarded

#: A body's whole word list fits many times; more is a wrong file pasted.
MAX_EXPRESSION = 1_000_000
MAX_TERM = 100
MAX_TERMS = 50_000
#: Each pattern is tried on each text that its theme wakes for; a list of words is better written as terms.
MAX_PATTERNS = 200
#: More words that must all stand together are a sentence, not a theme.
MAX_NEAR = 20
#: A sentence or two. Further apart, two words say nothing about each other.
MAX_DISTANCE = 500
DEFAULT_DISTANCE = 20
#: Half of a surrogate pair: no text that was ever stored holds one.
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class ClauseKind(StrEnum):
    """What a clause asks for."""

    MUST = "must"
    ANY = "any"
    NOT = "not"
    NEAR = "near"
    PLACE = "place"
    ALIAS = "alias"
    VARIANTS = "variants"  # an option: never stands in ``Expression.clauses``


#: Every spelling of a label; the first Chinese one is the one written back.
LABELS: dict[str, ClauseKind] = {
    "必含": ClauseKind.MUST, "必须": ClauseKind.MUST, "must": ClauseKind.MUST,
    "任一": ClauseKind.ANY, "任意": ClauseKind.ANY, "any": ClauseKind.ANY,
    "排除": ClauseKind.NOT, "不含": ClauseKind.NOT, "not": ClauseKind.NOT,
    "相近": ClauseKind.NEAR, "邻近": ClauseKind.NEAR, "near": ClauseKind.NEAR,
    "地点": ClauseKind.PLACE, "place": ClauseKind.PLACE,
    "别名": ClauseKind.ALIAS, "alias": ClauseKind.ALIAS,
}  # fmt: skip
WRITTEN_LABEL = {kind: label for label, kind in reversed(LABELS.items()) if not label.isascii()}

_LABEL = re.compile(
    "(" + "|".join(LABELS) + r")[ \t]*(?:[（(][ \t]*([^）)\n]{0,20}?)[ \t]*[）)])?[ \t]*[:：]", re.IGNORECASE
)
_LOOKS_LIKE_LABEL = re.compile(r"([^\W\d_][\w ]{0,11})[（(]?[^）)\n:：]{0,5}[）)]?[:：](?!/)")
_OPTION = re.compile(r"(?:变体|variants?)[ \t]*[:：=＝][ \t]*([^\s;；]*)[ \t\r]*$", re.IGNORECASE)
#: What may be written after the option; "" is off.
OPTION_VALUES = {
    **dict.fromkeys(("开", "是", "on", "yes", "true", "1"), "on"),
    **dict.fromkeys(("关", "否", "off", "no", "false", "0"), ""),
    **dict.fromkeys(("全部", "all"), "all"),
}
_MARKS = "~～"
_GAP = re.compile(r"[ \t\r\f\v,，、\u3000\u00a0]+")
_TERM = re.compile(r"[^\s,，、|｜;；\"“”\u3000]+")
_ALIAS_TERM = re.compile(r"[^\s,，、|｜;；\"“”\u3000=＝]+")
_CLOSING = {'"': '"', "“": "”", "”": "”"}


@dataclass(frozen=True, slots=True)
class Term:
    """One word or, when ``regex``, one pattern, as written (without quotes, slashes or mark).

    ``loose``: marked ``~``, so what people write instead counts too.
    """

    text: str
    regex: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One line. ``groups`` must each be there (must, near) or count as one list (the others)."""

    kind: ClauseKind
    groups: tuple[tuple[Term, ...], ...]
    distance: int = 0
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression. ``aliases`` maps a word to the other names that count for it.

    ``variants``: "" only what is written, "on" also sure variants, "all" also doubtful ones.
    """

    clauses: tuple[Clause, ...]
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    variants: str = ""

    def to_text(self) -> str:
        """Text that parses to an equal expression."""
        lines = [_clause_text(clause) for clause in self.clauses]
        lines += [f"别名: {_quoted(name)}={' '.join(map(_quoted, others))}" for name, others in self.aliases]
        lines += [{"on": "变体: 开", "all": "变体: 全部"}[self.variants]] if self.variants else []
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.to_text()


def parse(expression: str) -> Expression:
    """Read an expression. Raises ExpressionError with a code and the position of the fault."""
    if len(expression) > MAX_EXPRESSION:
        raise ExpressionError("too_long", MAX_EXPRESSION)
    if broken := _HALF_CHARACTER.search(expression):
        raise ExpressionError("broken_character", broken.start())
    clauses: list[Clause] = []
    aliases: dict[str, tuple[str, ...]] = {}
    variants = ""
    count = patterns = 0
    for kind, distance, start, end in _lines(expression):
        if kind is ClauseKind.ALIAS:
            _read_aliases(expression, start, end, aliases)
        elif kind is ClauseKind.VARIANTS:
            variants = _option(expression, start, end)
        else:
            groups = tuple(_groups(expression, start, end))
            count += sum(map(len, groups))
            patterns += sum(term.regex for group in groups for term in group)
            if fault := _size_fault(kind, len(groups), count, patterns):
                raise ExpressionError(fault, start, expression[start:end][:20])
            if groups:
                written = _written(expression, start, end, kind, distance)
                clauses.append(Clause(kind, groups, distance, written))
    _require_something(clauses, expression)
    return Expression(tuple(clauses), tuple(aliases.items()), variants)


def _size_fault(kind: ClauseKind, groups: int, count: int, patterns: int) -> str:
    """Code of what is too much or too little; ``count`` and ``patterns`` are all read so far."""
    near = kind is ClauseKind.NEAR
    faults = {
        "too_many_terms": count > MAX_TERMS,
        "too_many_patterns": patterns > MAX_PATTERNS,
        "near_needs_two": near and groups < 2,
        "near_too_many": near and groups > MAX_NEAR,
    }
    return next((code for code, holds in faults.items() if holds), "")


def _option(text: str, start: int, end: int) -> str:
    value = text[start:end].strip().lower()
    if value not in OPTION_VALUES:
        raise ExpressionError("bad_option", start, value[:20])
    return OPTION_VALUES[value]


def _require_something(clauses: list[Clause], expression: str) -> None:
    if not clauses:
        raise ExpressionError("empty", 0, expression[:20])
    if all(clause.kind is ClauseKind.NOT for clause in clauses):
        raise ExpressionError("nothing_required", 0, clauses[0].written[:20])


def _written(text: str, start: int, end: int, kind: ClauseKind, distance: int) -> str:
    label = f"{WRITTEN_LABEL[kind]}({distance})" if distance else WRITTEN_LABEL[kind]
    return f"{label}: {text[start:end].strip()}"


def _lines(text: str) -> Iterator[tuple[ClauseKind, int, int, int]]:
    """Kind, distance, start and end of each clause's terms."""
    at, held = 0, (ClauseKind.ANY, 0)  # what an unlabelled line means
    while at < len(text):
        end = _line_end(text, at)
        start = at + len(text[at:end]) - len(text[at:end].lstrip(" \t\r\u3000\ufeff"))
        rest = text[start:end]
        at = end + 1
        if not rest.strip():
            held = (ClauseKind.ANY, 0)
        elif option := _OPTION.match(rest):
            held = (ClauseKind.ANY, 0)
            yield ClauseKind.VARIANTS, 0, start + option.start(1), start + option.end(1)
        elif not rest.startswith("#"):
            label = _LABEL.match(rest)
            if label:
                kind, distance = _labelled(label, start)
                blank = not rest[label.end() :].strip()
                held = (kind, distance) if blank else (ClauseKind.ANY, 0)
                if not blank:
                    yield kind, distance, start + label.end(), end
                continue
            strange = _LOOKS_LIKE_LABEL.match(rest)
            if strange:
                raise ExpressionError("unknown_label", start, strange[1])
            yield *held, start, end


def _line_end(text: str, at: int) -> int:
    """End of the line that starts at ``at``; marks inside quotes or a pattern do not end it."""
    closing = ""
    fresh = True  # at the start of a term, where a slash opens a pattern
    for place in range(at, len(text)):
        mark = text[place]
        if mark == "\n":
            return place
        if closing:
            if mark == closing and (closing != "/" or text[place - 1] != "\\"):
                closing = ""
        elif mark in ";；":
            return place
        elif mark in _CLOSING:
            closing = _CLOSING[mark]
        elif mark == "/" and fresh:
            closing = "/"
        fresh = mark in " \t,，、|｜:：\u3000"
    return len(text)


def _labelled(label: re.Match[str], start: int) -> tuple[ClauseKind, int]:
    kind = LABELS[label[1].lower()]
    if kind is not ClauseKind.NEAR:
        if label[2] is not None:
            raise ExpressionError("bad_distance", start, label[0])
        return kind, 0
    written = DEFAULT_DISTANCE if label[2] is None else label[2]
    try:
        distance = int(written)
    except ValueError as error:
        raise ExpressionError("bad_distance", start, label[0]) from error
    if not 1 <= distance <= MAX_DISTANCE:
        raise ExpressionError("bad_distance", start, label[0])
    return kind, distance


def _groups(text: str, at: int, end: int) -> Iterator[tuple[Term, ...]]:
    """Groups of alternatives between two positions."""
    group: list[Term] = []
    joined = False  # a bar was read and waits for its right side
    while True:
        at = _skip(text, at, end)
        bar = at < end and text[at] in "|｜"
        if bar and (not group or joined):
            raise ExpressionError("empty_alternative", at, text[at])
        if bar:
            joined, at = True, at + 1
            continue
        if group and not joined:
            yield tuple(group)
            group = []
        if at >= end:
            break
        term, at = _term(text, at, end, _TERM)
        group.append(term)
        joined = False
    if joined:
        raise ExpressionError("empty_alternative", end, "|")


def _skip(text: str, at: int, end: int) -> int:
    gap = _GAP.match(text, at, end)
    return gap.end() if gap else at


def _term(text: str, at: int, end: int, plain: re.Pattern[str]) -> tuple[Term, int]:
    mark = text[at]
    if mark in _MARKS:
        return _marked(text, at, end, plain)
    if mark in _CLOSING:
        close = text.find(_CLOSING[mark], at + 1, end)
        if close < 0:
            raise ExpressionError("unclosed_quote", at, text[at : at + 10])
        return _checked(text[at + 1 : close], at), close + 1
    if mark == "/":
        return _pattern(text, at, end)
    found = plain.match(text, at, end)
    if not found:
        raise ExpressionError("alias_without_equals", at, text[at : at + 10])
    return _checked(found[0], at), found.end()


def _marked(text: str, at: int, end: int, plain: re.Pattern[str]) -> tuple[Term, int]:
    """A term behind ``~``: a word, not a pattern, not another mark, not nothing."""
    if at + 1 >= end or text[at + 1] in _MARKS + "/|｜=＝;；" or _GAP.match(text, at + 1, end):
        raise ExpressionError("bad_mark", at, text[at : at + 2])
    term, after = _term(text, at + 1, end, plain)
    return Term(term.text, loose=True), after


def _checked(word: str, at: int) -> Term:
    word = " ".join(word.split())
    if not word:
        raise ExpressionError("empty_alternative", at)
    if len(word) > MAX_TERM:
        raise ExpressionError("term_too_long", at, word[:20])
    return Term(word)


def _pattern(text: str, at: int, end: int) -> tuple[Term, int]:
    close = at + 1
    while close < end and text[close] != "/":
        close += 2 if text[close] == "\\" else 1
    if close >= end:
        raise ExpressionError("unclosed_regex", at, text[at : at + 10])
    pattern = text[at + 1 : close]
    guarded(pattern, at + 1)
    return Term(pattern, regex=True), close + 1


def _read_aliases(text: str, at: int, end: int, into: dict[str, tuple[str, ...]]) -> None:
    """``name=other,other name=other``: a term followed by an equals sign opens a new alias."""
    name, others = "", list[str]()
    at = _skip(text, at, end)
    while at < end:
        term, after = _term(text, at, end, _ALIAS_TERM)
        after = _skip(text, after, end)
        if after < end and text[after] in "=＝":
            if name:
                into[name] = (*into.get(name, ()), *others)
            name, others, after = term.text, [], after + 1
        elif not name or term.regex:
            raise ExpressionError("alias_without_equals", at, term.text[:20])
        else:
            others.append(term.text)
        at = _skip_bars(text, after, end)
    if not others:
        raise ExpressionError("alias_without_equals", at, name[:20])
    into[name] = (*into.get(name, ()), *others)


def _skip_bars(text: str, at: int, end: int) -> int:
    while at < end and (text[at] in "|｜" or _GAP.match(text[at])):
        at += 1
    return at


def _clause_text(clause: Clause) -> str:
    label = WRITTEN_LABEL[clause.kind] + (f"({clause.distance})" if clause.distance else "")
    groups = ("|".join(_term_text(term) for term in group) for group in clause.groups)
    return f"{label}: {' '.join(groups)}"


def _term_text(term: Term) -> str:
    if term.regex:
        return f"/{term.text}/"
    return f"~{_quoted(term.text)}" if term.loose else _quoted(term.text)


def _quoted(word: str) -> str:
    if _ALIAS_TERM.fullmatch(word) and not word.startswith(("/", "#", "~", "～")):
        return word
    return f"“{word}”" if '"' in word else f'"{word}"'
