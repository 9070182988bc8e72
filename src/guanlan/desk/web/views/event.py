"""事件页: one event, one file. What it is at the left, what to do at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guanlan.analysis.grade import GradeTable
from guanlan.desk.common.clock import DISPLAY_ZONE, utc_now
from guanlan.desk.documents.models import Document
from guanlan.desk.events import forecasts, selectors
from guanlan.desk.events.evidence import evidence_counts
from guanlan.desk.events.grading import missing_facts
from guanlan.desk.events.models import Assessment, Event, EventState
from guanlan.desk.events.presets import table_for, table_of
from guanlan.desk.events.routing import suggest_units
from guanlan.desk.events.rules import asked_of_people, decision
from guanlan.desk.events.tracing import sources_listened, traced
from guanlan.desk.events.trend import trend_of
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import may
from guanlan.desk.watch.rules import SEVERITY
from guanlan.desk.watch.selectors import HourVolume
from guanlan.desk.web.forms_events import FactsForm, TimelineForm
from guanlan.desk.web.grading_words import (
    STATES,
    Happening,
    choices_of,
    floor_words,
    happenings,
    indicator_names,
    indicator_rows,
    level_name,
    notice,
    own_name,
    said,
)
from guanlan.desk.web.matters import forecast_rows, no_forecast, share_words, source_panel, trend_panel
from guanlan.desk.web.requests import person

SHARES, REPRESENTATIVES, GROUPS_SHOWN = 6, 5, 20
#: Assessments and timeline entries on the page; an event re-graded every half hour has many.
HISTORY_SHOWN, TIMELINE_SHOWN = 20, 100
#: Numbered lines in the curve; more than this nobody can tell apart.
MOST_MARKS = 9


@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, event_or_404(request, pk))


def event_or_404(request: HttpRequest, pk: int) -> Event:
    """An event of the person's units; others do not exist for them."""
    return get_object_or_404(
        selectors.events_visible(person(request)).select_related("unit", "lead", "level_by", "opened_by"),
        pk=pk,
    )


