"""From judgement to rows: one transaction that stores, labels, indexes, groups and alerts.

Behind one lock, because "is this a copy?" and "which group?" must be answered one batch after the
other whoever asks (SQLite has one writer anyway). In order:

1. keep only rows whose lease is still ours;
2. settle rejected and quarantined rows;
3. settle duplicates (same address and text; without an address: same source, text and time);
4. decide stored or off-topic, find copies, number and write the documents;
5. write theme hits, index, groups; attach to events; open alerts;
6. settle the rows, close finished runs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from guanlan.analysis.match import Matcher
from guanlan.analysis.pipeline import text_to_compare
from guanlan.analysis.types import Analysed, Kind, NearDuplicate, Outcome, Relation, ThemeMatch
from guanlan.desk.common.due import still_held
from guanlan.desk.common.ids import fresh_ids
from guanlan.desk.common.sql import stored_moment
from guanlan.desk.documents import search
from guanlan.desk.documents.models import Document
from guanlan.desk.events.services import event_attach_new
from guanlan.desk.pipeline.grouping import groups_repair, members_of
from guanlan.desk.pipeline.intake import url_key
from guanlan.desk.pipeline.memory import Memory
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.runs import close_finished
from guanlan.desk.pipeline.tone_tally import tone_tally_add
from guanlan.desk.sources.models import Source, SourceKind
from guanlan.desk.watch.alerting import evaluate_stored
from guanlan.desk.watch.models import GroupMember, ThemeHit

#: Serialises storing on PostgreSQL.
STORE_LOCK = 7_301_002
#: What was addressed to the body is never off-topic, whatever words it uses.
ADDRESSED_TO_US = frozenset(
    {
        SourceKind.HOTLINE,
        SourceKind.RECEPTION,
        SourceKind.LETTER,
        SourceKind.MESSAGE_BOARD,
        SourceKind.MAILBOX,
        SourceKind.UNIT,
        SourceKind.PUBLIC_REPORT,
        SourceKind.CHAT,  # somebody wrote it down and said why
    }
)
#: A page may be dated a little ahead of our clock; more than this is a wrong date.
MAX_AHEAD = timedelta(hours=24)
#: Nothing on the web is older; 1970 is a programmer's zero, not a date.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Column lengths of documents.
TITLE, ORIGINAL_TITLE, NAME = 300, 600, 120
COUNTS = ("reposts", "comments", "likes")


@dataclass(slots=True)
class Candidate:
    """A row with its judgement on the way to becoming a document."""

    row: Intake
    judged: Analysed
    published_at: datetime | None
    hits: tuple[ThemeMatch, ...] = ()
    document: Document | None = None
    duplicate_of: int | None = None
    version_of: int | None = None


@dataclass(slots=True)
class Stored:
    """What one batch became."""

    counts: Counter[str] = field(default_factory=Counter)
    documents: list[Document] = field(default_factory=list)


class Seen:
    """Addresses and exact texts that are in the desk already, this batch's own included."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._by_url: dict[bytes, list[tuple[bytes, int]]] = {}
        self._by_text: dict[tuple[int, bytes, datetime | None], int] = {}
        keys = [url_key(candidate.row.url) for candidate in candidates]
        exact = [
            candidate.judged.fingerprint.exact for candidate in candidates if candidate.judged.fingerprint
        ]
        rows = Document.objects.filter(url_key__in=[key for key in keys if key])
        rows = rows | Document.objects.filter(exact__in=exact)
        for row in rows.values_list("pk", "url_key", "exact", "source_id", "published_at"):
            self._note(row[0], bytes(row[1]) if row[1] else None, bytes(row[2]), row[3], row[4])

    def place(self, candidate: Candidate, source_id: int) -> None:
        """Say whether the candidate is a duplicate or a new version of what an address showed."""
        assert candidate.judged.fingerprint is not None
        exact, key = candidate.judged.fingerprint.exact, url_key(candidate.row.url)
        if key is None:
            candidate.duplicate_of = self._by_text.get((source_id, exact, candidate.published_at))
            return
        for earlier_exact, pk in self._by_url.get(key, []):
            if earlier_exact == exact:
                candidate.duplicate_of = pk
                return
            candidate.version_of = pk

    def add(self, document: Document) -> None:
        key = bytes(document.url_key) if document.url_key else None
        self._note(document.pk, key, bytes(document.exact), document.source_id, document.published_at)

    def _note(self, pk: int, key: bytes | None, exact: bytes, source: int, at: datetime | None) -> None:
        if key:
            self._by_url.setdefault(bytes(key), []).append((exact, pk))
        self._by_text[(source, exact, at)] = pk


