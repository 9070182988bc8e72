"""Without a browser these tests are skipped for a newcomer, and fail where everything must be there."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.conftest import CHROMIUM_NAMES, chromium_path


@pytest.mark.parametrize("name", CHROMIUM_NAMES)
def test_any_of_the_usual_names_will_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda asked: f"/opt/{name}" if asked == name else None)
    assert chromium_path() == f"/opt/{name}"


def test_a_newcomer_without_a_browser_is_told_which_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"chromium.*google-chrome.*need a browser"):
        chromium_path()


def test_in_ci_a_missing_browser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="need a browser"):
        chromium_path()
