"""What every test shares."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _quick_and_apart(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose, and files of one test are nobody else's business. The compact tone model is
    tested, whatever a developer's ``.env`` plugged in."""
    monkeypatch.setenv("GUANLAN_TONE_MODEL", "")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CAPTURE_ROOT = tmp_path / "captures"
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    settings.MEDIA_ROOT = tmp_path / "media"
