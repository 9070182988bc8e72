"""Middleware of the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation

from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.web.words import refusal

Handler = Callable[[HttpRequest], HttpResponse]

#: Nothing from elsewhere, no inline script: a hostile page that slips through escaping stays dead text.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
#: Pages without a person. A test walks every address and compares with this list.
PUBLIC_ROUTES = (
    *("sign-in", "sign-out", "health", "language"),
    *("public-report", "public-look-up", "public-days"),
)
#: What somebody with a one-time password may still reach.
BEFORE_OWN_PASSWORD = (*PUBLIC_ROUTES, "password", "theme-switch")


class PersonMiddleware:
    """Times of Asia/Shanghai, the person's language, and their own password before anything else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        timezone.activate(DISPLAY_ZONE)
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return leave_part(request, self.get_response(request))

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Hold everybody with a one-time password at the page where they choose their own."""
        name = request.resolver_match.url_name if request.resolver_match else None
        if getattr(request.user, "must_change_password", False) and name not in BEFORE_OWN_PASSWORD:
            return redirect("password")
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal of a service becomes a page with one sentence."""
        if not isinstance(exception, NotAllowed):
            return None
        return render(request, "403.html", {"sentence": refusal(exception.verb)}, status=403)


class ContentPolicyMiddleware:
    """Adds the content policy unless a view has set its own (the capture viewer does)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        return response


def leave_part(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A part of a page that must sign in first sends the whole page there, not a form into the part."""
    if "HX-Request" not in request.headers or not isinstance(response, HttpResponseRedirect):
        return response
    if not response.url.startswith((reverse("sign-in"), reverse("password"))):
        return response
    away = HttpResponse(status=204)
    away["HX-Redirect"] = reverse("home")
    return away
