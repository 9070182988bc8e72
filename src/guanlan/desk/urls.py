"""All addresses. Pages live in ``web``."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("guanlan.desk.web.urls"))]
