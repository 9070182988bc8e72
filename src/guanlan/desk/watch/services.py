"""Changing what the desk listens for, and correcting what it put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from guanlan.analysis.match import compile_themes, parse
from guanlan.analysis.types import Span, ThemeMatch
from guanlan.desk.audit.services import record
from guanlan.desk.common.ids import first_id
from guanlan.desk.documents.models import Document, Label
from guanlan.desk.documents.services import MOST_AT_ONCE, document_tone_set, documents_screen
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.watch.alerting import facts_of
from guanlan.desk.watch.errors import GroupRefused, RuleRefused, ThemeChanged
from guanlan.desk.watch.links import held, links_follow, pair_set, recount
from guanlan.desk.watch.models import AlertRule, Group, GroupMember, Theme, Verdict
from guanlan.desk.watch.rules import rule_fault

#: How far back a theme is tried, and on how many documents at most (about a second of reading).
TEST_PERIOD = timedelta(days=30)
TEST_DOCUMENTS = 5000
#: Rows moved in one statement: SQLite holds up all writers meanwhile.
CHUNK = 500

#: Columns of a theme that nobody types in.
NOT_GIVEN = ("changed_by", "look_back_before")
RULE_FIELDS = ("name", "theme", "threshold", "window_minutes", "probability", "level", "active")


@dataclass(frozen=True, slots=True)
class TestedDocument:
    """A document of a trial. ``spans`` are offsets in ``title + "\\n" + text``; empty: no match.

    ``via``: what was found another way than asked for, and the word it stands for (zf, 政府).
    """

    id: int
    title: str
    text: str
    clause: str = ""
    spans: tuple[Span, ...] = ()
    terms: tuple[str, ...] = ()
    via: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ThemeTest:
    """What an expression would have found. ``would`` and ``would_not`` are the newest few of each."""

    examined: int
    matched: int
    would: tuple[TestedDocument, ...]
    would_not: tuple[TestedDocument, ...]
    complete: bool  # every document of the period was looked at


def theme_create(*, unit: Unit, name: str, expression: str, actor: User, now: datetime) -> Theme:
    """Listen for a matter. Raises ExpressionError, ValidationError (the name is taken)."""
    require(actor, "theme", unit)
    parse(expression)
    theme = Theme(
        unit=unit, name=name.strip(), expression=expression, created_at=now, changed_at=now, changed_by=actor
    )
    with transaction.atomic():
        theme.full_clean(exclude=NOT_GIVEN)
        theme.save()
        record("theme.created", actor=actor, now=now, target=theme, name=theme.name, expression=expression)
    return theme


def theme_change(
    *, theme: Theme, actor: User, now: datetime, name: str | None = None, expression: str | None = None
) -> Theme:
    """Change name or expression of the theme as it was read. Raises ThemeChanged when it is not so now.

    Documents stored from now on are matched anew; earlier hits keep the version that found them.
    """
    require(actor, "theme", theme)
    if expression is not None:
        parse(expression)
    before = {"name": theme.name, "expression": theme.expression}
    after = {
        "name": before["name"] if name is None else name.strip(),
        "expression": before["expression"] if expression is None else expression,
    }
    if after == before:
        return theme
    with transaction.atomic():
        wanted = copy(theme)
        wanted.name, wanted.expression = after["name"], after["expression"]
        wanted.full_clean(exclude=NOT_GIVEN)
        _write_theme(theme, actor, now, **after)
        record("theme.changed", actor=actor, now=now, target=theme, before=before, after=after)
    return theme


def theme_retire(*, theme: Theme, actor: User, now: datetime, active: bool = False) -> Theme:
    """Stop listening (or start again). Hits stay; rules of a retired theme are silent."""
    require(actor, "theme", theme)
    with transaction.atomic():
        _write_theme(theme, actor, now, active=active)
        record("theme.retired" if not active else "theme.resumed", actor=actor, now=now, target=theme)
    return theme


def theme_test(
    *, expression: str, documents: QuerySet[Document], since: datetime, limit: int = 20
) -> ThemeTest:
    """Try an expression on ``documents`` (those the person sees) since a moment, newest first.

    Looks at TEST_DOCUMENTS at most and returns up to ``limit`` examples of either kind.
    Raises ExpressionError.
    """
    matcher = compile_themes({0: expression})
    recent = documents.filter(pk__gte=first_id(since)).order_by("-pk").only("pk", "title", "text")
    rows = recent[: TEST_DOCUMENTS + 1].iterator(chunk_size=CHUNK)
    would: list[TestedDocument] = []
    would_not: list[TestedDocument] = []
    examined = matched = 0
    for row in rows:
        if examined == TEST_DOCUMENTS:
            return ThemeTest(examined, matched, tuple(would), tuple(would_not), complete=False)
        examined += 1
        found = matcher.match(f"{row.title}\n{row.text}")
        matched += bool(found)
        kept = would if found else would_not
        if len(kept) < limit:
            kept.append(tested(row, found[0] if found else None))
    return ThemeTest(examined, matched, tuple(would), tuple(would_not), complete=True)


def rule_create(*, unit: Unit, name: str, kind: str, actor: User, now: datetime, **fields: Any) -> AlertRule:
    """Add an early-warning rule; ``fields`` are those of RULE_FIELDS that its kind uses.

    Raises RuleRefused for a rule that cannot work, NotAllowed for a theme the person does not see.
    """
    require(actor, "rule", unit)
    rule = AlertRule(unit=unit, name=name.strip(), kind=kind, created_at=now)
    _fill_rule(rule, actor, fields)
    with transaction.atomic():
        rule.save()
        record("rule.created", actor=actor, now=now, target=rule, kind=kind, **_rule_facts(rule))
    return rule


def rule_change(*, rule: AlertRule, actor: User, now: datetime, **fields: Any) -> AlertRule:
    """Change what is given of RULE_FIELDS. Raises RuleRefused."""
    require(actor, "rule", rule)
    before = _rule_facts(rule)
    _fill_rule(rule, actor, fields)
    with transaction.atomic():
        rule.save(update_fields=list(RULE_FIELDS))
        record("rule.changed", actor=actor, now=now, target=rule, before=before, after=_rule_facts(rule))
    return rule


def document_screen(*, documents: Iterable[Document], state: str, actor: User, now: datetime) -> int:
    """Mark any number of documents with their copies (documents.services); how many were marked."""
    keys = [document.pk for document in documents]
    marked = 0
    for start in range(0, len(keys), MOST_AT_ONCE):
        done = documents_screen(ids=keys[start : start + MOST_AT_ONCE], state=state, actor=actor, now=now)
        marked += len(done.before) + done.copies
    return marked


def document_tone(*, document: Document, value: str, actor: User, now: datetime) -> Label:
    """A person's word on the tone (documents.services), counted in the document's group at once."""
    with transaction.atomic():
        label = document_tone_set(document=document, tone=value, actor=actor, now=now)
        groups = GroupMember.objects.filter(pk=document.pk).values_list("group_id", flat=True)
        recount(list(groups))
    return label


def group_merge(*, into: Group, others: Sequence[Group], actor: User, now: datetime) -> list[Document]:
    """Put other groups into one: they are about the same matter. Returns the documents that moved.

    A group that feeds another event than ``into`` is refused (``other_event``). Callers that may touch
    events use ``events.services.event_groups_merge``, which also adds the documents to the event.
    """
    merged = [group for group in others if group.pk != into.pk]
    _check_merge(into, merged, actor)
    keys = [group.pk for group in merged]
    with transaction.atomic():
        _still_there([into.pk, *keys])
        moved = list(GroupMember.objects.filter(group__in=keys).values_list("document_id", flat=True))
        for start in range(0, len(moved), CHUNK):
            rows = GroupMember.objects.filter(pk__in=moved[start : start + CHUNK])
            rows.update(group=into, by_person=True)
        Group.objects.filter(merged_into__in=keys).update(merged_into=into)
        Group.objects.filter(pk__in=keys).update(merged_into=into)
        for group in merged:
            if hasattr(group, "event_link"):
                group.event_link.delete()
        recount([into.pk, *keys])
        for key in keys:
            pair_set(into.pk, key, Verdict.TOGETHER, actor=actor, now=now)
        links_follow(into, keys, now=now)
        record("group.merged", actor=actor, now=now, target=into, merged=keys, documents=len(moved))
    into.refresh_from_db()
    return list(Document.objects.filter(membership__group=into, pk__in=moved)) if moved else []


def group_split(
    *, group: Group, documents: Iterable[Document], actor: User, now: datetime, title: str = ""
) -> Group:
    """Take documents out into a group of their own: they are about something else, and stay so."""
    require(actor, "screen", group)
    wanted = {document.pk: document for document in documents}
    members = GroupMember.objects.filter(group=group)
    found = set(members.filter(pk__in=wanted).values_list("pk", flat=True))
    if not found or found != set(wanted):
        raise GroupRefused("not_member" if wanted else "nothing")
    if members.count() == len(found):
        raise GroupRefused("everything")
    first = wanted[min(found)]
    at = first.published_at or first.fetched_at
    name = (title.strip() or str(first))[:300]
    with transaction.atomic():
        fresh = Group.objects.create(unit=group.unit, title=name, first_at=at, last_at=at, size=0, distinct=0)
        members.filter(pk__in=found).update(group=fresh, by_person=True)
        recount([group.pk, fresh.pk])
        pair_set(group.pk, fresh.pk, Verdict.APART, actor=actor, now=now)
        record("group.split", actor=actor, now=now, target=group, new=fresh.pk, documents=sorted(found))
    fresh.refresh_from_db()
    return fresh


def group_part(*, group: Group, other: Group, actor: User, now: datetime) -> None:
    """Two groups are different matters: the machine neither joins them nor asks again."""
    for one in (group, other):
        require(actor, "screen", one)
    if group.pk == other.pk:
        raise GroupRefused("nothing")
    with transaction.atomic():
        _still_there([group.pk, other.pk])
        pair_set(group.pk, other.pk, Verdict.APART, actor=actor, now=now)
        record("group.parted", actor=actor, now=now, target=group, other=other.pk)


def group_dismiss(*, group: Group, reason: str, actor: User, now: datetime) -> Group:
    """Leave a group alone, for a reason that stays. Raises GroupRefused("reason") without one."""
    require(actor, "screen", group)
    if not reason.strip():
        raise GroupRefused("reason")
    with transaction.atomic():
        changed = Group.objects.filter(pk=group.pk, dismissed_at__isnull=True).update(
            dismissed_at=now, dismissed_by=actor, dismissed_reason=reason.strip()[:200]
        )
        if changed:
            record("group.dismissed", actor=actor, now=now, target=group, reason=reason)
    group.refresh_from_db()
    return group


def tested(row: Document, match: ThemeMatch | None) -> TestedDocument:
    """A document as a trial shows it."""
    if match is None:
        return TestedDocument(row.pk, row.title, row.text)
    via = tuple((term, asked) for term, asked in zip(match.terms, match.via, strict=False) if asked)
    return TestedDocument(row.pk, row.title, row.text, match.clause, match.spans, match.terms, via)


def _write_theme(theme: Theme, actor: User, now: datetime, **fields: Any) -> None:
    rows = Theme.objects.filter(pk=theme.pk, version=theme.version)
    fresh = {"version": F("version") + 1, "changed_at": now, "changed_by": actor, "look_back_before": None}
    if not rows.update(**fresh, **fields):
        raise ThemeChanged(Theme.objects.get(pk=theme.pk))
    theme.refresh_from_db()


def _fill_rule(rule: AlertRule, actor: User, fields: dict[str, Any]) -> None:
    unknown = set(fields) - set(RULE_FIELDS)
    if unknown:
        raise TypeError(f"a rule has no {sorted(unknown)}")
    for name, value in fields.items():
        setattr(rule, name, value)
    if rule.theme is not None:
        require(actor, "read", rule.theme)
    fault = rule_fault(facts_of(rule))
    if fault is not None:
        raise RuleRefused(fault)
    rule.full_clean()


def _rule_facts(rule: AlertRule) -> dict[str, Any]:
    return {name: getattr(rule, "theme_id" if name == "theme" else name) for name in RULE_FIELDS}


def _still_there(keys: Sequence[int]) -> None:
    """Hold the groups; GroupRefused("merged") when one of them was put into another meanwhile."""
    if any(group.merged_into_id is not None for group in held(keys)):
        raise GroupRefused("merged")


def _check_merge(into: Group, merged: Sequence[Group], actor: User) -> None:
    for group in (into, *merged):
        require(actor, "screen", group)
        if group.merged_into_id is not None:
            raise GroupRefused("merged")
    if not merged:
        raise GroupRefused("nothing")
    event = into.event_link.event_id if hasattr(into, "event_link") else None
    for group in merged:
        if hasattr(group, "event_link") and group.event_link.event_id != event:
            raise GroupRefused("other_event")