def store(
    rows: Sequence[Intake], judged: Sequence[Analysed], *, matcher: Matcher, memory: Memory, now: datetime
) -> Stored:
    """Write a batch; rows whose lease was lost meanwhile are left to their new holder."""
    with transaction.atomic():
        lock_storing()
        memory.refresh(now)
        held = still_held(rows)
        pairs = [(row, result) for row, result in zip(rows, judged, strict=True) if row.pk in held]
        for row, result in pairs:
            if result.outcome is not None:
                _settle(row, result.outcome, result.reason, result.detail, now)
        candidates = [_candidate(row, result, now) for row, result in pairs if result.outcome is None]
        stored = _documents(candidates, matcher, memory, now)
        _finish([row for row, _ in pairs], stored, now)
    return stored


def _candidate(row: Intake, result: Analysed, now: datetime) -> Candidate:
    extracted = result.extracted
    at = extracted.published_at if extracted is not None else None
    given = row.payload.get("published_at")
    at = at or (datetime.fromisoformat(given) if given else None)
    plausible = at is not None and EARLIEST <= at <= now + MAX_AHEAD
    return Candidate(row=row, judged=result, published_at=at if plausible else None)


def _documents(candidates: list[Candidate], matcher: Matcher, memory: Memory, now: datetime) -> Stored:
    seen = Seen(candidates)
    fresh: list[Candidate] = []
    ids = fresh_ids([item.published_at or item.row.fetched_at for item in candidates], _taken)
    sequence = memory.next_sequence()
    for item, pk in zip(candidates, ids, strict=True):
        seen.place(item, item.row.source_id)
        if item.duplicate_of is not None:
            continue
        item.document = _document(item, pk, sequence, matcher, now)
        sequence += 1
        _note_copies(item, memory)
        seen.add(item.document)
        fresh.append(item)
    documents = [item.document for item in fresh if item.document is not None]
    Document.objects.bulk_create(documents)
    tone_tally_add((item.judged.tone for item in fresh if item.judged.tone), now=now)
    hits = _hits(fresh)
    search.index(documents)
    members = members_of([d for d in documents if d.outcome == Outcome.STORED.value], memory)
    _tell(documents, hits, members, now)
    groups_repair(memory, now=now)
    _settle_candidates(candidates, now)
    return Stored(documents=documents)


def _document(item: Candidate, pk: int, sequence: int, matcher: Matcher, now: datetime) -> Document:
    row, judged = item.row, item.judged
    assert judged.body is not None
    assert judged.fingerprint is not None
    title = judged.title.text if judged.title else ""
    text = judged.body.text
    item.hits = matcher.match(f"{title[:TITLE]}\n{text}")
    extracted = judged.extracted
    tone = judged.tone.label.value if judged.tone else ""
    kind = judged.kind.label.value if judged.kind else ""
    original_title = judged.title.original if judged.title and judged.title.original != title else ""
    return Document(
        id=pk,
        sequence=sequence,
        source_id=row.source_id,
        unit_id=row.source.unit_id,
        run_id=row.run_id,
        capture_id=row.capture_id,
        outcome=_outcome(item, matcher).value,
        url=row.url,
        url_key=url_key(row.url),
        title=title[:TITLE],
        text=text,
        original_title=original_title[:ORIGINAL_TITLE],
        original_text=judged.body.original if judged.body.original != text else "",
        author=((extracted.author if extracted else "") or row.payload.get("author", ""))[:NAME],
        origin=((extracted.origin if extracted else "") or row.payload.get("origin", ""))[:NAME],
        page_kind=extracted.kind.value if extracted else "article",
        published_at=item.published_at,
        published_has_time=extracted.published_has_time if extracted else item.published_at is not None,
        fetched_at=row.fetched_at,
        stored_at=now,
        exact=judged.fingerprint.exact,
        signature=judged.fingerprint.signature,
        shingles=judged.fingerprint.shingles,
        tone=tone,
        effective_tone=tone,
        tone_probability=judged.tone.probability if judged.tone else None,
        tone_unsure=judged.tone.unsure if judged.tone else False,
        kind=kind,
        effective_kind=kind,
        kind_probability=judged.kind.probability if judged.kind else None,
        kind_unsure=judged.kind.unsure if judged.kind else False,
        item_type=row.payload.get("item_type", ""),
        evidence=_evidence(judged),
        engagement=_engagement(row.payload.get("extra", {})),
        analysis_version=judged.version,
    )


def _outcome(item: Candidate, matcher: Matcher) -> Outcome:
    wanted = bool(item.hits) or matcher.is_empty or item.row.source.kind in ADDRESSED_TO_US
    return Outcome.STORED if wanted else Outcome.OFF_TOPIC


def _note_copies(item: Candidate, memory: Memory) -> None:
    document, fingerprint = item.document, item.judged.fingerprint
    assert document is not None
    assert fingerprint is not None
    text = text_to_compare(document.title, document.text)
    found: Iterable[NearDuplicate] = memory.near.query(fingerprint, text, origin=document.origin)
    nearest = next(iter(found), None)
    if item.version_of is not None:
        document.copy_of_id, document.relation = item.version_of, Relation.VERSION.value
        document.similarity = nearest.similarity if nearest and nearest.key == item.version_of else None
    elif nearest is not None and nearest.relation is not Relation.NEW:
        document.copy_of_id, document.relation = nearest.key, nearest.relation.value
        document.similarity = nearest.similarity
    else:
        memory.near.add(document.pk, fingerprint, text)


