"""ZIP archives, honest and hostile."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from guanlan.collect.files import ReadOptions, read_path
from guanlan.collect.files.zips import is_litter, is_unsafe, member_name
from tests.collect.files.samples import PAGE, codes, items, jsonl, read, reasons, workbook, zipped


def test_members_of_all_kinds_in_the_order_of_the_archive() -> None:
    archive = zipped(
        {"pages/2.html": PAGE, "表.xlsx": workbook({"s": [["标题"], ["一"]]}), "a.jsonl": jsonl(2)}
    )
    assert [one.key for one in items(read("a.zip", archive))] == [
        "a.zip/pages/2.html",
        "a.zip/表.xlsx s row 2",
        "a.zip/a.jsonl row 1",
        "a.zip/a.jsonl row 2",
    ]


def test_one_archive_in_another_is_read_and_a_third_is_not() -> None:
    inner = zipped({"1.html": PAGE})
    middle = zipped({"inner.zip": inner, "2.html": PAGE})
    assert [one.key for one in items(read("a.zip", middle))] == ["a.zip/inner.zip/1.html", "a.zip/2.html"]
    entries = read("a.zip", zipped({"middle.zip": middle}))
    assert reasons(entries) == [("a.zip/middle.zip/inner.zip", "zip_bomb")]
    assert len(items(entries)) == 1


@pytest.mark.parametrize(
    "name",
    ["../evil.html", "a/../../evil.html", "/etc/evil.html", "C:/evil.html", "c:evil.html", "..\\evil.html"],
)
def test_paths_that_lead_out_are_refused_and_the_rest_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({name: PAGE, "good.html": PAGE}))
    entries = list(read_path(tmp_path / "a.zip"))
    assert codes(entries) == ["unsafe_path"]
    assert [one.key for one in items(entries)] == ["a.zip/good.html"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    assert not is_unsafe("a..b/c.html")


def test_a_link_in_an_archive_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.html")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert codes(read("a.zip", out.getvalue())) == ["unsafe_path"]


def test_an_encrypted_member_is_named_and_the_rest_read() -> None:
    archive = bytearray(zipped({"secret.html": PAGE, "open.html": PAGE}))
    archive[6] |= 1  # the flag in the local header, then in the list
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    entries = read("a.zip", bytes(archive))
    assert reasons(entries) == [("a.zip/secret.html", "encrypted")]
    assert len(items(entries)) == 1


def test_a_bomb_among_the_members_is_not_opened_and_the_rest_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanlan.collect.files.streams.BOMB_BYTES", 1_000_000)
    entries = read("a.zip", zipped({"bomb.txt": b"0" * 3_000_000, "good.html": PAGE}))
    assert reasons(entries) == [("a.zip/bomb.txt", "zip_bomb")]
    assert len(items(entries)) == 1


def test_many_small_bombs_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanlan.collect.files.streams.BOMB_BYTES", 1_000_000)
    entries = read("a.zip", zipped({f"{number}.txt": b"0" * 900_000 for number in range(5)}))
    assert reasons(entries) == [("a.zip", "zip_bomb")]


def test_a_list_that_lies_about_sizes_does_not_get_more_than_the_limit() -> None:
    archive = bytearray(zipped({"1.txt": b"0" * 400_000, "2.html": PAGE}))
    struct.pack_into("<I", archive, archive.index(b"PK\x01\x02") + 24, 100)
    entries = read("a.zip", bytes(archive), ReadOptions(max_unpacked=50_000))
    assert len(items(entries)) + len(codes(entries)) == 2
    assert all(len(one.content or one.body) <= 400 for one in items(entries))


def test_more_bytes_than_allowed_in_all_are_refused_before_unpacking() -> None:
    archive = zipped({f"{number}.jsonl": jsonl(50) for number in range(10)})
    assert reasons(read("a.zip", archive, ReadOptions(max_unpacked=5_000))) == [("a.zip", "zip_bomb")]


def test_what_nested_archives_unpack_counts_for_the_outer_one() -> None:
    inner = zipped({"1.jsonl": jsonl(200)})
    archive = zipped({f"{number}.zip": inner for number in range(5)})
    entries = read("a.zip", archive, ReadOptions(max_unpacked=len(inner) * 5 + len(jsonl(200)) * 2))
    assert "zip_bomb" in codes(entries)
    assert 200 <= len(items(entries)) < 600


def test_too_many_members_are_refused_by_the_end_record_alone() -> None:
    archive = zipped({f"{number}.txt": b"x" for number in range(30)})
    assert reasons(read("a.zip", archive, ReadOptions(max_members=20))) == [("a.zip", "zip_bomb")]
    short = bytearray(archive)
    struct.pack_into("<I", short, short.rindex(b"PK\x05\x06") + 12, 200_000_000)
    assert codes(read("a.zip", bytes(short))) == ["zip_bomb"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_an_archive_that_breaks_off_keeps_its_whole_members(packing: int) -> None:
    archive = zipped({"1.html": PAGE, "a.jsonl": jsonl(300), "2.html": PAGE * 30}, packing)
    entries = read("a.zip", archive[: archive.index(b"2.html") + 20])
    assert codes(entries)[-1] == "truncated"
    assert [one.key for one in items(entries)][:2] == ["a.zip/1.html", "a.zip/a.jsonl row 1"]
    assert len(items(entries)) == 301


def test_damage_in_one_member_leaves_the_others() -> None:
    archive = bytearray(zipped({"1.html": PAGE * 20, "2.html": PAGE}, zipfile.ZIP_STORED))
    archive[200] ^= 0xFF
    entries = read("a.zip", bytes(archive))
    assert reasons(entries) == [("a.zip/1.html", "damaged")]
    assert [one.key for one in items(entries)] == ["a.zip/2.html"]


def test_a_packing_method_that_is_not_read() -> None:
    assert codes(read("a.zip", zipped({"1.html": PAGE}, zipfile.ZIP_LZMA))) == ["unknown_format"]
    assert codes(read("a.zip", zipped({"1.html": PAGE}, zipfile.ZIP_BZIP2))) == []


def test_names_written_by_chinese_systems() -> None:
    member = zipfile.ZipInfo("停水.html".encode("gb18030").decode("cp437"))
    assert member_name(member) == "停水.html"
    assert member_name(zipfile.ZipInfo("dir\\page.html")) == "dir/page.html"


def test_parts_of_saved_pages_and_litter_are_passed_over() -> None:
    archive = zipped(
        {"p.html": PAGE, "p_files/a.css": b"x", "__MACOSX/._p.html": b"x", "p_files/b.png": b"\x89PNG"}
    )
    entries = read("a.zip", archive)
    assert (len(items(entries)), codes(entries)) == (1, [])
    assert is_litter("x/Thumbs.db")
    assert not is_litter("x/news.csv")


def test_an_archive_without_anything_to_read_says_so() -> None:
    assert codes(read("a.zip", zipped({}))) == ["no_items"]
    assert codes(read("a.zip", zipped({"a.css": b"x", "empty/": b""}))) == ["no_items"]


def test_other_office_files_are_named() -> None:
    document = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    entries = read("a.docx", document)
    assert reasons(entries) == [("a.docx", "unknown_format")]
    assert entries[0].detail == "docx"  # type: ignore[union-attr]
