"""Reading themes, groups and volumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from guanlan.analysis.types import Outcome, Relation, ToneLabel
from guanlan.desk.common.ids import TAIL_BITS, first_id
from guanlan.desk.documents.selectors import visible
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.selectors import sees_everything, visible_units
from guanlan.desk.watch.models import AlertRule, Group, GroupLink, GroupMember, SavedView, Theme, Verdict

#: A group that is growing got something in this time.
GROWTH_PERIOD = timedelta(hours=6)
#: Groups looked at before the fastest are chosen, so that a flood of groups cannot slow the page.
CANDIDATES = 500
#: An hour in the scale of document ids (common.ids): dividing by it numbers the hours since 1970.
HOUR_OF_IDS = 3_600_000 << TAIL_BITS
#: The curve of a group shows this much at most.
CURVE_HOURS = 14 * 24
#: Groups named beside one: kept apart from it, or perhaps the same matter.
MOST_LINKED = 12
SAME_TEXT = (Relation.COPY.value, Relation.REPRINT.value)


@dataclass(frozen=True, slots=True)
class GrowingGroup:
    """A group nobody has taken up. ``recent`` documents came in the last GROWTH_PERIOD."""

    group: Group
    recent: int
    negative: int

    @property
    def negative_share(self) -> float | None:
        """Negative documents among the recent ones, 0..1."""
        return self.negative / self.recent if self.recent else None


@dataclass(frozen=True, slots=True)
class HourVolume:
    """Documents published in the hour that begins at ``hour`` (UTC)."""

    hour: datetime
    total: int
    negative: int
    positive: int


def text_root(prefix: str = "") -> Combinable:
    """The document whose text this one repeats, or itself: counting these counts distinct texts (G15).

    ``prefix`` leads from the queried model to the document, such as ``"document__"``.
    """
    pk, copy_of = (f"{prefix}pk", f"{prefix}copy_of") if prefix else ("pk", "copy_of")
    same = When(**{f"{prefix}relation__in": SAME_TEXT}, then=Coalesce(F(copy_of), F(pk)))
    return Case(same, default=F(pk), output_field=BigIntegerField())


def hour_of(identifier: str = "pk") -> Combinable:
    """The hour since 1970 in which a document appeared, computed from its id by the database."""
    return ExpressionWrapper(F(identifier) / Value(HOUR_OF_IDS), output_field=BigIntegerField())


def themes_visible(user: User) -> QuerySet[Theme]:
    """Themes of the person's units, active first."""
    themes = Theme.objects.select_related("unit", "changed_by").order_by("-active", "name")
    return themes if sees_everything(user) else themes.filter(unit__in=visible_units(user))


def rules_visible(user: User) -> QuerySet[AlertRule]:
    """Early-warning rules of the person's units."""
    found = AlertRule.objects.select_related("unit", "theme").order_by("-active", "name")
    return found if sees_everything(user) else found.filter(unit__in=visible_units(user))


def groups_visible(user: User) -> QuerySet[Group]:
    """Groups of the person's units that were not put into another one."""
    groups = Group.objects.filter(merged_into__isnull=True).select_related("unit")
    return groups if sees_everything(user) else groups.filter(unit__in=visible_units(user))


def groups_growing(user: User, *, now: datetime, limit: int = 10) -> list[GrowingGroup]:
    """Groups with news that no open event covers and nobody dismissed, fastest first.

    A group whose event is closed shows up again: the matter has come back.
    """
    fresh = groups_visible(user).filter(last_at__gte=now - GROWTH_PERIOD, size__gte=2, dismissed_at=None)
    free = fresh.filter(Q(event_link=None) | Q(event_link__event__state="closed"))
    keys = list(free.order_by("-last_at").values_list("pk", flat=True)[:CANDIDATES])
    recent = GroupMember.objects.filter(group__in=keys, pk__gte=first_id(now - GROWTH_PERIOD))
    negative = Q(document__effective_tone=ToneLabel.NEGATIVE.value)
    counts = {
        row["group"]: row
        for row in recent.values("group").annotate(n=Count("pk"), bad=Count("pk", filter=negative))
    }
    fastest = sorted(counts, key=lambda key: (-counts[key]["n"], -key))[:limit]
    groups = Group.objects.select_related("unit").in_bulk(fastest)
    return [GrowingGroup(groups[key], counts[key]["n"], counts[key]["bad"]) for key in fastest]


