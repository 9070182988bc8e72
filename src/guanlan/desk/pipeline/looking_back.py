"""A new or changed theme looks back over the last 30 days, a batch at a time.

What it finds was kept as off-topic until then; such documents become stored, are grouped, and the
counts of their runs follow in the same transaction. No alert is opened for the past.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from guanlan.analysis.match import compile_themes
from guanlan.analysis.types import Outcome, ThemeMatch
from guanlan.desk.common.ids import first_id
from guanlan.desk.documents.models import Document
from guanlan.desk.events.services import event_attach_new
from guanlan.desk.pipeline.grouping import members_of
from guanlan.desk.pipeline.memory import Memory
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.storing import lock_storing
from guanlan.desk.sources.models import FetchRun
from guanlan.desk.watch.models import Theme, ThemeHit

#: As far as the theme editor's live test looks.
LOOK_BACK = timedelta(days=30)
#: Documents in one transaction.
BATCH = 500


def look_back(*, memory: Memory, now: datetime) -> bool:
    """One batch of the first theme that has not looked back yet; false when there is none."""
    theme = Theme.objects.filter(active=True, looked_back_version__lt=F("version")).order_by("pk").first()
    if theme is None:
        return False
    matcher = compile_themes({theme.pk: theme.expression})
    with transaction.atomic():
        lock_storing()
        memory.refresh(now)
        rows = Document.objects.filter(pk__gte=first_id(now - LOOK_BACK)).order_by("-pk")
        if theme.look_back_before is not None:
            rows = rows.filter(pk__lt=theme.look_back_before)
        documents = list(rows[:BATCH])
        found = {
            document.pk: match
            for document in documents
            for match in matcher.match(f"{document.title}\n{document.text}")
        }
        _replace_hits(theme, documents, found)
        _take_in([document for document in documents if document.pk in found], memory, now)
        _advance(theme, documents)
    return True


def _replace_hits(theme: Theme, documents: list[Document], found: dict[int, ThemeMatch]) -> None:
    hits = ThemeHit.objects.filter(theme=theme, document__in=documents)
    judged = set(hits.filter(false_hit=True).values_list("document", flat=True))
    hits.filter(false_hit=False).delete()
    ThemeHit.objects.bulk_create(
        ThemeHit(
            theme=theme,
            document_id=pk,
            clause=match.clause[:300],
            terms=list(match.terms),
            via=list(match.via),
            spans=[[span.start, span.end] for span in match.spans],
            theme_version=theme.version,
        )
        for pk, match in found.items()
        if pk not in judged  # a person has said that this is a false hit: that stands
    )


def _take_in(documents: list[Document], memory: Memory, now: datetime) -> None:
    """Off-topic documents that somebody wants now: stored, grouped, counted as stored."""
    wanted = [document for document in documents if document.outcome == Outcome.OFF_TOPIC.value]
    if not wanted:
        return
    pks = [document.pk for document in wanted]
    Document.objects.filter(pk__in=pks).update(outcome=Outcome.STORED.value)
    Intake.objects.filter(document_id__in=pks, outcome=Outcome.OFF_TOPIC.value).update(
        outcome=Outcome.STORED.value
    )
    for run, count in Counter(document.run_id for document in wanted).items():
        FetchRun.objects.filter(pk=run, off_topic__gte=count).update(
            stored=F("stored") + count, off_topic=F("off_topic") - count
        )
    ordered = sorted(wanted, key=lambda document: document.published_at or document.fetched_at)
    members = members_of(ordered, memory)
    event_attach_new(documents=ordered, members=members, now=now)


def _advance(theme: Theme, documents: list[Document]) -> None:
    rows = Theme.objects.filter(pk=theme.pk, version=theme.version)
    if len(documents) < BATCH:
        rows.update(looked_back_version=theme.version, look_back_before=None)
    else:
        rows.update(look_back_before=documents[-1].pk)
