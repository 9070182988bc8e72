"""RSS and Atom files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.collect.files.samples import codes, items, read, reasons

NINE_THIRTY = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def rss(*entries: str) -> str:
    inside = "".join(f"<item>{entry}</item>" for entry in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>县政府网</title>{inside}</channel></rss>'


def test_an_rss_entry() -> None:
    entry = (
        "<title>停水 &amp; 通知</title><link>https://example.cn/1</link><guid>g1</guid><author>办公室</author>"
        "<description>&lt;p&gt;本周三&lt;/p&gt;&lt;p&gt;停&lt;b&gt;水&lt;/b&gt;&lt;/p&gt;</description>"
        "<pubDate>Sun, 22 Nov 2026 09:30:00 +0800</pubDate>"
    )
    found = items(read("a.xml", rss(entry).encode()))
    assert [(one.key, one.title, one.body) for one in found] == [
        ("a.xml entry 1", "停水 & 通知", "本周三\n停水")
    ]
    assert (found[0].url, found[0].origin, found[0].author) == ("https://example.cn/1", "县政府网", "办公室")
    assert found[0].published_at == NINE_THIRTY
    assert dict(found[0].extra) == {"entry_id": "g1"}


def test_an_atom_entry_gives_its_fullest_text() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>论坛</title><entry><title>a</title>'
        '<link href="https://example.cn/2"/><summary>短</summary>'
        '<content type="html">&lt;p&gt;更长的正文&lt;/p&gt;</content>'
        "<updated>2026-11-22T01:30:00Z</updated></entry></feed>"
    )
    found = items(read("feed", atom.encode()))
    assert [(one.body, one.url, one.published_at) for one in found] == [
        ("更长的正文", "https://example.cn/2", NINE_THIRTY)
    ]


@pytest.mark.parametrize(
    "written", ["2026-11-22 09:30:00", "2026年11月22日 9:30", "Sun, 22 Nov 2026 09:30:00"]
)
def test_a_time_without_a_zone_is_local(written: str) -> None:
    found = items(read("a.xml", rss(f"<title>a</title><pubDate>{written}</pubDate>").encode()))
    assert found[0].published_at == NINE_THIRTY


def test_an_odd_time_is_kept_as_written_and_never_guessed() -> None:
    found = items(read("a.xml", rss("<title>a</title><pubDate>2026-W47-7T01:30:00Z</pubDate>").encode()))
    assert found[0].published_at is None
    assert found[0].extra["time_as_written"] == "2026-W47-7T01:30:00Z"


def test_a_feed_in_gbk() -> None:
    text = rss("<title>停水通知</title>").replace("?>", ' encoding="gbk"?>', 1)
    assert [one.title for one in items(read("a.xml", text.encode("gbk")))] == ["停水通知"]


def test_a_feed_that_breaks_off_keeps_what_stands_before() -> None:
    whole = rss("<title>一</title>", "<title>二</title>", "<title>三</title>")
    entries = read("a.xml", whole[: whole.index("三")].encode())
    assert [one.title for one in items(entries)][:2] == ["一", "二"]
    assert codes(entries)[-1] == "truncated"


def test_a_feed_that_is_no_proper_xml_is_still_read() -> None:
    entries = read("a.xml", rss("<title>A & B</title><link>https://example.cn/1</link>").encode())
    assert ([one.title for one in items(entries)], codes(entries)) == (["A & B"], [])


def test_a_feed_without_entries_and_an_entry_without_words() -> None:
    assert codes(read("a.xml", rss().encode())) == ["no_rows"]
    assert reasons(read("a.xml", rss("<guid>1</guid>").encode())) == [("a.xml entry 1", "empty_row")]


def test_declared_entities_are_refused() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        + rss("<title>&a;</title>")[21:]
    )
    assert reasons(read("a.xml", bomb.encode())) == [("a.xml", "unsafe_xml")]


def test_only_web_addresses_become_links() -> None:
    found = items(read("a.xml", rss("<title>a</title><link>javascript:alert(1)</link>").encode()))
    assert found[0].url == ""


def test_bytes_that_name_a_file_are_never_opened() -> None:
    assert codes(read("a.xml", b"<rss>/etc/hostname")) == ["truncated"]
