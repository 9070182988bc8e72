"""Signed-in clients, and a look at every address of the desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings, settings
from django.test import Client, override_settings

from guanlan.desk.organisation.models import User

#: What the frame itself asks of the database: session, user, grants, body, and the three counts.
FRAME_QUERIES = 10


@pytest.fixture(scope="session", autouse=True)
def _no_static_server() -> Iterator[None]:
    """Each client would look through every static file again; who serves them is not asked here.

    For the session, because the live server is made once and before any fixture of a test.
    """
    kept = [name for name in settings.MIDDLEWARE if not name.startswith("whitenoise")]
    with override_settings(MIDDLEWARE=kept):
        yield


@pytest.fixture
def sign_in(people: dict[str, User]) -> Callable[[str], Client]:
    """A client signed in as one of ``people``."""

    def enter(name: str) -> Client:
        client = Client()
        client.force_login(people[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.fixture(autouse=True)
def _english(settings: LazySettings, tmp_path: Path) -> None:
    """Msgids are what the tests read; uploads and captures go where they vanish."""
    settings.LANGUAGE_CODE = "en"
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    settings.CAPTURE_ROOT = tmp_path / "captures"
