"""Themes against a text: which theme asked for it, by which words, and where they stand.

The words of all themes are one automaton, so a text is read once however many themes there are; a theme is
looked at only when a word that it cannot do without was seen. The language itself is described in
:mod:`guanlan.analysis.expression` and, with every rule, in ``docs/themes.md``.

Short Latin terms (``MAX_BORDERED`` letters or fewer) match whole words only: ``AI`` is not in ``MAIL``.
Patterns are tried on the first ``MAX_REGEX_TEXT`` characters, fewer when they have many paths.
"""

from __future__ import annotations

from guanlan.analysis.expression import Clause, ClauseKind, Expression, Term, parse
from guanlan.analysis.match.judging import MAX_SPANS
from guanlan.analysis.match.matcher import MAX_TEXT, Matcher, compile_themes
from guanlan.analysis.match.spelling import MAX_BORDERED, folded
from guanlan.analysis.regex_guard import MAX_REACH as MAX_REGEX_TEXT

__all__ = [
    "MAX_BORDERED",
    "MAX_REGEX_TEXT",
    "MAX_SPANS",
    "MAX_TEXT",
    "Clause",
    "ClauseKind",
    "Expression",
    "Matcher",
    "Term",
    "compile_themes",
    "folded",
    "parse",
]
