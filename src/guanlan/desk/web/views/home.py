"""工作台: what needs me now?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guanlan.desk.common.clock import utc_now
from guanlan.desk.documents.selectors import visible
from guanlan.desk.organisation.permissions import may
from guanlan.desk.organisation.selectors import body
from guanlan.desk.watch.models import Theme
from guanlan.desk.watch.selectors import groups_growing
from guanlan.desk.web import today
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.requests import person

GROUPS_SHOWN = 6


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    user, now = person(request), utc_now()
    if not visible(user).exists():
        return render(request, "web/home_empty.html", _first_steps(request))
    return render(
        request,
        "web/home.html",
        {
            "tasks": today.tasks_for(user, body(), now),
            "steps": today.funnel(user, now),
            "curve": today.curve_of(user, now),
            "growing": groups_growing(user, now=now, limit=GROUPS_SHOWN),
            "coverage": today.coverage(user, now),
            "may_event": may(user, "event"),
            "may_screen": may(user, "screen"),
        },
    )


def _first_steps(request: HttpRequest) -> dict[str, bool | int]:
    """What a body without any information does first, as far as this person may."""
    user = person(request)
    return {
        "may_ingest": may(user, "ingest"),
        "may_source": may(user, "source"),
        "may_theme": may(user, "theme"),
        "themes": visible_rows(Theme.objects.filter(active=True), user).count(),
    }
