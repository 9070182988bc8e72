"""Two links to one page are one address; two pages are never one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.addresses import canonical, key, site_of, template


@pytest.mark.parametrize(
    ("url", "one"),
    [
        ("HTTP://Example.org:80/a#top", "http://example.org/a"),
        ("https://example.org/a?utm_source=rss&id=3", "https://example.org/a?id=3"),
        ("https://example.org/a?spm=1.2&from=timeline", "https://example.org/a"),
        ("https://example.org/a?b=1&a=2", "https://example.org/a?b=1&a=2"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/新闻/1.html", "https://example.org/%E6%96%B0%E9%97%BB/1.html"),
        ("https://example.org/%E6%96%B0/1.html", "https://example.org/%E6%96%B0/1.html"),
        ("http://127.0.0.1:9999/a", "http://127.0.0.1:9999/a"),
        ("javascript:void(0)", ""),
        ("mailto:a@example.org", ""),
        ("http://user@example.org/", ""),
        ("http://[::1/", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_form(url: str, one: str) -> None:
    assert canonical(url) == one


def test_a_link_is_read_from_its_page() -> None:
    assert canonical("../b.html?x=1", "http://example.org/a/c.html") == "http://example.org/b.html?x=1"
    assert canonical("//other.example.org/b", "https://example.org/") == "https://other.example.org/b"


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_form_of_a_form_is_itself(path: str, query: str) -> None:
    once = canonical(f"http://example.org/{path}?{query}")
    assert canonical(once) == once


def test_keys_are_short_and_differ() -> None:
    assert len(key("http://example.org/")) == 16
    assert key("http://example.org/1") != key("http://example.org/2")


def test_a_search_address_takes_the_word_in_its_own_charset() -> None:
    assert template("http://example.org/s?q={word}", "停水") == "http://example.org/s?q=%E5%81%9C%E6%B0%B4"
    assert template("http://example.org/s?q={word:gbk}", "停水") == "http://example.org/s?q=%CD%A3%CB%AE"
    assert site_of("http://Example.org:8080/a") == "example.org:8080"
