"""Trying a theme before saving it: what it would find, and what changes against the saved version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from guanlan.analysis.match import compile_themes
from guanlan.analysis.types import ThemeMatch
from guanlan.desk.common.ids import first_id
from guanlan.desk.documents.models import Document
from guanlan.desk.watch.services import CHUNK, TEST_DOCUMENTS, TestedDocument, tested

NEW, SAVED = 0, 1


@dataclass(slots=True)
class Trial:
    """Counts over everything examined; the newest few documents of each kind as examples.

    ``gained`` matched by the new expression only, ``lost`` by the saved one only, ``kept`` by both
    (by the new one when nothing was saved). Lost documents carry the saved version's spans.
    """

    examined: int = 0
    matched: int = 0
    matched_before: int = 0
    gained_count: int = 0
    lost_count: int = 0
    gained: list[TestedDocument] = field(default_factory=list)
    lost: list[TestedDocument] = field(default_factory=list)
    kept: list[TestedDocument] = field(default_factory=list)
    complete: bool = True


def theme_compare(
    *, expression: str, saved: str, documents: QuerySet[Document], since: datetime, limit: int = 10
) -> Trial:
    """Try ``expression`` on ``documents`` since a moment, newest first, beside ``saved`` (may be empty).

    Looks at TEST_DOCUMENTS at most. Raises ExpressionError for ``expression``.
    """
    matcher = compile_themes({NEW: expression, SAVED: saved} if saved else {NEW: expression})
    recent = documents.filter(pk__gte=first_id(since)).order_by("-pk").only("pk", "title", "text")
    trial = Trial()
    for row in recent[: TEST_DOCUMENTS + 1].iterator(chunk_size=CHUNK):
        if trial.examined == TEST_DOCUMENTS:
            trial.complete = False
            break
        trial.examined += 1
        _look(trial, row, matcher.match(f"{row.title}\n{row.text}"), limit, compared=bool(saved))
    return trial


def _look(trial: Trial, row: Document, found: Sequence[ThemeMatch], limit: int, *, compared: bool) -> None:
    matches = {match.theme: match for match in found}
    new, before = matches.get(NEW), matches.get(SAVED)
    trial.matched += new is not None
    trial.matched_before += before is not None
    trial.gained_count += compared and new is not None and before is None
    trial.lost_count += new is None and before is not None
    shown = new or before
    if shown is None:
        return
    kept = trial.lost if new is None else trial.gained if compared and before is None else trial.kept
    if len(kept) < limit:
        kept.append(tested(row, shown))
