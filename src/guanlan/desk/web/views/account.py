"""Signing in and out, one's own password, language and colours."""

from __future__ import annotations

import math
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import utc_now
from guanlan.desk.organisation import services
from guanlan.desk.organisation.sign_in import blocked_until, sign_in_failed, sign_in_succeeded
from guanlan.desk.web.context import THEME_COOKIE, THEMES
from guanlan.desk.web.forms import PasswordForm, ProfileForm, SignInForm
from guanlan.desk.web.network import client_address
from guanlan.desk.web.requests import person

#: A year: the choice of a machine, not of a session.
COOKIE_AGE = 365 * 24 * 3600


def next_page(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is on this desk; else the desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else settings.LOGIN_REDIRECT_URL


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_page(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _let_in(request, form, utc_now()):
        return redirect(next_page(request))
    page = {"form": form, "next": request.POST.get("next") or request.GET.get("next") or ""}
    return render(request, "web/sign_in.html", page, status=400 if form.errors else 200)


def _let_in(request: HttpRequest, form: SignInForm, now: datetime) -> bool:
    """Sign the person in, or put the reason why not on the form."""
    username, password = form.cleaned_data["username"], form.cleaned_data["password"]
    address = client_address(request)
    until = blocked_until(username, address, now)
    # While the wait lasts the password is not even looked at, so guessing on teaches nothing.
    user = None if until else authenticate(request, username=username, password=password)
    if user is not None:
        sign_in_succeeded(username, address)
        login(request, user)
        record("person.signed_in", actor=user, now=now, target=user)
        return True
    until = until or sign_in_failed(username, address, now)
    form.add_error(None, wait_sentence(until, now) if until else _("The name or the password is not right."))
    return False


def wait_sentence(until: datetime, now: datetime) -> str:
    """Says how many minutes are left, rounded up."""
    minutes = math.ceil((until - now).total_seconds() / 60)
    return ngettext(
        "Too many wrong passwords. Try again in %(minutes)s minute.",
        "Too many wrong passwords. Try again in %(minutes)s minutes.",
        minutes,
    ) % {"minutes": minutes}


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose one's own password; asked of everybody who came with a one-time one."""
    user = person(request)
    form = PasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.password_change(user=user, password=form.cleaned_data["password"], now=utc_now())
        update_session_auth_hash(request, user)
        messages.success(request, _("Your new password is kept."))
        return redirect("home")
    return render(request, "web/password.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = person(request)
    first = {"language": user.language or request.LANGUAGE_CODE, "phone": user.phone}
    form = ProfileForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        services.profile_change(user=user, now=utc_now(), **form.cleaned_data)
        messages.success(request, _("Kept."))
        return redirect("profile")
    grants = user.grants.filter(until__isnull=True).select_related("unit")
    return render(
        request, "web/profile.html", {"form": form, "grants": grants}, status=400 if form.errors else 200
    )


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Chinese or English, kept on the account and, before sign-in, in a cookie."""
    chosen = request.POST.get("language", "")
    response = redirect(next_page(request))
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            services.profile_change(user=person(request), now=utc_now(), language=chosen)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=COOKIE_AGE, samesite="Lax")
    return response


@require_POST
def theme_switch(request: HttpRequest) -> HttpResponse:
    """Light or dark, kept in a cookie of this machine."""
    response = redirect(next_page(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=COOKIE_AGE, samesite="Lax")
    return response


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """For a supervisor or load balancer: this process answers."""
    return JsonResponse({"status": "ok"})
