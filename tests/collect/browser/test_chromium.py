"""Which browser is used, and what it is told of us."""

from pathlib import Path

import pytest

from guanlan.collect.browser import chromium
from guanlan.collect.browser.chromium import ARGUMENTS, environment, find_chromium


def put(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_one_that_is_named_is_used_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "PLACES", ())
    assert find_chromium().missing == "chromium"
    edge = put(tmp_path, "microsoft-edge-stable")
    assert find_chromium().path == edge
    usual = put(tmp_path, "chromium")
    assert find_chromium().path == usual
    assert find_chromium(edge).path == edge
    assert find_chromium(str(tmp_path / "gone")).missing == "chromium"
    assert find_chromium("off").missing == "off"


def test_a_browser_without_the_extra_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "chromium")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    found = find_chromium(path)
    assert (found.path, found.missing, found.usable) == (path, "playwright", False)


def test_secrets_of_the_desk_do_not_reach_the_browser() -> None:
    ours = {
        "PATH": "/bin",
        "GUANLAN_SECRET_KEY": "x",
        "http_proxy": "http://other",
        "CHROMIUM_FLAGS": "--no-proxy-server",
    }
    assert environment(ours) == {"PATH": "/bin"}


def test_no_switch_weakens_what_a_page_may_do() -> None:
    said = " ".join(ARGUMENTS)
    for bad in (
        "no-sandbox",
        "disable-web-security",
        "ignore-certificate",
        "allow-file-access",
        "remote-debugging",
    ):
        assert bad not in said
