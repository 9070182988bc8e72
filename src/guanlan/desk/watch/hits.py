"""A person's word on a theme hit, and the views of the feed that people keep."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guanlan.desk.audit.services import record
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.watch.models import SavedView, ThemeHit

#: More kept views than this no bar can show.
MOST_VIEWS = 20


class TooManyViewsError(Exception):
    """The person keeps MOST_VIEWS views already."""


def hit_mark(*, hit: ThemeHit, false_hit: bool, actor: User, now: datetime) -> ThemeHit:
    """Say that a hit was a false one, or take that back. It then counts for no figure of the theme."""
    require(actor, "screen", hit.document)
    with transaction.atomic():
        hit.false_hit = false_hit
        hit.marked_by = actor
        hit.save(update_fields=["false_hit", "marked_by"])
        record(
            "theme.hit_marked",
            actor=actor,
            now=now,
            target=hit,
            false_hit=false_hit,
            theme=hit.theme_id,
            document=hit.document_id,
        )
    return hit


def view_keep(*, user: User, name: str, query: str, now: datetime) -> SavedView:
    """Keep a filter of the feed under a name; the same name again replaces it."""
    if user.views.exclude(name=name).count() >= MOST_VIEWS:
        raise TooManyViewsError
    with transaction.atomic():
        view, _ = SavedView.objects.update_or_create(
            user=user,
            name=name,
            defaults={"query": query},
            create_defaults={"query": query, "created_at": now},
        )
        record("view.kept", actor=user, now=now, target=view, name=name)
    return view


def view_drop(*, view: SavedView, user: User, now: datetime) -> None:
    """Forget one's own view."""
    with transaction.atomic():
        record("view.dropped", actor=user, now=now, target=view, name=view.name)
        view.delete()
