"""The viewer of a pack runs nothing and loads nothing."""

from __future__ import annotations

import re

from guanlan.collect.evidence import Exhibit, viewer_page

TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "dl", "dt", "dd", "article", "details"}
TAGS |= {"summary", "pre"}
HOSTILE = "</pre></details><script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"


def page() -> str:
    one = Exhibit(1, HOSTILE, (("来源", HOSTILE), (HOSTILE, "b")), HOSTILE, HOSTILE)
    return viewer_page(HOSTILE, [("标题", HOSTILE)], [one])


def test_captured_markup_stands_there_as_text() -> None:
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", page()))
    assert tags <= TAGS
    assert page().count("&lt;script&gt;alert(1)") == 8


def test_pictures_of_the_pack_are_shown_and_nothing_from_elsewhere() -> None:
    one = Exhibit(1, "a", (), "b", "", (("captures/001-screenshot-1.png", HOSTILE), (f'"{HOSTILE}', "x")))
    made = viewer_page("a", [], [one])
    assert '<img src="captures/001-screenshot-1.png"' in made
    assert set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", made)) <= TAGS | {"a", "img"}
    assert 'src=""' not in made
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', made)
    assert policy is not None
    assert "img-src 'self' file:" in policy[1]


def test_the_policy_forbids_whatever_could_run_or_be_loaded() -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page())
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert "script" not in policy[1]


def test_a_huge_source_is_cut() -> None:
    assert len(viewer_page("a", [], [Exhibit(1, "b", (), "c", "d" * 5_000_000)])) < 250_000
