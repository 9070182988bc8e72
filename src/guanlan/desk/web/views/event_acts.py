"""What people do to an event from its page. Each answer goes back to the page, or shows it with the fault."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guanlan.desk.common.clock import utc_now
from guanlan.desk.events import services
from guanlan.desk.events.errors import (
    EventChanged,
    EventClosed,
    EventError,
    EventRefused,
    FactsMissing,
    ReasonNeeded,
    TransitionRefused,
)
from guanlan.desk.events.models import Event
from guanlan.desk.events.presets import table_for, table_of
from guanlan.desk.events.selectors import standing_proposal
from guanlan.desk.organisation.permissions import require
from guanlan.desk.web.forms_events import FactsForm, TimelineForm
from guanlan.desk.web.grading_words import indicator_names
from guanlan.desk.web.requests import person
from guanlan.desk.web.views.event import event_or_404, leads_for, page


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Facts; the grade is proposed anew when it rests on what changed."""
    found = event_or_404(request, pk)
    require(person(request), "event", found)
    form = FactsForm(request.POST, leads=leads_for(found), table=table_of(found.unit))
    if not form.is_valid():
        return page(request, found, status=400, facts_form=form)
    values = form.changes(found)
    return _try(
        request, found, "facts", _("The facts are kept."),
        lambda: services.event_change(event=found, actor=person(request), now=utc_now(), **values),
    )  # fmt: skip


@require_POST
def grade(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the proposed grade or set another one."""
    found = event_or_404(request, pk)
    reason = request.POST.get("reason", "")
    seen = (
        request.POST.get("seen_level", found.level),
        request.POST.get("seen_proposed", found.proposed_level),
    )
    if seen != (found.level, found.proposed_level):
        return page(
            request, found, status=409, grade_problem=sentence_of(EventChanged()), grade_reason=reason
        )
    try:
        services.grade_confirm(
            event=found,
            level=request.POST.get("level", ""),
            reason=reason,
            actor=person(request),
            now=utc_now(),
        )
    except FactsMissing as refused:
        table = table_for(standing_proposal(found), found.unit)
        asked = _("Fill in under “Facts” first: %(names)s. Nothing was changed.")
        problem = asked % {"names": indicator_names(refused.codes, table)}
        return page(request, found, status=400, grade_problem=problem, grade_reason=reason)
    except EventError as refused:
        return page(request, found, status=400, grade_problem=sentence_of(refused), grade_reason=reason)
    messages.success(request, _("The grade is confirmed under your name."))
    return _back(found, "grade")


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    found = event_or_404(request, pk)
    return _try(
        request, found, "life", _("%(event)s is closed.") % {"event": found.code},
        lambda: services.event_close(
            event=found, reason=request.POST.get("reason", ""), actor=person(request), now=utc_now()
        ),
    )  # fmt: skip


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    found = event_or_404(request, pk)
    return _try(
        request, found, "life", _("%(event)s is open again.") % {"event": found.code},
        lambda: services.event_reopen(
            event=found, reason=request.POST.get("reason", ""), actor=person(request), now=utc_now()
        ),
    )  # fmt: skip


@require_POST
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what happened."""
    found, now = event_or_404(request, pk), utc_now()
    require(person(request), "event", found)
    form = TimelineForm(request.POST, prefix="timeline", now=now)
    if not form.is_valid():
        return page(request, found, status=400, timeline_form=form)
    return _try(
        request, found, "timeline", _("Written into the timeline."),
        lambda: services.timeline_add(
            event=found, text=form.cleaned_data["text"], at=form.cleaned_data["at"], actor=person(request),
            now=now,
        ),
    )  # fmt: skip


def _try(request: HttpRequest, found: Event, part: str, done: str, act: Callable[[], object]) -> HttpResponse:
    """Do it and say so, or say why not; back to the part of the page where it was asked."""
    try:
        act()
    except EventError as refused:
        messages.error(request, sentence_of(refused))
    else:
        messages.success(request, done)
    return _back(found, part)


def _back(found: Event, part: str) -> HttpResponse:
    return redirect(f"{reverse('event', args=[found.pk])}#{part}")


#: error, or code of EventRefused → what happened, what was kept, what to do
SENTENCES: dict[type[EventError] | str, Promise] = {
    ReasonNeeded: gettext_lazy("Write a reason. Nothing was changed."),
    EventClosed: gettext_lazy("The event is closed, so nothing was changed. Reopen it first."),
    EventChanged: gettext_lazy(
        "Somebody changed the event, or the machine graded it anew, since you read it. "
        "Look again and decide again."
    ),
    TransitionRefused: gettext_lazy("This is not possible now: the event is no longer in the state you saw."),
    "level": gettext_lazy("Choose a grade."),
    "excerpt": gettext_lazy(
        "These words do not stand in the text, or are too many. Copy them from the text as they are."
    ),
    "lead": gettext_lazy("The event lies outside of what this person may see."),
}
OTHERWISE = gettext_lazy("This could not be kept as it was. Look at what you entered.")


def sentence_of(refused: EventError) -> str:
    """Why it was refused, in one sentence."""
    key = refused.code if isinstance(refused, EventRefused) else type(refused)
    return str(SENTENCES.get(key, OTHERWISE))