def group_members(group: Group) -> QuerySet[GroupMember]:
    """Members with their documents, newest first."""
    return group.members.select_related("document__source").order_by("-pk")


def group_alike(group: Group, user: User) -> list[tuple[Group, GroupLink]]:
    """Groups that the machine thinks are the same matter and no person has judged, most alike first."""
    return _linked(group, user, GroupLink.objects.filter(verdict=Verdict.ALIKE))


def group_apart(group: Group, user: User) -> list[tuple[Group, GroupLink]]:
    """Groups that people keep apart from this one."""
    return _linked(group, user, GroupLink.objects.filter(verdict=Verdict.APART))


def _linked(group: Group, user: User, rows: QuerySet[GroupLink]) -> list[tuple[Group, GroupLink]]:
    found = rows.filter(Q(first=group) | Q(second=group)).select_related("by").order_by("-similarity", "-pk")
    links = list(found[:MOST_LINKED])
    others = {link: link.second_id if link.first_id == group.pk else link.first_id for link in links}
    seen = groups_visible(user).in_bulk(list(others.values()))
    return [(seen[other], link) for link, other in others.items() if other in seen]


def group_counts(keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Size, distinct texts, negatives and times of groups, from their members; empty ones are left out."""
    at = Coalesce("document__published_at", "document__fetched_at")
    rows = (
        GroupMember.objects.filter(group__in=list(keys))
        .values("group")
        .annotate(
            size=Count("pk"),
            distinct=Count(text_root("document__"), distinct=True),
            negative=Count("pk", filter=Q(document__effective_tone=ToneLabel.NEGATIVE.value)),
            first_at=Min(at),
            last_at=Max(at),
        )
    )
    counts: dict[int, dict[str, Any]] = {}
    for row in rows:
        found: dict[str, Any] = dict(row)
        counts[found.pop("group")] = found
    return counts


def group_curve(group: Group, *, now: datetime) -> list[HourVolume]:
    """Documents of a group an hour, from the first one to now (CURVE_HOURS at most)."""
    earliest = now - timedelta(hours=CURVE_HOURS)
    members = group.members.filter(pk__gte=first_id(earliest))
    counts = counts_by_hour(members, "pk", "document__")
    return hours_filled(counts, start=max(group.first_at, earliest), end=now)


def merged_targets(keys: Iterable[int]) -> dict[int, int]:
    """Where documents for groups that a person merged away belong: merged group → group."""
    rows = Group.objects.filter(pk__in=list(keys), merged_into__isnull=False)
    return {pk: target for pk, target in rows.values_list("pk", "merged_into") if target is not None}


def volume_by_hour(
    user: User, *, start: datetime, end: datetime, theme: Theme | None = None
) -> list[HourVolume]:
    """Documents per hour in ``[start, end)``, every hour present, empty ones as 0."""
    rows = visible(user).filter(pk__gte=first_id(start), pk__lt=first_id(end), outcome=Outcome.STORED.value)
    if theme is not None:
        rows = rows.filter(Exists(theme.hits.filter(document=OuterRef("pk"), false_hit=False)))
    return hours_filled(counts_by_hour(rows, "pk", ""), start=start, end=end)


def counts_by_hour(rows: QuerySet[Any], identifier: str, prefix: str) -> dict[int, tuple[int, int, int]]:
    """Hour since 1970 → (total, negative, positive) of rows that are, or lead to, documents."""
    tone = f"{prefix}effective_tone"
    counted = (
        rows.order_by()
        .annotate(hour=hour_of(identifier))
        .values("hour")
        .annotate(
            total=Count("pk"),
            negative=Count("pk", filter=Q(**{tone: ToneLabel.NEGATIVE.value})),
            positive=Count("pk", filter=Q(**{tone: ToneLabel.POSITIVE.value})),
        )
    )
    return {row["hour"]: (row["total"], row["negative"], row["positive"]) for row in counted}


def hours_filled(
    counts: dict[int, tuple[int, int, int]], *, start: datetime, end: datetime
) -> list[HourVolume]:
    """A series without holes from the hour of ``start`` to the one before ``end``."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    series = []
    while hour < end:
        total, negative, positive = counts.get(int(hour.timestamp()) // 3600, (0, 0, 0))
        series.append(HourVolume(hour, total, negative, positive))
        hour += timedelta(hours=1)
    return series


def saved_views(user: User) -> QuerySet[SavedView]:
    """The filters a person kept."""
    return SavedView.objects.filter(user=user)
