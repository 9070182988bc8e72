"""设置: which grading table the body works by, and how good its machine is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from guanlan.analysis.grade import GradeTable, preset, preset_codes
from guanlan.analysis.tone.adapting import FEWEST
from guanlan.desk.common.clock import utc_now
from guanlan.desk.events.errors import EventRefused
from guanlan.desk.events.presets import grading_choose, table_of
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.organisation.selectors import body
from guanlan.desk.pipeline.own_tone import card_of, shipped_digest
from guanlan.desk.pipeline.teaching import label_count
from guanlan.desk.pipeline.tone_tally import SHOWN_DAYS, tone_tallies
from guanlan.desk.web.grading_words import said
from guanlan.desk.web.requests import person
from guanlan.desk.web.tone_words import chosen, judged_lines
from guanlan.judges.choice import ENDPOINT


@require_GET
def grading(request: HttpRequest) -> HttpResponse:
    """The table in use and the others; whoever reads anything may look."""
    require(person(request), "read")
    root = root_or_404()
    chosen = table_of(root)
    return render(
        request,
        "web/settings_grading.html",
        {
            "chosen": shown(chosen),
            "indicators": [(said(rule.words), rule.maximum, rule.by_person) for rule in chosen.indicators],
            "floors": [
                *(said(floor.words) for floor in chosen.floors),
                *(said(one.words) for one in chosen.raises),
            ],
            "tables": [shown(preset(code)) for code in preset_codes()],
            "may_choose": may(person(request), "people", root),
        },
    )


@require_POST
def grading_change(request: HttpRequest) -> HttpResponse:
    """Grade by another table from now on."""
    root = root_or_404()
    code = request.POST.get("preset", "")
    try:
        count = grading_choose(root=root, code=code, actor=person(request), now=utc_now())
    except EventRefused as error:
        raise Http404 from error
    said_so = _("The body now grades by “%(table)s”.") % {"table": said(preset(code).words)}
    anew = ngettext(
        "%(n)s open event is graded anew within minutes.",
        "%(n)s open events are graded anew within minutes.",
        count,
    )
    messages.success(request, f"{said_so} {anew % {'n': count}}" if count else said_so)
    return redirect("settings")


def root_or_404() -> Unit:
    """The body itself."""
    found = body()
    if found is None:
        raise Http404
    return found


def shown(table: GradeTable) -> dict[str, Any]:
    """A table as a line of the page."""
    return {
        "code": table.preset,
        "name": said(table.words),
        "notice": said(table.notice),
        "source": table.source,
        "levels": "、".join(said(level.words) for level in table.levels),
        "by_person": sum(rule.by_person for rule in table.indicators),
        "all": len(table.indicators),
    }


@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Which tone model is in use, since when, how good it was, and how it is taught."""
    require(person(request), "read")
    card = card_of(settings.DATA)
    digest = shipped_digest()
    return render(
        request,
        "web/settings_quality.html",
        {
            "card": card,
            "own": card is not None and card.model == digest,
            "digest": digest,
            "labels": label_count(),
            "fewest": FEWEST,
            **larger_model(),
        },
    )


def larger_model() -> dict[str, Any]:
    """Which model a body plugged in and who judged the texts of the last days."""
    lines = judged_lines(tone_tallies(utc_now()))
    choice = chosen()
    return {
        "choice": choice,
        "leaves": choice is not None and choice.kind == ENDPOINT and not choice.named_inside,
        "judged": lines,
        "fell_back": sum(one.texts for one in lines if one.reason),
        "days": SHOWN_DAYS,
    }
