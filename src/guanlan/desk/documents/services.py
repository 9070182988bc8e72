"""Changing what people say about documents: relevance, tone and kind. The text itself never changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from guanlan.analysis.types import Relation
from guanlan.desk.audit.services import record
from guanlan.desk.documents.models import ITEM_TYPES, KINDS, TONES, Document, Label, LabelKind, ScreeningState
from guanlan.desk.documents.selectors import visible
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require

#: Relations whose texts say the same, so that one look is enough for all of them.
SAME_TEXT = (Relation.COPY.value, Relation.REPRINT.value)
#: Marked at once; a page shows fifty.
MOST_AT_ONCE = 500


class NotAWordError(ValueError):
    """The value is not one that people may give (a state, a tone, a kind)."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What a mark changed: ``before`` is the state of each chosen document, ``copies`` how many followed."""

    state: str
    at: datetime
    before: Mapping[int, str]
    copies: int = 0


def documents_screen(
    *, ids: Collection[int], state: str, actor: User, now: datetime, with_copies: bool = True
) -> Screened:
    """Mark documents relevant, not relevant or (empty) unseen again.

    Ids the person does not see are passed over. Copies and reprints nobody has looked at take the
    same mark, because they say the same.
    """
    if state not in ScreeningState.values:
        raise NotAWordError(state)
    with transaction.atomic():
        chosen = visible(actor).filter(pk__in=list(ids)[:MOST_AT_ONCE]).select_related("unit")
        rows = list(chosen.only("pk", "screening", "copy_of", "relation", "unit"))
        for unit in {row.unit for row in rows}:
            require(actor, "screen", unit)
        before = {row.pk: row.screening for row in rows}
        marks = _marks(state, actor, now)
        Document.objects.filter(pk__in=list(before)).update(**marks)
        copies = _unseen_copies(rows, actor).update(**marks) if state and with_copies else 0
        if before:
            facts = {"state": state, "documents": sorted(before), "copies": copies}
            record("documents.screened", actor=actor, now=now, **facts)
    return Screened(state, now, before, copies)


def documents_screen_undo(*, screened: Screened, actor: User, now: datetime) -> int:
    """Take a mark back where nobody has marked again since; returns how many documents went back."""
    with transaction.atomic():
        touched = visible(actor).filter(screened_by=actor, screened_at=screened.at, screening=screened.state)
        for unit in Unit.objects.filter(pk__in=touched.order_by().values("unit")):
            require(actor, "screen", unit)
        back = 0
        ids = set(touched.values_list("pk", flat=True))
        for state in ScreeningState.values:
            chosen = {pk for pk in ids if screened.before.get(pk, "") == state}
            back += Document.objects.filter(pk__in=chosen).update(**_marks(state, actor, now))
        if back:
            record("documents.screen_undone", actor=actor, now=now, state=screened.state, count=back)
    return back


def document_tone_set(*, document: Document, tone: str, actor: User, now: datetime) -> Label:
    """A person's word on the tone. It stands beside the machine's and wins over it (F-SCR-2)."""
    require(actor, "screen", document)
    if tone not in dict(TONES):
        raise NotAWordError(tone)
    with transaction.atomic():
        label = Label.objects.create(
            document=document, kind=LabelKind.TONE, value=tone, machine_value=document.tone, by=actor, at=now
        )
        document.person_tone = document.effective_tone = tone
        document.save(update_fields=["person_tone", "effective_tone"])
        record("document.tone_set", actor=actor, now=now, target=document, tone=tone, machine=document.tone)
    return label


def document_kind_set(*, document: Document, kind: str, actor: User, now: datetime) -> Label:
    """A person's word on what the text does. It stands beside the machine's and wins over it."""
    require(actor, "screen", document)
    if kind not in dict(KINDS):
        raise NotAWordError(kind)
    with transaction.atomic():
        label = Label.objects.create(
            document=document, kind=LabelKind.KIND, value=kind, machine_value=document.kind, by=actor, at=now
        )
        document.person_kind = document.effective_kind = kind
        document.save(update_fields=["person_kind", "effective_kind"])
        record("document.kind_set", actor=actor, now=now, target=document, kind=kind, machine=document.kind)
    return label


def documents_type_set(*, ids: Collection[int], item_type: str, actor: User, now: datetime) -> int:
    """Say of documents what they are for the body's reports, or (empty) take it back; returns how many changed.

    Ids the person does not see are passed over; each change keeps a label with who and when (F-SRC-8).
    """
    if item_type and item_type not in dict(ITEM_TYPES):
        raise NotAWordError(item_type)
    with transaction.atomic():
        chosen = visible(actor).filter(pk__in=list(ids)[:MOST_AT_ONCE]).exclude(item_type=item_type)
        rows = list(chosen.select_related("unit").only("pk", "unit"))
        for unit in {row.unit for row in rows}:
            require(actor, "screen", unit)
        keys = sorted(row.pk for row in rows)
        Document.objects.filter(pk__in=keys).update(item_type=item_type)
        said = {"kind": LabelKind.TYPE, "value": item_type, "by": actor, "at": now}
        Label.objects.bulk_create([Label(document_id=pk, **said) for pk in keys])
        if keys:
            record("documents.type_set", actor=actor, now=now, documents=keys, type=item_type)
    return len(keys)


def _marks(state: str, actor: User, now: datetime) -> dict[str, object]:
    return {
        "screening": state,
        "screened_by": actor if state else None,
        "screened_at": now if state else None,
    }


def _unseen_copies(rows: Collection[Document], actor: User) -> QuerySet[Document]:
    same = [row for row in rows if not row.relation or row.relation in SAME_TEXT]
    roots = {row.copy_of_id or row.pk for row in same}
    family = Q(pk__in=roots) | Q(copy_of__in=roots, relation__in=SAME_TEXT)
    return visible(actor).filter(family, screening="").exclude(pk__in=[row.pk for row in rows])
