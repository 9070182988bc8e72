"""Full-text search over Chinese: one selector, two databases, the same hits.

Text is normalised (traditional to simplified, inserted pinyin taken out, case folded) and cut into
*runs*: Han characters, or letters and digits. A Han run is indexed as overlapping two-character
tokens, its last character alone behind them, so that

* a word of two or more characters is a phrase of tokens, i.e. exactly a substring of a run;
* one character is a prefix of some token;
* a Latin word or number is one token and matches whole.

A mark between runs keeps a phrase from matching across a comma. SQLite holds a contentless FTS5
table whose rowid is the time-ordered document id: the newest fifty are read off the end of the
index (technology.md part 1.2). PostgreSQL holds the distinct tokens under GIN, the match in a
MATERIALIZED CTE, and checks the substring on the normalised text beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import connection

from guanlan.analysis.clean import normalise_for_search
from guanlan.desk.documents.models import Document

#: Stands between runs; private use, so no text holds it (it is removed from input).
GAP = "\ue000"
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUNS = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
#: A query is what a person types: more terms than this are cut off (and a hostile one cannot be slow).
MAX_TERMS = 12
MAX_TERM_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Term:
    """One run of a query. ``han`` runs match as substrings, others as whole words."""

    text: str
    han: bool


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All of ``wanted`` and none of ``unwanted`` (written with a minus sign)."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]


def parse(query: str) -> SearchQuery:
    """What a person typed: words apart by spaces are all wanted, ``-word`` is unwanted."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for word in query.replace(GAP, " ").split():
        target = unwanted if word.startswith(("-", "－")) and len(word) > 1 else wanted
        target.extend(_terms(word))
    return SearchQuery(tuple(wanted[:MAX_TERMS]), tuple(unwanted[:MAX_TERMS]))


def search_ids(query: str, *, limit: int, before: int | None = None, after: int | None = None) -> list[int]:
    """Ids of the newest ``limit`` documents that match, newest first; ``before`` and ``after`` exclusive.

    An empty query, or one of punctuation only, finds nothing.
    """
    parsed = parse(query)
    if not parsed.wanted:
        return []
    if connection.vendor == "postgresql":
        sql, values = _postgresql(parsed)
    else:
        sql, values = _sqlite(parsed)
    for operator, bound in (("<", before), (">", after)):
        if bound is not None:
            sql += (
                f" AND document_id {operator} %s"
                if connection.vendor == "postgresql"
                else (f" AND rowid {operator} %s")
            )
            values.append(bound)
    return _newest(sql, values, limit)


def index(documents: Iterable[Document]) -> None:
    """Add documents to the index, in the transaction that stores them."""
    texts = [(document.pk, searchable(document)) for document in documents]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            rows = [(pk, sorted(set(tokens(text)) | _single(text)), text) for pk, text in texts]
            cursor.executemany(
                "INSERT INTO documents_searchtext (document_id, tokens, normalised) VALUES (%s, %s, %s) "
                "ON CONFLICT (document_id) DO UPDATE SET tokens = excluded.tokens, "
                "normalised = excluded.normalised",
                rows,
            )
            return
        cursor.executemany(
            "INSERT INTO documents_fts (rowid, tokens) VALUES (%s, %s)",
            [(pk, " ".join(tokens(text))) for pk, text in texts],
        )


def unindex(documents: Iterable[Document]) -> None:
    """Take documents out; a contentless index must be given exactly the tokens it was fed."""
    with connection.cursor() as cursor:
        for document in documents:
            if connection.vendor == "postgresql":
                cursor.execute("DELETE FROM documents_searchtext WHERE document_id = %s", [document.pk])
            else:
                cursor.execute(
                    "INSERT INTO documents_fts (documents_fts, rowid, tokens) VALUES ('delete', %s, %s)",
                    [document.pk, " ".join(tokens(searchable(document)))],
                )


def searchable(document: Document) -> str:
    """The normalised text that is indexed for a document."""
    return normalise_for_search(f"{document.title}\n{document.text}").replace(GAP, " ").replace("\x00", " ")


def tokens(text: str) -> list[str]:
    """Index tokens of normalised text, in order, with GAP between runs."""
    found: list[str] = []
    for match in _RUNS.finditer(text):
        run, word = match.groups()
        if run:
            found.extend(map("".join, pairwise(run)))
            found.append(run[-1])
        else:
            found.append(word)
        found.append(GAP)
    return found


def _terms(word: str) -> list[Term]:
    runs = _RUNS.finditer(normalise_for_search(word))
    return [
        Term((match.group(1) or match.group(2))[:MAX_TERM_CHARACTERS], han=bool(match.group(1)))
        for match in runs
    ]


def _single(text: str) -> set[str]:
    return {character for run, _ in _RUNS.findall(text) for character in run}


def _bigrams(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)] or [run]


def _sqlite(query: SearchQuery) -> tuple[str, list[Any]]:
    expression = " AND ".join(_fts(term) for term in query.wanted)
    for term in query.unwanted:
        expression = f"({expression}) NOT {_fts(term)}"
    return "SELECT rowid FROM documents_fts WHERE documents_fts MATCH %s", [expression]


def _fts(term: Term) -> str:
    if not term.han:
        return f'"{term.text}"'
    if len(term.text) == 1:
        return f'"{term.text}"*'
    return '"' + " ".join(_bigrams(term.text)) + '"'


def _postgresql(query: SearchQuery) -> tuple[str, list[Any]]:
    values: list[Any] = []
    match = " AND ".join(_gin(term, values) for term in query.wanted)
    match += "".join(f" AND NOT ({_gin(term, values)})" for term in query.unwanted)
    sql = (
        "WITH found AS MATERIALIZED (SELECT document_id FROM documents_searchtext "  # noqa: S608 - no values
        f"WHERE {match}) SELECT document_id FROM found WHERE TRUE"
    )
    return sql, values


def _gin(term: Term, values: list[Any]) -> str:
    values.append(_bigrams(term.text) if term.han else [term.text])
    if not term.han or len(term.text) <= 2:
        return "tokens @> %s"
    values.append(term.text)
    return "tokens @> %s AND position(%s IN normalised) > 0"


def _newest(sql: str, values: list[Any], limit: int) -> list[int]:
    column = "document_id" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY {column} DESC LIMIT %s", [*values, limit])
        return [row[0] for row in cursor.fetchall()]
