"""信源 → 新增: paste an address, see what it is and what would be kept, save with one click. And 试采."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guanlan.collect.candidates import Candidate, What
from guanlan.collect.discover import Discovery
from guanlan.collect.kinds import Found
from guanlan.collect.lists_of_sources import METHODS, same_place
from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.pipeline.collecting.jobs import Result
from guanlan.desk.pipeline.collecting.looking import NotNow, look, try_visit
from guanlan.desk.sources import services
from guanlan.desk.sources.models import Method, Source, SourceKind
from guanlan.desk.sources.outlets import outlet_of
from guanlan.desk.web.context import visible_rows
from guanlan.desk.web.forms_sources import AddressForm, options_as_text
from guanlan.desk.web.requests import person
from guanlan.desk.web.source_words import HOW, WHAT, fetch_sentence
from guanlan.desk.web.views.sources import source_or_404, units_for

#: Items of a trial that are shown.
TRIED_SHOWN = 30
NAME_CHARACTERS = 120


@require_http_methods(["GET", "POST"])
def source_look(request: HttpRequest) -> HttpResponse:
    """What is behind an address."""
    user, now = person(request), utc_now()
    require(user, "source")
    if request.method == "GET":
        return redirect("source-new")
    form = AddressForm(request.POST)
    page: dict[str, Any] = {"finder": form}
    if form.is_valid():
        address = form.cleaned_data["address"]
        try:
            services.source_looked_at(address=address, actor=user, now=now)
            page |= found_page(user, look(address, now))
        except ValidationError as error:
            form.add_error("address", error)
        except NotNow as busy:
            form.add_error("address", not_now(busy))
    return render(request, "web/source_look.html", page, status=400 if form.errors else 200)


def not_now(busy: NotNow) -> str:
    """Why no look can be taken at this moment."""
    return _("The site or the desk is busy. Try again in %s seconds.") % busy.seconds


def found_page(user: User, found: Discovery) -> dict[str, Any]:
    """A discovery as the page shows it."""
    how = {url: way for way, url in reversed(found.evidence)}
    return {
        "found": found,
        "what": WHAT[found.what],
        "wrong": fetch_sentence(found.reason) if found.reason else "",
        "offers": [_offer(user, found, one, how.get(one.url, "")) for one in best_first(found)],
        "left": [(url, fetch_sentence(why)) for url, why in found.left],
        "article_wrong": fetch_sentence(found.article.reason)
        if found.article and found.article.reason
        else "",
        "is_article": found.what is What.ARTICLE,
    }


def best_first(found: Discovery) -> list[Candidate]:
    """Those that name items before those that were not read, a page that is only watched last."""
    return sorted(found.candidates, key=lambda one: (one.method == Method.PAGE, not one.samples))


def _offer(user: User, found: Discovery, one: Candidate, how: str) -> dict[str, Any]:
    known = _known(user, one.url)
    return {
        "candidate": one,
        "how": HOW.get(how, how),
        "method": dict(Method.choices)[one.method],
        "problem": fetch_sentence(one.problem) if one.problem else "",
        "known": known,
        "fields": _prefilled(user, found, one),
        "saves": known is None and one.problem in ("", "unread", "needs_browser"),
    }


def _known(user: User, url: str) -> Source | None:
    """A source of this place that the person sees."""
    place = same_place(url)
    rows = visible_rows(Source.objects.exclude(url=""), user).only("pk", "name", "url", "unit_id")
    return next((row for row in rows if same_place(row.url) == place), None)


def _prefilled(user: User, found: Discovery, one: Candidate) -> list[tuple[str, str]]:
    """Name and value of every field that saving sends: what was found, and what is known of the host."""
    fact = outlet_of(one.url)
    unit = units_for(user, "source").first()
    site = found.robots.site if found.robots else one.url
    values = {
        "name": (one.title or found.title or (fact.name if fact else "") or site)[:NAME_CHARACTERS],
        "kind": fact.kind if fact and fact.kind in SourceKind.values else SourceKind.NEWS,
        "tier": fact.tier if fact else "",
        "credibility": str(fact.credibility if fact else 3),
        "unit": str(unit.pk) if unit else "",
        "url": one.url,
        "method": one.method,
        "interval_minutes": str(one.minutes),
        "legal_note": _("Public page; robots.txt is obeyed."),
        **options_as_text(dict(one.options)),
    }
    return [(name, str(value)) for name, value in values.items()]


@require_POST
def source_try(request: HttpRequest, pk: int) -> HttpResponse:
    """What a visit would name now; nothing is stored."""
    source = source_or_404(request, pk)
    user, now = person(request), utc_now()
    require(user, "source", source)
    if source.method not in METHODS or not source.url:
        messages.error(request, _("Nothing is fetched from this source; give it an address and a method."))
        return redirect("source", pk=pk)
    try:
        services.source_looked_at(address=source.url, actor=user, now=now, source=source)
        result = try_visit(source, now)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("source", pk=pk)
    except NotNow as busy:
        messages.error(request, not_now(busy))
        return redirect("source", pk=pk)
    return render(request, "web/source_try.html", {"source": source, **tried_page(result)})


def tried_page(result: Result) -> dict[str, Any]:
    """A trial as the page shows it."""
    named: tuple[Found, ...] = result.listing.found if result.listing else ()
    return {
        "wrong": fetch_sentence(result.error.reason) if result.error else "",
        "named": len(named),
        "samples": named[:TRIED_SHOWN],
        "words": list(result.words.items()),
        "lines": list(result.change.lines[:TRIED_SHOWN]) if result.change else [],
        "added": list(result.change.added[:TRIED_SHOWN]) if result.change else [],
        "watched": result.change is not None,
    }
