"""Stated rules: what a text says when somebody asks, complains, proposes … (``packs/kind/rules.json``).

A rule is an expression in the language of themes (:mod:`guanlan.analysis.expression`) with the kind that it
speaks for and its weight, in units of log-odds, before the model has its say. ``within`` asks that a word
stands among the first so many characters.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import AnalysisError, ModelError
from guanlan.analysis.match import Matcher, compile_themes
from guanlan.analysis.types import Span, TextKind

SHIPPED = Path(__file__).parents[2] / "packs" / "kind" / "rules.json"
KINDS = tuple(TextKind)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rule:
    """``weight`` is added to the log-odds of ``kind``; ``example`` is a text that fires it."""

    code: str
    kind: TextKind
    weight: float
    expression: str
    example: str
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds for a text: its place among the rules, where its words stand."""

    rule: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Rules, compiled. Immutable; share one among threads."""

    rules: tuple[Rule, ...]
    matcher: Matcher

    @property
    def weights(self) -> Floats:
        """(rules, kinds): each rule's weight in the column of its kind."""
        table = np.zeros((len(self.rules), len(KINDS)), dtype=np.float32)
        for place, rule in enumerate(self.rules):
            table[place, KINDS.index(rule.kind)] = rule.weight
        return table

    def fire(self, texts: Sequence[str]) -> list[tuple[Fired, ...]]:
        """The rules that hold for each text, in the order of the book; spans are offsets in it."""
        found = self.matcher.match_batch(texts)
        return [
            tuple(
                Fired(match.theme, match.spans)
                for match in matches
                if _stands_within(self.rules[match.theme].within, match.spans)
            )
            for matches in found
        ]


def rule_book(path: Path | None = None) -> RuleBook:
    """Read a file of rules, the shipped one by default.

    Raises ModelError when it is missing or a rule is wrong, naming the rule.
    """
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> RuleBook:
    return _read(SHIPPED)


def _read(path: Path) -> RuleBook:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        rules = tuple(Rule(**{**row, "kind": TextKind(row["kind"])}) for row in raw)
        matcher = compile_themes({place: rule.expression for place, rule in enumerate(rules)})
    except (OSError, ValueError, KeyError, TypeError, AnalysisError) as error:
        raise ModelError(f"{path.name}: {error}") from error
    return RuleBook(rules, matcher)


def _stands_within(within: int | None, spans: Sequence[Span]) -> bool:
    return within is None or any(span.start < within for span in spans)
