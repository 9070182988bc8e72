"""What the frame of every page shows; read only when a template asks, so parts cost nothing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from guanlan.desk.alerts.models import Alert
from guanlan.desk.documents.selectors import unseen_count
from guanlan.desk.events.selectors import events_list
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import may
from guanlan.desk.organisation.selectors import body, sees_everything, visible_units
from guanlan.desk.web.navigation import Entry, entries

THEMES = ("light", "dark")
THEME_COOKIE = "guanlan_theme"
#: Counts in the bar stop here ("999+" at most is shown).
COUNT_CAP = 1000


class Frame:
    """Lazy facts of one request; each is asked of the database once at most."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user: Any = getattr(request, "user", None)

    @cached_property
    def body(self) -> Unit | None:
        return body()

    @cached_property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else THEMES[0]

    @cached_property
    def signed_in(self) -> bool:
        return bool(self.user is not None and self.user.is_authenticated)

    @cached_property
    def unseen(self) -> int:
        return unseen_count(self.user)

    @cached_property
    def events(self) -> int:
        return capped(events_list(self.user, state="open").select_related(None))

    @cached_property
    def alerts(self) -> int:
        return capped(visible_rows(Alert.objects.filter(acknowledged_at__isnull=True), self.user))

    @cached_property
    def alerts_url(self) -> str:
        return next((entry.url for entry in self.nav if entry.icon == "bell"), "")

    @cached_property
    def nav(self) -> list[Entry]:
        return entries(self, self.request.path) if self.signed_in else []

    @property
    def feet(self) -> list[Entry]:
        return [entry for entry in self.nav if entry.at_foot]

    @property
    def more(self) -> list[Entry]:
        return [entry for entry in self.nav if not entry.at_foot]

    @property
    def ago_words(self) -> list[tuple[str, str]]:
        """Words with which the page's script keeps "3 h ago" true."""
        return [("ago-now", _("just now")), ("ago-minutes", _("%s min ago")), ("ago-hours", _("%s h ago"))]

    def may(self, verb: str) -> bool:
        """Whether the person may do ``verb`` anywhere; an empty verb is open to all."""
        return not verb or may(self.user, verb)


def desk(request: HttpRequest) -> dict[str, Any]:
    """The ``desk`` of the templates."""
    return {"desk": Frame(request)}


def visible_rows(rows: QuerySet[Any], user: User) -> QuerySet[Any]:
    """Rows of the person's units; without a filter for those who see the whole body."""
    return rows if sees_everything(user) else rows.filter(unit__in=visible_units(user))


def capped(rows: QuerySet[Model]) -> int:
    """A count that stops at COUNT_CAP."""
    return rows.order_by("-pk")[:COUNT_CAP].count()
