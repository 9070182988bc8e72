"""The rooms of the desk, in the order of the left bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from guanlan.desk.web.context import Frame


@dataclass(frozen=True, slots=True)
class Room:
    """``name`` is the URL name of the room's first page; ``key`` follows ``g`` on the keyboard."""

    name: str
    label: str | Promise
    icon: str
    key: str = ""
    verb: str = ""  # shown only to those who may
    count: Callable[[Frame], int] | None = None
    apart: bool = False  # a line above it
    at_foot: bool = False  # one of the four icons on a phone


ROOMS = (
    Room("home", _("Desk"), "layout-dashboard", key="h", at_foot=True),
    Room("documents", _("Information"), "inbox", key="f", count=lambda f: f.unseen, at_foot=True),
    Room("events", _("Events"), "flag", key="e", count=lambda f: f.events, at_foot=True),
    Room("alerts", _("Alerts"), "bell", key="a", count=lambda f: f.alerts, at_foot=True),
    Room("reports", _("Reports"), "report", key="r"),
    Room("disclosure", _("Openness"), "speakerphone", key="o"),
    Room("themes", _("Themes"), "target", key="t", apart=True),
    Room("sources", _("Sources"), "rss", key="s"),
    Room("counts", _("Counts"), "chart-bar", key="c"),
    Room("people", _("Units and people"), "users-group", verb="people", apart=True),
    Room("settings", _("Settings"), "adjustments", verb="people"),
    Room("audit", _("Audit"), "shield-check", verb="audit"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A room as one page shows it."""

    label: str | Promise
    icon: str
    url: str
    key: str
    here: bool
    count: int
    apart: bool
    at_foot: bool


def entries(frame: Frame, path: str) -> list[Entry]:
    """The rooms open to this person; the one that holds ``path`` is marked."""
    found = [(room, room_url(room)) for room in ROOMS if frame.may(room.verb)]
    holding = max((url for _, url in found if holds(url, path)), key=len, default="")
    return [
        Entry(
            room.label,
            room.icon,
            url,
            room.key,
            url == holding,
            room.count(frame) if room.count else 0,
            room.apart,
            room.at_foot,
        )
        for room, url in found
    ]


def holds(url: str, path: str) -> bool:
    """Whether ``path`` lies in the room at ``url``; the desk itself is only its own page."""
    return path == url if url == "/" else path.startswith(url)


def room_url(room: Room) -> str:
    """Where the room is."""
    return reverse(room.name)