def _hits(fresh: Sequence[Candidate]) -> list[ThemeHit]:
    rows = [
        ThemeHit(
            theme_id=match.theme,
            document=item.document,
            clause=match.clause[:300],
            spans=[[span.start, span.end] for span in match.spans],
            terms=list(match.terms),
            via=list(match.via),
        )
        for item in fresh
        for match in item.hits
    ]
    return ThemeHit.objects.bulk_create(rows)


def _tell(
    documents: Sequence[Document], hits: Sequence[ThemeHit], members: Sequence[GroupMember], now: datetime
) -> None:
    kept = [document for document in documents if document.outcome == Outcome.STORED.value]
    event_attach_new(documents=kept, members=members, now=now)
    evaluate_stored(documents=kept, hits=hits, members=members, now=now)


def _settle_candidates(candidates: Sequence[Candidate], now: datetime) -> None:
    for item in candidates:
        if item.document is not None:
            item.row.document_id = item.document.pk
            _settle(item.row, Outcome(item.document.outcome), "", "", now)
            item.row.payload = {}
        else:
            item.row.document_id = item.duplicate_of
            _settle(item.row, Outcome.DUPLICATE, "same_text", "", now)


def _settle(row: Intake, outcome: Outcome, reason: str, detail: str, now: datetime) -> None:
    row.outcome, row.reason, row.detail = outcome.value, reason[:40], detail[:300]
    row.done_at, row.next_action_at, row.claim = now, None, ""


def _finish(rows: Sequence[Intake], stored: Stored, now: datetime) -> None:
    intake_settle(rows)
    stored.counts.update(row.outcome for row in rows)
    newest: dict[int, datetime] = {}
    for document in stored.documents:
        at = document.published_at or document.fetched_at
        newest[document.source_id] = max(at, newest.get(document.source_id, at))
    for source, at in newest.items():
        Source.objects.filter(pk=source).exclude(last_item_at__gte=at).update(last_item_at=at)
    # What brought something was heard: its rhythm is kept, whichever run carried it.
    Source.objects.filter(pk__in=newest).update(last_success_at=now)
    close_finished({row.run_id for row in rows}, now=now)


def intake_settle(rows: Sequence[Intake]) -> None:
    """Write the outcomes. One prepared UPDATE: bulk_update's CASE costs ten times as much."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE pipeline_intake SET outcome = %s, reason = %s, detail = %s, document_id = %s, "
            "done_at = %s, next_action_at = NULL, claim = '', payload = %s WHERE id = %s",
            [
                (
                    row.outcome,
                    row.reason,
                    row.detail,
                    row.document_id,
                    stored_moment(row.done_at),
                    json.dumps(row.payload),
                    row.pk,
                )
                for row in rows
            ],
        )


def _evidence(judged: Analysed) -> dict[str, Any]:
    tone = judged.tone
    stages = {"decode": judged.decoded, "extract": judged.extracted, "clean": judged.body}
    found: dict[str, Any] = {
        name: [[entry.code, entry.value] for entry in stage.evidence]
        for name, stage in stages.items()
        if stage is not None and stage.evidence
    }
    if judged.decoded is not None:
        found["encoding"] = judged.decoded.encoding
    if judged.body is not None and judged.body.damaged:
        found["damaged"] = [[span.start, span.end] for span in judged.body.damaged]
    # Spans count in title + "\n" + text; the library leaves the break out when there is no title.
    shift = 0 if judged.title is not None and judged.title.text else 1
    if tone is not None:
        found["tone"] = {
            "probabilities": [round(value, 4) for value in tone.probabilities],
            "words": [
                [word.word, round(word.weight, 3), word.span.start + shift, word.span.end + shift]
                for word in tone.words
            ],
            "version": tone.version,
        }
        if tone.fallback:
            found["tone"]["fallback"] = tone.fallback
    if judged.kind is not None:
        found["kind"] = _kind_evidence(judged.kind, shift)
    return found


def _kind_evidence(kind: Kind, shift: int) -> dict[str, Any]:
    """The rules that spoke, each with where its words stand."""
    return {
        "probabilities": [round(value, 4) for value in kind.probabilities],
        "rules": [
            [
                entry.code.removeprefix("kind."),
                [[span.start + shift, span.end + shift] for span in entry.spans],
            ]
            for entry in kind.evidence
        ],
        "version": kind.version,
    }


def _engagement(extra: dict[str, str]) -> int | None:
    """Sum of the counts a row gave; None when it gave none (unknown is never 0)."""
    given = [int(extra[name]) for name in COUNTS if str(extra.get(name, "")).isdecimal()]
    return sum(given) if given else None


def _taken(ids: Iterable[int]) -> set[int]:
    return set(Document.objects.filter(pk__in=list(ids)).values_list("pk", flat=True))


def lock_storing() -> None:
    """Take the storing lock for the rest of the transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STORE_LOCK])
