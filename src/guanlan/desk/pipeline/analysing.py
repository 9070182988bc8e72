"""What goes to an engine, and the themes, which are matched where documents are stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from guanlan.analysis.match import Matcher, compile_themes
from guanlan.analysis.types import RawItem
from guanlan.desk.documents.captures import CaptureMissing
from guanlan.desk.pipeline.intake import raw_item
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.watch.models import Theme


def items_of(rows: Sequence[Intake]) -> list[RawItem]:
    """Items to analyse; a row whose capture is gone has none (it is quarantined when stored)."""
    items: list[RawItem] = []
    for row in rows:
        try:
            items.append(raw_item(row))
        except CaptureMissing:
            continue
    return items


class Themes:
    """The compiled themes, compiled again when somebody changed one."""

    def __init__(self) -> None:
        self._state: tuple[tuple[int, datetime], ...] | None = None
        self._matcher = compile_themes({})

    def matcher(self) -> Matcher:
        """The matcher of all active themes as they stand now."""
        rows = Theme.objects.filter(active=True).order_by("pk")
        state = tuple(rows.values_list("pk", "changed_at"))
        if state != self._state:
            self._matcher = compile_themes(dict(rows.values_list("pk", "expression")))
            self._state = state
        return self._matcher
