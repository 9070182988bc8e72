"""Early warning in the transaction that stored its cause: a stored document and its alert are one.

Queries for a batch, however many documents and rules: rules and units 2, counts of volume rules at
most 2, and only when something fires: keys 1-2, noise 1, then the opening itself (alerts.services).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from guanlan.analysis.types import Outcome
from guanlan.desk.alerts.models import Alert, AlertKind
from guanlan.desk.alerts.services import AlertDraft, alerts_open
from guanlan.desk.common.ids import first_id, moment_of
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit
from guanlan.desk.watch import rules
from guanlan.desk.watch.models import AlertRule, GroupMember, ThemeHit

#: Documents named in an alert's cause; the feed lists the rest.
NAMED_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class _Rule:
    row: AlertRule
    facts: rules.RuleFacts


@dataclass(frozen=True, slots=True)
class _Batch:
    documents: Mapping[int, Document]
    facts: tuple[rules.DocumentFacts, ...]
    now: datetime


def evaluate_stored(
    *,
    documents: Sequence[Document],
    hits: Sequence[ThemeHit],
    members: Sequence[GroupMember],
    now: datetime,
) -> list[Alert]:
    """Open the alerts that freshly stored documents call for; call it in the storing transaction.

    ``hits`` and ``members`` are the rows written with these documents.
    """
    if not documents:
        return []
    active = _active_rules(AlertKind.THEME, AlertKind.TONE, AlertKind.VOLUME)
    if not active:
        return []
    batch = _batch(documents, hits, members, now)
    drafts = [*_document_drafts(active, batch), *_volume_drafts(active, batch)]
    return alerts_open(drafts=_without_noise(drafts, now), now=now) if drafts else []


def evaluate_grade(
    *,
    unit: Unit,
    level: str | None,
    title: str,
    cause: Mapping[str, Any],
    assessment: int,
    now: datetime,
) -> list[Alert]:
    """Open the alerts of grade rules for an event whose level changed (rule G13: each change is told).

    ``assessment`` is the row that made the change: one alert for each rule and change.
    """
    drafts = [
        AlertDraft(
            unit=unit,
            kind=AlertKind.GRADE,
            rule=rule.row.name,
            rule_key=rule.facts.key,
            once_key=rules.grade_key(rule.facts, assessment),
            title=title,
            cause={**cause, "value": level, "threshold": rule.facts.level},
        )
        for rule in _active_rules(AlertKind.GRADE)
        if rules.grade_fires(rule.facts, unit.path, level)
    ]
    return alerts_open(drafts=drafts, now=now) if drafts else []


def _active_rules(*kinds: str) -> list[_Rule]:
    found = AlertRule.objects.filter(active=True, kind__in=kinds).select_related("unit", "theme")
    listening = [row for row in found if row.theme is None or row.theme.active]
    return [_Rule(row, facts_of(row)) for row in listening]


def facts_of(row: AlertRule) -> rules.RuleFacts:
    """A stored rule as the pure decisions take it."""
    return rules.RuleFacts(
        id=row.pk,
        kind=row.kind,
        unit_path=row.unit.path,
        theme=row.theme_id,
        threshold=row.threshold,
        window_minutes=row.window_minutes,
        probability=row.probability,
        level=row.level,
    )


def _batch(
    documents: Sequence[Document], hits: Iterable[ThemeHit], members: Iterable[GroupMember], now: datetime
) -> _Batch:
    paths = dict(Unit.objects.filter(pk__in={row.unit_id for row in documents}).values_list("pk", "path"))
    themes: defaultdict[int, set[int]] = defaultdict(set)
    for hit in hits:
        themes[hit.document_id].add(hit.theme_id)
    groups = {member.document_id: member.group_id for member in members}
    facts = tuple(
        rules.DocumentFacts(
            id=row.pk,
            unit_path=paths[row.unit_id],
            at=moment_of(row.pk),
            themes=frozenset(themes[row.pk]),
            tone=row.effective_tone,
            probability=row.tone_probability or 0.0,
            group=groups.get(row.pk),
            copy_of=row.copy_of_id,
        )
        for row in documents
        if row.outcome == Outcome.STORED.value
    )
    return _Batch({row.pk: row for row in documents}, facts, now)


def _document_drafts(active: Sequence[_Rule], batch: _Batch) -> list[AlertDraft]:
    """One draft for each rule and matter, naming all its documents of the batch."""
    drafts = []
    for rule in active:
        by_key: defaultdict[str, list[rules.DocumentFacts]] = defaultdict(list)
        for document in batch.facts:
            if rules.document_fires(rule.facts, document):
                by_key[rules.document_key(rule.facts, document)].append(document)
        drafts += [_document_draft(rule, key, found, batch) for key, found in by_key.items()]
    return drafts


def _document_draft(rule: _Rule, key: str, found: Sequence[rules.DocumentFacts], batch: _Batch) -> AlertDraft:
    first = batch.documents[found[0].id]
    cause: dict[str, Any] = {"documents": [document.id for document in found[:NAMED_DOCUMENTS]]}
    if found[0].group is not None:
        cause["group"] = found[0].group
    if rule.facts.kind == AlertKind.TONE:
        cause |= {"value": round(found[0].probability, 3), "threshold": rule.facts.probability}
    return AlertDraft(
        unit=rule.row.unit,
        kind=rule.facts.kind,
        rule=rule.row.name,
        rule_key=rule.facts.key,
        once_key=key,
        title=str(first),
        cause=cause,
        fetched_at=first.fetched_at,
        stored_at=first.stored_at,
    )


def _volume_drafts(active: Sequence[_Rule], batch: _Batch) -> list[AlertDraft]:
    windows = {
        rule.facts.id: window
        for rule in active
        if (window := rules.volume_window(rule.facts, batch.facts, batch.now)) is not None
    }
    if not windows:
        return []
    looking = [rule for rule in active if rule.facts.id in windows]
    counts = _counts(looking, windows)
    reached = [rule for rule in looking if counts[rule.facts.id] >= rule.facts.threshold]
    told = _told_beside(reached, windows)
    return [
        _volume_draft(rule, windows[rule.facts.id], counts[rule.facts.id], batch)
        for rule in reached
        if not rules.same_burst(windows[rule.facts.id], told[rule.facts.id])
    ]


def _counts(looking: Sequence[_Rule], windows: Mapping[int, rules.Window]) -> dict[int, int]:
    """Documents in each rule's window: one query over theme hits, one over documents."""
    themed = {rule.facts.id: rule for rule in looking if rule.facts.theme is not None}
    plain = {rule.facts.id: rule for rule in looking if rule.facts.theme is None}
    counted: dict[str, int] = {}
    if themed:
        hits = ThemeHit.objects.filter(theme__in={rule.facts.theme for rule in themed.values()})
        counted |= hits.aggregate(
            **{f"r{key}": Count("pk", filter=_inside(rule, windows[key])) for key, rule in themed.items()}
        )
    if plain:
        start = min(windows[key].start for key in plain)
        stored = Document.objects.filter(pk__gte=first_id(start))
        counted |= stored.aggregate(
            **{f"r{key}": Count("pk", filter=_inside(rule, windows[key])) for key, rule in plain.items()}
        )
    return {rule.facts.id: counted[f"r{rule.facts.id}"] for rule in looking}


