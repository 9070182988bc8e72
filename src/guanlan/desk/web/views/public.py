"""What the public sees without signing in: the form, the receipt, where a report stands, reception days.

Nothing here is kept for a visitor: no session, no address, no page in a cache. A closed channel is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from guanlan.desk.common.clock import utc_now
from guanlan.desk.disclosure import limits, selectors
from guanlan.desk.disclosure.models import STANDINGS, PublicChannel, PublicReport
from guanlan.desk.disclosure.rules import Standing, personal_numbers
from guanlan.desk.pipeline.public_reports import Sent, report_receive
from guanlan.desk.web.form_token import token_new, token_read
from guanlan.desk.web.forms_public import ReceiptForm, ReportForm
from guanlan.desk.web.network import client_address

#: Reception days on the page of the form; the others are one click away.
DAYS_SHOWN = 4
#: What no page here needs.
NO_SENSORS = "camera=(), microphone=(), geolocation=(), payment=()"

View = Callable[..., HttpResponse]


def public_page(view: View) -> View:
    """A page without a person: found only while its channel is open, kept in no cache and by no search."""

    @wraps(view)
    def shown(request: HttpRequest, slug: str) -> HttpResponse:
        channel = selectors.open_channel(slug)
        if channel is None:
            raise Http404
        response = view(request, channel)
        response["Permissions-Policy"] = NO_SENSORS
        if view.__name__ != "report" or request.method == "POST":
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    closed: View = login_not_required(never_cache(shown))
    return closed


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def report(request: HttpRequest, channel: PublicChannel) -> HttpResponse:
    """The form; sent, the receipt. What was written is never lost: it comes back with what is asked."""
    now = utc_now()
    if request.method != "POST":
        return form_page(
            request, channel, ReportForm(photos=channel.photos, initial={"token": token_new(now)})
        )
    form = ReportForm(request.POST, request.FILES, photos=channel.photos)
    if not form.is_valid():
        return form_page(request, channel, form, status=400)
    if (token := good_token(form, now)) is None:
        limits.held_back(channel=channel, now=now)
        return form_page(request, channel, opened_anew(form, now), notice="again", status=400)
    numbers = [] if "as_it_is" in request.POST else numbers_in(form)
    if numbers:
        return form_page(request, channel, form, notice="numbers", numbers=numbers)
    taken = report_receive(channel=channel, sent=sent_of(request, form, token), now=now)
    if isinstance(taken, PublicReport):
        return render(request, "web/public/receipt.html", {"channel": channel, "receipt": taken.receipt})
    return slowed(form_page(request, channel, form, notice="slow", status=429), taken, now)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def look_up(request: HttpRequest, channel: PublicChannel) -> HttpResponse:
    """How a report stands, by its receipt. Every wrong number gets the same answer."""
    now = utc_now()
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    page: dict[str, Any] = {"channel": channel, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "web/public/look_up.html", page, status=400 if form.errors else 200)
    refusal = limits.look_up_take(channel=channel, address=client_address(request), now=now)
    if refusal is not None:
        page["slow"] = True
        return slowed(render(request, "web/public/look_up.html", page, status=429), refusal, now)
    found = selectors.found_by_receipt(channel, form.cleaned_data["number"])
    page |= {"asked": True, **(standing_page(found) if found else {})}
    return render(request, "web/public/look_up.html", page)


@require_GET
@public_page
def days(request: HttpRequest, channel: PublicChannel) -> HttpResponse:
    """The reception days of the coming year."""
    coming = selectors.coming_receptions(channel, utc_now())
    if not coming:
        raise Http404
    return render(request, "web/public/days.html", {"channel": channel, "days": coming})


def form_page(
    request: HttpRequest,
    channel: PublicChannel,
    form: ReportForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The form with whatever has to be said above it. Photos do not come back: browsers do not send them so."""
    coming = selectors.coming_receptions(channel, utc_now())
    page = {"channel": channel, "form": form, "days": coming[:DAYS_SHOWN], "photos_lost": bool(request.FILES)}
    page |= more
    return render(request, "web/public/report.html", page, status=status)


def good_token(form: ReportForm, now: datetime) -> str | None:
    """The form's id; None when a robot may have filled it (its field is filled, or it took no time) or the
    form is too old. A person sends once more and is heard."""
    token = token_read(form.cleaned_data["token"])
    if token is None or form.cleaned_data["website"] or not token.fits(now):
        return None
    return token.id


def opened_anew(form: ReportForm, now: datetime) -> ReportForm:
    """The same words in a form that is opened now; the robots' field is empty again."""
    words = {name: form.cleaned_data.get(name, "") for name in ("what", "where", "when", "contact")}
    return ReportForm(photos="photos" in form.fields, initial={**words, "token": token_new(now)})


def numbers_in(form: ReportForm) -> list[str]:
    """What looks like a card or telephone number where everybody who handles the report will read it."""
    return personal_numbers("\n".join(form.cleaned_data[name] for name in ("what", "where", "when")))


def sent_of(request: HttpRequest, form: ReportForm, token: str) -> Sent:
    """A valid form as the pipeline takes it."""
    data = form.cleaned_data
    words = {name: data[name] for name in ("what", "where", "when", "contact")}
    return Sent(**words, token=token, address=client_address(request), photos=data.get("photos") or ())


def standing_page(found: PublicReport) -> dict[str, Any]:
    """What a receipt shows: how far it is, and the answer. Nothing of what was written, nothing of anybody."""
    now_at = selectors.Standings([found]).of(found)
    steps = list(Standing)
    answers = list(found.answers.all())
    return {
        "found": found,
        "now_at": now_at,
        "steps": [
            (dict(STANDINGS)[step], step == now_at, steps.index(step) <= steps.index(now_at))
            for step in steps
        ],
        "answer": answers[0] if answers else None,
        "first": answers[-1] if len(answers) > 1 else None,
    }


def slowed(response: HttpResponse, why: limits.Refusal, now: datetime) -> HttpResponse:
    """Says when it may work again."""
    response["Retry-After"] = str(limits.seconds_left(why, now))
    return response
