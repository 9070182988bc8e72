"""Every page and its name."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from guanlan.desk.web.views import account

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="documents"), name="home"),
    path("sign-in/", account.sign_in, name="sign-in"),
    path("sign-out/", account.sign_out, name="sign-out"),
    path("account/", account.profile, name="profile"),
    path("account/password/", account.password, name="password"),
    path("language/", account.language, name="language"),
    path("colours/", account.theme_switch, name="theme-switch"),
    path("healthz", account.health, name="health"),
]