def page(request: HttpRequest, found: Event, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, also after a form that was not right: ``more`` carries the form as it was filled in."""
    user, now = person(request), utc_now()
    context = {
        "event": found,
        "closed": found.state == EventState.CLOSED,
        "states": [(code, words, code == found.state) for code, words in STATES.items()],
        "may": {
            verb: may(user, verb, found) for verb in ("event", "grade", "lower_grade", "close", "screen")
        },
        "facts_form": FactsForm(
            initial=FactsForm.values_of(found), leads=leads_for(found), table=table_of(found.unit)
        ),
        "timeline_form": TimelineForm(prefix="timeline", now=now),
        **what_was_said(found, now),
        **how_it_is_graded(found),
        **where_it_goes(found, user, now),
        **where_it_came_from(request, f"event:{found.pk}", Document.objects.filter(event_items__event=found)),
        "suggestion": suggest_units(found, seen=selectors.events_visible(user)),
        **more,
    }
    return render(request, "web/event.html", context, status=status)


def leads_for(found: Event) -> Any:
    """People whose roles reach the event."""
    above = [int(part) for part in found.unit.path.split("/") if part]
    held = User.objects.filter(is_active=True, grants__unit__in=above, grants__until__isnull=True)
    return held.distinct().order_by("username")


def what_was_said(found: Event, now: datetime) -> dict[str, Any]:
    """The left side: curve, sources, representative items, timeline; and the trend of the same curve."""
    items = reverse("event-items", args=[found.pk])
    entries = list(selectors.timeline_of(found).order_by("-at", "-id")[:TIMELINE_SHOWN])[::-1]
    counts = evidence_counts(found, [entry.at for entry in entries])
    told = [replace(one, evidence=n) for one, n in zip(happenings(entries), counts, strict=True)]
    marks = [happening for happening in told if happening.marked][-MOST_MARKS:]
    series = selectors.curve(found, now=now)
    return {
        "totals": selectors.totals_of([found.pk]).get(found.pk),
        "shares": selectors.source_shares(found, limit=SHARES),
        "representatives": selectors.representative_items(found, limit=REPRESENTATIVES),
        "groups": found.groups.select_related("group").order_by("-at")[:GROUPS_SHOWN],
        "timeline": told,
        "marks": list(enumerate(marks, start=1)),
        "hours": [(hour, int(hour.hour.timestamp()) // 3600) for hour in reversed(series) if hour.total],
        "chart": chart_of(found, series, marks),
        "trend": trend_panel(trend_of(series, now=now), lambda hour: f"{items}?hour={hour}"),
    }


def where_it_goes(found: Event, user: User, now: datetime) -> dict[str, Any]:
    """The forecasts made so far and how forecasts have held."""
    rows = forecasts.forecasts_of(found)
    return {
        "event_panels": True,
        "forecasts": forecast_rows(rows),
        "no_forecast": no_forecast(found, rows, now),
        "share": share_words(forecasts.share_of_hits(selectors.events_visible(user))),
    }


def where_it_came_from(request: HttpRequest, key: str, documents: QuerySet[Document]) -> dict[str, Any]:
    """The earliest appearance and the trees, when asked for or quickly found."""
    found = traced(documents, key=key, asked=request.GET.get("source") == "1")
    return {"source": None if found is None else source_panel(found, sources_listened())}


def chart_of(found: Event, series: Sequence[HourVolume], marks: Sequence[Happening]) -> dict[str, Any]:
    """What charts.js draws: a bar an hour, negatives inside, numbered lines for what people did."""
    items = reverse("event-items", args=[found.pk])
    start = series[0].hour if series else None
    lines: dict[int, list[str]] = {}
    for number, mark in enumerate(marks, start=1):
        place = int((mark.at - start).total_seconds() // 3600) if start else -1
        if 0 <= place < len(series):
            lines.setdefault(place, []).append(str(number))
    return {
        "hours": [f"{hour.hour.astimezone(DISPLAY_ZONE):%m-%d %H:00}" for hour in series],
        "all": [hour.total for hour in series],
        "negative": [hour.negative for hour in series],
        "urls": [f"{items}?hour={int(hour.hour.timestamp()) // 3600}" for hour in series],
        "marks": [{"at": place, "label": " ".join(numbers)} for place, numbers in lines.items()],
        "words": {"all": _("All texts"), "negative": _("Negative")},
    }


def how_it_is_graded(found: Event) -> dict[str, Any]:
    """The right side: proposal, indicators, floors, decisions."""
    proposal = selectors.standing_proposal(found)
    history = list(selectors.assessments_of(found)[: HISTORY_SHOWN + 1])
    differs = bool(found.level and found.proposed_level and found.level != found.proposed_level)
    table = table_for(proposal, found.unit)
    choices = level_choices(found, table)
    lowers = {code: lowering for code, _words, lowering in choices}
    decided = next((row for row in history if row.by_id is not None), None)
    differs_or_new = found.level != found.proposed_level
    return {
        "proposal": proposal,
        "indicators": indicator_rows(proposal),
        "held": floor_words(proposal.floors, table) if proposal else [],
        "notice": notice(table),
        "own_proposed": own_name(proposal),
        "own_confirmed": own_name(decided or last_decision(found)),
        "missing": indicator_names(missing_facts(proposal, table, found.proposed_level), table),
        "history": [(row, own_name(row)) for row in history[:HISTORY_SHOWN]],
        "more_history": len(history) > HISTORY_SHOWN,
        "differs": differs,
        "moved": differs and has_moved(found, proposal),
        "level_choices": choices,
        "may_confirm": differs_or_new and not lowers.get(found.proposed_level, True),
        "nature": dict(choices_of("nature", table)).get(found.nature, found.nature),
        "people": dict(choices_of("people", table)).get(found.people, found.people),
        "floors": floor_words(found.floors, table),
        "given": given_words(found, table),
    }


def last_decision(found: Event) -> Assessment | None:
    """What a person decided last, however many proposals came after it."""
    return found.assessments.filter(by__isnull=False).order_by("-id").first() if found.level else None


def given_words(found: Event, table: GradeTable) -> list[tuple[str, str]]:
    """What only a person could say, as the table asks for it: name and words."""
    rows = []
    for rule in asked_of_people(table):
        value = found.given.get(rule.fact)
        if value is not None:
            words = dict(choices_of(rule.fact, table)).get(str(value), f"{value}")
            rows.append((said(rule.words), words))
    return rows


def has_moved(found: Event, proposal: Assessment | None) -> bool:
    """Whether the machine changed its mind after a person confirmed the grade."""
    said = found.timeline.filter(code="grade_proposed", at__gt=found.level_at) if found.level_at else None
    return bool(proposal and said is not None and said.exists())


def level_choices(found: Event, table: GradeTable) -> list[tuple[str, str, bool]]:
    """(level, words, whether choosing it lowers the grade), gravest first."""
    ordered = sorted(table.levels, key=lambda level: -SEVERITY[level.common])
    return [
        (
            level.common,
            level_name(level.code, table),
            decision(level.common, proposed=found.proposed_level, confirmed=found.level).lowers,
        )
        for level in ordered
    ]
