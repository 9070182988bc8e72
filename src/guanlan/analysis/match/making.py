"""Matches as objects, made fast: what comes again and again is made once."""

from __future__ import annotations

from guanlan.analysis.types import ANALYSIS_VERSION, Span, ThemeMatch

#: One number says where a span starts and how long it is, in as many bits as the longest text needs.
LENGTH_BITS = 21
#: Spans that start further on, or are longer, are not kept: the kept ones take a few megabytes.
KEPT = 2_000
KEPT_LENGTH = 16


class _Spans(dict[int, tuple[Span]]):
    """A span alone in a tuple, by ``start << LENGTH_BITS | length``.

    Spans of short texts come again and again, and most matches have one: keeping both spares two objects of
    three.
    """

    def __missing__(self, code: int) -> tuple[Span]:
        start, length = code >> LENGTH_BITS, code & (1 << LENGTH_BITS) - 1
        made = (Span(start, start + length),)
        if start < KEPT and length < KEPT_LENGTH:
            self[code] = made
        return made


SPANS = _Spans()

_new = object.__new__
_set_theme, _set_clause, _set_spans, _set_terms, _set_version, _set_via = (
    vars(ThemeMatch)[name].__set__ for name in ("theme", "clause", "spans", "terms", "version", "via")
)


def matched(theme: int, clause: str, spans: tuple[Span, ...], terms: tuple[str, ...]) -> ThemeMatch:
    """``ThemeMatch(theme, clause, spans, terms)`` in half the time: a frozen class looks each field up by name."""
    made = _new(ThemeMatch)
    _set_theme(made, theme)
    _set_clause(made, clause)
    _set_spans(made, spans)
    _set_terms(made, terms)
    _set_version(made, ANALYSIS_VERSION)
    _set_via(made, ())
    return made
