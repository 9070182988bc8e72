"""这篇文章去哪了: one address, from the source that named it to how it ended."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guanlan.desk.organisation.permissions import require
from guanlan.desk.pipeline.whereabouts import End, whereabouts
from guanlan.desk.web.requests import person
from guanlan.desk.web.source_words import ENDS, fetch_sentence
from guanlan.desk.web.words import why_not_stored


@require_GET
def where(request: HttpRequest) -> HttpResponse:
    """The answer for the address in the query; the field alone without one."""
    user = person(request)
    require(user, "read")
    asked = request.GET.get("url", "").strip()[:4000]
    if not asked:
        return render(request, "web/where.html", {"asked": ""})
    found = whereabouts(asked, user)
    why = ""
    if found.reason and found.end not in (End.STORED, End.OFF_TOPIC):
        why = why_not_stored(found.reason, found.end) if found.intake else fetch_sentence(found.reason)
    page = {"asked": asked, "found": found, "end": ENDS[found.end], "why": why}
    return render(request, "web/where.html", page)
