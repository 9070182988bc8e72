"""Wrong settings are said with an id and a hint."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from guanlan.desk.common import checks
from guanlan.desk.common.checks import check_settings


def ids() -> set[str]:
    found = check_settings(None)
    assert all(message.hint for message in found)
    return {str(message.id) for message in found}


def test_the_shipped_settings_have_nothing_against_them() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TIME_ZONE", "Asia/Shanghai", {"guanlan.E001"}),
        ("USE_TZ", False, {"guanlan.E001"}),
        ("ALLOWED_HOSTS", ["desk.example"], {"guanlan.W005"}),
        ("TRUSTED_PROXIES", ["127.0.0.1", "10.0.0.0/8"], set()),
        ("TRUSTED_PROXIES", ["127.0.0.1", "proxy.example"], {"guanlan.E007"}),
        ("ALLOWED_HOSTS", ["*"], {"guanlan.W005", "guanlan.W006"}),
    ],
)
def test_each_wrong_setting_is_named(settings: Any, name: str, value: object, expected: set[str]) -> None:
    setattr(settings, name, value)
    assert ids() == expected


def test_debug_is_fine_alone_and_named_when_others_can_reach_it(settings: Any) -> None:
    settings.DEBUG = True
    assert ids() == set()
    settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_SECURE = ["desk.example"], True
    assert ids() == {"guanlan.W004"}


def test_sqlite_without_immediate_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": database}))
    assert [message.id for message in checks._database()] == ["guanlan.E002"]


def test_a_data_folder_that_cannot_be_written_is_an_error(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA = tmp_path
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert ids() == {"guanlan.E003"}
