"""Which unit may answer for an event: three suggestions with reasons. A person decides; nothing is assigned.

The model learns from this body's own closed events and from the duty lists of its units. It is fitted when
somebody first asks, and again when an event was closed or reopened or a unit changed.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from guanlan.analysis.route import ClosedFile, Duty, RouteModel, RouteOptions
from guanlan.analysis.types import Evidence
from guanlan.desk.events.models import Event, EventItem, EventState
from guanlan.desk.events.selectors import representative_items
from guanlan.desk.organisation.models import Unit

#: Closed events that are learned from, the newest: fitting them takes a second or two.
MOST_FILES = 1_000
#: Texts of an event that are read beside its title and summary, and characters of each.
TEXTS_READ, TEXT_CHARACTERS = 5, 400
MOST_DUTIES = 60

Known = tuple[int, datetime | None, tuple[tuple[object, ...], ...]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """``duties`` are terms of the unit's name and duty list found in the event, ``words`` those that its
    closed events share with it."""

    unit: Unit
    probability: float
    duties: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``similar`` are closed events that the asking person sees. ``files`` closed events and ``listed``
    units with a duty list were learned from."""

    candidates: tuple[Candidate, ...]
    unsure: bool
    similar: tuple[Event, ...]
    files: int
    listed: int


@dataclass(frozen=True, slots=True)
class _Fitted:
    known: Known
    model: RouteModel | None
    files: int


_fitted: dict[str, _Fitted] = {}
_lock = threading.Lock()


def suggest_units(event: Event, *, seen: QuerySet[Event]) -> Suggestion | None:
    """Suggestions for an event; None where the body has fewer than two units to choose among.

    ``seen`` are the events that the asking person may see: only those are named as similar.
    """
    units = _units()
    fitted = _current(units)
    if fitted.model is None:
        return None
    said = fitted.model.suggest(text_of(event))
    by_key = {str(unit.pk): unit for unit in units}
    candidates = tuple(
        Candidate(by_key[one.unit], one.probability, _of(one.reasons, "duty"), _of(one.reasons, "word"))
        for one in said.candidates
    )
    similar = [int(file.key) for file in said.similar if int(file.key) != event.pk]
    return Suggestion(
        candidates, said.unsure, tuple(seen.filter(pk__in=similar)), fitted.files,
        sum(bool(unit.duties.strip()) for unit in units),
    )  # fmt: skip


def text_of(event: Event) -> str:
    """What is read of an event: its title, its summary and its representative texts."""
    texts = [item.document for item in representative_items(event, limit=TEXTS_READ)]
    said = [f"{document.title} {document.text[:TEXT_CHARACTERS]}" for document in texts]
    return "\n".join([event.title, event.summary, *said])


def forget() -> None:
    """Let the next question fit anew."""
    _fitted.clear()


def _units() -> list[Unit]:
    """Units to choose among. The office at the root takes matters in and hands them on: it is one of them
    only where it stands alone."""
    active = list(Unit.objects.filter(active=True).order_by("pk"))
    below = [unit for unit in active if unit.parent_id is not None]
    return below or active


def _current(units: list[Unit]) -> _Fitted:
    known = _known(units)
    with _lock:
        held = _fitted.get("body")
        if held is None or held.known != known:
            held = _fit(units, known)
            _fitted["body"] = held
    return held


def _known(units: list[Unit]) -> Known:
    """What the model rests on: when this is the same, so is the model."""
    closed = Event.objects.filter(state=EventState.CLOSED).aggregate(n=Count("pk"), last=Max("closed_at"))
    told = tuple((unit.pk, unit.name, unit.short_name, unit.duties) for unit in units)
    return closed["n"], closed["last"], told


def _fit(units: list[Unit], known: Known) -> _Fitted:
    if len(units) < 2:
        return _Fitted(known, None, 0)
    files = _files([unit.pk for unit in units])
    model = RouteModel.fit(files, [duty for unit in units for duty in _duties(unit)], RouteOptions())
    return _Fitted(known, model, len(files))


def _duties(unit: Unit) -> list[Duty]:
    key = str(unit.pk)
    # The name of a township is that of a place: a text that has it says where, not who answers.
    named = unit.kind != "township"
    names = [Duty(key, name, is_name=named) for name in (unit.name, unit.short_name) if name]
    lines = [line.strip() for line in unit.duties.splitlines() if line.strip()]
    return [*names, *(Duty(key, line) for line in lines[:MOST_DUTIES])]


def _files(units: list[int]) -> list[ClosedFile]:
    """Closed events of these units with the titles of their representative texts."""
    closed = Event.objects.filter(state=EventState.CLOSED, unit__in=units).order_by("-closed_at", "-pk")
    events = list(closed[:MOST_FILES])
    titles: dict[int, list[str]] = defaultdict(list)
    chosen = EventItem.objects.filter(event__in=events, representative=True).order_by("document_id")
    for key, title in chosen.values_list("event", "document__title"):
        titles[key].append(title)
    return [
        ClosedFile(
            text="\n".join([event.title, event.summary, *titles[event.pk][:TEXTS_READ]]),
            unit=str(event.unit_id),
            at=event.closed_at,
            key=str(event.pk),
        )
        for event in events
    ]


def _of(reasons: tuple[Evidence, ...], code: str) -> tuple[str, ...]:
    return tuple(str(reason.value) for reason in reasons if reason.code == code)
