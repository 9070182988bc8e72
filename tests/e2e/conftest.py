"""A real browser before a real desk. One desk serves all tests of a module."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import Visit
from tests.e2e.running import RunningDesk

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str:
    """The system's chromium. Without one these tests are skipped, except in CI, where that is a failure."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        reason = f"none of {', '.join(CHROMIUM_NAMES)} is installed, and these tests need a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[RunningDesk]:
    """Nothing is started yet, and no body is there."""
    running = RunningDesk(Path(tmp_path_factory.mktemp("desk")))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def visit(browser: Browser, desk: RunningDesk) -> Iterator[Visit]:
    watched = Visit(browser, desk.address)
    yield watched
    watched.leave()


@pytest.fixture
def no_page_complains(visit: Visit) -> Iterator[None]:
    """Whatever a test is about: no console error, no failed request, no answer of 400 or more."""
    yield
    complaints, visit.complaints = visit.complaints, []
    assert complaints == []