def _inside(rule: _Rule, window: rules.Window) -> Q:
    """The documents a volume rule counts, over ThemeHit (themed) or Document."""
    first, end = first_id(window.start), first_id(window.end)
    if rule.facts.theme is None:
        inside = Q(pk__gte=first, pk__lt=end, outcome=Outcome.STORED.value)
        unit = "unit__path__startswith"
    else:
        inside = Q(theme=rule.facts.theme, false_hit=False, document__gte=first, document__lt=end)
        unit = "document__unit__path__startswith"
    is_body = rule.row.unit.parent_id is None
    return inside if is_body else inside & Q(**{unit: rule.facts.unit_path})


def _told_beside(
    reached: Sequence[_Rule], windows: Mapping[int, rules.Window]
) -> defaultdict[int, list[tuple[datetime, datetime]]]:
    """What the alerts of the bucket before and of the one after counted, by rule: (from, to)."""
    told: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    if not reached:
        return told
    keys = {
        rules.volume_key(rule.facts, windows[rule.facts.id].bucket + beside): rule.facts.id
        for rule in reached
        for beside in (-1, 1)
    }
    for key, cause in Alert.objects.filter(once_key__in=keys).values_list("once_key", "cause"):
        start, end = rules.from_iso(cause.get("from")), rules.from_iso(cause.get("to"))
        if start is not None and end is not None:
            told[keys[key]].append((start, end))
    return told


def _volume_draft(rule: _Rule, window: rules.Window, count: int, batch: _Batch) -> AlertDraft:
    newest = max(
        (batch.documents[document.id] for document in batch.facts if rules.concerns(rule.facts, document)),
        key=lambda row: row.fetched_at,
    )
    return AlertDraft(
        unit=rule.row.unit,
        kind=AlertKind.VOLUME,
        rule=rule.row.name,
        rule_key=rule.facts.key,
        once_key=rules.volume_key(rule.facts, window.bucket),
        title=rule.row.theme.name if rule.row.theme is not None else rule.row.name,
        cause={
            "documents": _named(rule, window),
            "value": count,
            "threshold": rule.facts.threshold,
            "from": window.start.isoformat(),
            "to": window.end.isoformat(),
        },
        fetched_at=newest.fetched_at,
        stored_at=newest.stored_at,
    )


def _named(rule: _Rule, window: rules.Window) -> list[int]:
    inside = _inside(rule, window)
    if rule.facts.theme is None:
        stored = Document.objects.filter(inside).order_by("-pk")
        return list(stored.values_list("pk", flat=True)[:NAMED_DOCUMENTS])
    hits = ThemeHit.objects.filter(inside).order_by("-document_id")
    return list(hits.values_list("document_id", flat=True)[:NAMED_DOCUMENTS])


def _without_noise(drafts: Sequence[AlertDraft], now: datetime) -> list[AlertDraft]:
    """Drafts not opened before; what is over a rule's hourly measure becomes one collective draft."""
    known = Alert.objects.filter(once_key__in=[draft.once_key for draft in drafts])
    opened_before = set(known.values_list("once_key", flat=True))
    fresh = [draft for draft in drafts if draft.once_key not in opened_before]
    if not fresh:
        return []
    recent = Alert.objects.filter(
        rule_key__in={draft.rule_key for draft in fresh}, opened_at__gt=now - rules.FLOOD_WINDOW
    )
    counts = Counter(dict(recent.order_by().values_list("rule_key").annotate(Count("pk"))))
    kept: list[AlertDraft] = []
    over: defaultdict[str, list[AlertDraft]] = defaultdict(list)
    for draft in fresh:
        counts[draft.rule_key] += 1
        if counts[draft.rule_key] <= rules.MAX_SINGLE_PER_HOUR:
            kept.append(draft)
        else:
            over[draft.rule_key].append(draft)
    return kept + [_collective(found, now) for found in over.values()]


def _collective(found: Sequence[AlertDraft], now: datetime) -> AlertDraft:
    documents = [document for draft in found for document in draft.cause.get("documents", ())]
    cause = {
        "documents": documents[:NAMED_DOCUMENTS],
        "flood": True,
        "value": len(found),
        "threshold": rules.MAX_SINGLE_PER_HOUR,
    }
    return replace(
        found[0], once_key=rules.flood_key(found[0].rule_key, now), title=found[0].rule, cause=cause
    )
