"""The same words in every format; nothing collected becomes markup, and nothing breaks the paper."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document as Word
from docx.oxml.ns import qn

from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.reports import pdf, services, word
from guanlan.desk.reports.content import from_json
from guanlan.desk.reports.errors import UnknownFormat
from guanlan.desk.reports.models import Report
from guanlan.desk.reports.papers import FORMATS, NAME_BYTES, file_name, render, sheet
from guanlan.desk.reports.plain import html, link_safe, markdown
from guanlan.desk.reports.sheet import MARK, UNMARK, Block, Part, Sheet, pieces
from guanlan.desk.sources.models import Source
from tests.desk.reports.conftest import World, looked

Make = Callable[..., Document]
People = dict[str, User]

HOSTILE = (
    '#let x = panic() *粗* _斜_ $x^2$ @引用 <标签> #image("/etc/passwd") `代码` \\\\ // 注 /* */',
    "<script>alert(1)</script>&amp;<img src=x onerror=alert(1)>",
    "坏\x00字\x01符\x08\x0b\x0c\x1f\x7f\ud800\ufffe尾",
    "\u202e倒写\u2066隔离\u200b零宽",
    f"假脚注{MARK}9{UNMARK}",
    "很长" * 400,
    "| 表 | 格 |\n---\n# 标题\n- 项",
    "{{7*7}}{% load x %}%(name)s %s {0}",
    "𠮷野家 emoji 😀 ᠮᠣᠩᠭᠣᠯ العربية",
)


@pytest.fixture
def draft(world: World, body: Unit, people: People, day: date, now: datetime) -> Report:
    return services.brief_make(unit=body, day=day, actor=people["reviewer"], now=now)


def bare(**fields: Any) -> Sheet:
    values: dict[str, Any] = {
        "language": "zh-hans",
        "title": "舆情日报",
        "secrecy": "内部资料",
        "issue": "第 1 期",
        "unit": "网信办",
        "day": "2026年11月23日",
        "verdict_label": "平稳",
        "verdict": "好。",
        "parts": (),
        "coverage": (),
        "notes": (),
        "corrections": (),
        "lists": (),
        "hands": (),
        "draft": "",
    }
    return Sheet(**{**values, **fields})


def words_of(paper: bytes) -> str:
    """All text of a .docx, in order."""
    with zipfile.ZipFile(BytesIO(paper)) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    return "".join(node.text or "" for node in root.iter(qn("w:t")))


def lines_of(one: Sheet) -> list[str]:
    """Every sentence of a sheet."""
    found = [one.title, one.secrecy, one.issue, one.unit, one.day, one.verdict_label, one.verdict, one.draft]
    for part in one.parts:
        found.append(part.heading)
        for block in part.blocks:
            found += [block.text, *block.lines, *(cell for row in block.rows for cell in row)]
    return [
        line for line in (*found, *one.coverage, *one.notes, *one.corrections, *one.lists, *one.hands) if line
    ]


def test_word_holds_every_sentence_of_the_sheet_in_order(draft: Report) -> None:
    text = words_of(render(draft, "docx"))
    place = 0
    for line in lines_of(sheet(draft)):
        for piece, mark in pieces(line):
            found = text.find(f"[{piece}]" if mark else piece.replace("\t", ""))
            assert found >= 0, piece
            place = max(place, found)
    assert place > 200


def test_word_names_an_east_asian_face_for_every_run(draft: Report) -> None:
    document = Word(BytesIO(render(draft, "docx")))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    paragraphs = [*document.paragraphs, *(paragraph for cell in cells for paragraph in cell.paragraphs)]
    faces = [
        run._element.rPr.rFonts.get(qn("w:eastAsia")) for paragraph in paragraphs for run in paragraph.runs
    ]
    assert len(faces) > 40
    assert set(faces) == {word.SONG, word.HEI, word.FANG}


def test_word_is_laid_out_as_an_official_paper(draft: Report) -> None:
    document = Word(BytesIO(render(draft, "docx")))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert [round(side.mm) for side in (section.top_margin, section.left_margin, section.right_margin)] == [
        35,
        28,
        26,
    ]
    title = next(row for row in document.paragraphs if row.text == sheet(draft).title).runs[0]
    assert (title.font.color.rgb, title.font.bold) == (word.RED, True)
    heading = next(row for row in document.paragraphs if row.text == sheet(draft).parts[0].heading).runs[0]
    assert heading.font.size == word.THREE
    assert "PAGE" in section.footer.paragraphs[0]._element.xml
    assert 'w:color="C00000"' in document.element.xml  # the red rule


def test_an_edited_figure_is_marked_and_the_counted_one_stands_in_a_note(
    draft: Report, people: People, now: datetime
) -> None:
    report = services.brief_edit(
        report=draft, changes={"kept": 4567}, version=1, actor=people["reviewer"], now=now
    )
    made = sheet(report)
    assert f"4,567{MARK}1{UNMARK}" in made.parts[0].blocks[0].text
    assert len(made.notes) == 1
    assert "12" in made.notes[0]
    assert "4,567[1]" in words_of(render(report, "docx"))
    assert "4,567<sup>[1]</sup>" in render(report, "html").decode()
    assert "4,567\\[1\\]" in render(report, "md").decode()
    marked = [
        run
        for row in Word(BytesIO(render(report, "docx"))).paragraphs
        for run in row.runs
        if run.text == "[1]"
    ]
    assert len(marked) == 2  # beside the figure and before the note
    assert all(run.font.superscript for run in marked)


def test_a_proposal_of_the_machine_is_called_one_and_a_confirmed_level_names_who(
    draft: Report, body: Unit, people: People, day: date, now: datetime
) -> None:
    first = sheet(draft, "en").parts[1].blocks[0]
    assert "proposed by the machine, not confirmed" in first.lines[1]
    Event.objects.update(level="II", level_by=people["approver"])
    again = services.brief_make(unit=body, day=day, actor=None, now=now)
    made = sheet(again, "en")
    assert "II major (confirmed by Approver)" in made.parts[1].blocks[0].lines[1]
    assert "proposed" not in made.verdict
    assert "Not registered as an event" in made.parts[1].blocks[1].lines[1]


def test_an_unknown_sum_is_unknown_not_zero(draft: Report) -> None:
    assert "likes: unknown" in sheet(draft, "en").parts[1].blocks[1].lines[0]


def test_an_empty_day_says_how_many_sources_were_checked(
    body: Unit, source: Source, day: date, now: datetime
) -> None:
    looked(source, now - timedelta(hours=1))
    made = sheet(services.brief_make(unit=body, day=day, actor=None, now=now), "en")
    assert made.parts[0].blocks[0].text == "Nothing came in; 1 sources were checked, in 1 hours."
    assert made.parts[1].blocks[0].text == "No event and no group of texts stands out."
    assert made.verdict_label == "A steady day"


def test_nothing_negative_says_how_many_sources_were_checked(
    body: Unit, source: Source, make_document: Make, day: date, now: datetime
) -> None:
    make_document(tone="positive")
    looked(source, now - timedelta(hours=1))
    made = sheet(services.brief_make(unit=body, day=day, actor=None, now=now), "en")
    assert made.parts[0].blocks[1].text == "Nothing negative was found; 1 sources were checked, in 1 hours."


def test_a_draft_says_so_and_an_issued_brief_has_its_number_and_corrections(
    draft: Report, people: People, now: datetime
) -> None:
    assert sheet(draft, "en").draft == "Draft, not issued"
    services.brief_issue(report=draft, actor=people["approver"], now=now)
    report = services.correction_add(
        report=draft, text="kept should read 13", actor=people["approver"], now=now
    )
    made = sheet(report, "en")
    assert (made.draft, made.issue) == ("", "No. 1")
    assert made.corrections == ("2026-11-23 10:00, Approver: kept should read 13",)
    assert "kept should read 13" in words_of(render(report, "docx"))


def test_what_people_wrote_stands_on_the_paper(draft: Report, people: People, now: datetime) -> None:
    changes = {
        "head.title": "云川舆情",
        "verdict": "请留意供水",
        "judgement": "一\n二",
        "tail.report_to": "县委办",
        f"{services.brief_read(draft).focus[0].key}.note": "已派人",
    }
    report = services.brief_edit(report=draft, changes=changes, version=1, actor=people["reviewer"], now=now)
    made = sheet(report)
    assert (made.title, made.verdict) == ("云川舆情", "请留意供水")
    assert [block.text for block in made.parts[4].blocks] == ["一", "二"]
    assert made.parts[1].blocks[0].lines[-1] == "已派人"
    assert made.lists[0].endswith("县委办")


@pytest.mark.parametrize("form", list(FORMATS))
def test_hostile_words_are_printed_as_words(
    form: str, world: World, body: Unit, people: People, day: date, now: datetime
) -> None:
    for number, text in enumerate(HOSTILE):
        clean = text.encode("utf-8", "replace").decode().replace("\x00", "")
        event = Event.objects.create(
            unit=body,
            title=clean[:200],
            year=2026,
            number=100 + number,
            opened_by=people["reviewer"],
            opened_at=now,
        )
        event.items.create(document=world.documents[number], at=now)
    Source.objects.update(name=HOSTILE[1][:100])
    report = services.brief_make(unit=body, day=day, actor=None, now=now)
    changes = {
        "judgement": "\n".join(HOSTILE),
        "verdict": HOSTILE[0],
        "tail.phone": HOSTILE[2],
        "head.title": HOSTILE[5],
    }
    report = services.brief_edit(
        report=report, changes=changes, version=report.version, actor=people["reviewer"], now=now
    )
    paper = render(report, form)
    assert paper
    if form == "html":
        assert b"<script" not in paper
        assert b"<img" not in paper
    if form == "docx":
        assert "#let x = panic()" in words_of(paper)
    if form == "pdf":
        assert paper.startswith(b"%PDF-")
    if form == "md":
        assert not any(
            line.startswith(("---\n", "# 标", "- 项")) for line in paper.decode().splitlines()[8:-6]
        )
    if form == "json":
        assert from_json(json.loads(paper)["brief"]) == services.brief_read(report)


@pytest.mark.parametrize("text", HOSTILE[:2] + HOSTILE[7:])
def test_typst_shows_markup_as_text_and_reads_no_file(text: str) -> None:
    plain = pdf.make(bare(parts=(Part("一", (Block("好"),)),)))
    paper = pdf.make(
        bare(parts=(Part(text, (Block(text), Block(text, lines=(text,)))),), title=text, unit=text)
    )
    assert paper.startswith(b"%PDF-")
    assert paper.rstrip().endswith(b"%%EOF")
    assert len(paper) > len(plain)  # more glyphs are drawn: nothing was swallowed as a comment or command


def test_the_same_sheet_embeds_the_bundled_song_face() -> None:
    assert b"NotoSerifSC" in pdf.make(bare())


@pytest.mark.parametrize("make", [word.make, pdf.make, html, markdown])
def test_far_too_much_is_still_a_paper(make: Callable[[Sheet], bytes]) -> None:
    rows = (
        ("编号", "事件", "等级", "状态", "负责人"),
        *[(f"E-{n:04d}", "事" * 60, "Ⅲ级", "研判", "王") for n in range(300)],
    )
    long = bare(
        parts=(Part("三、在办", (Block(rows=rows),)),), unit="单位" * 60, lists=("报：" + "县委办、" * 200,)
    )
    assert len(make(long)) > len(make(bare()))


def test_html_is_whole_and_links_only_to_web_addresses(draft: Report) -> None:
    one = bare(
        parts=(
            Part(
                "二",
                (
                    Block("甲", lines=("x",), url="https://bbs.example/1?a=1&b=2"),
                    Block("乙", lines=("y",), url="javascript:alert(1)"),
                ),
            ),
        )
    )
    page = html(one).decode()
    assert '<a href="https://bbs.example/1?a=1&amp;b=2" rel="noreferrer">甲</a>' in page
    assert "javascript:" not in page
    assert page.startswith("<!doctype html>")
    assert page.count("<table>") == 0
    assert "</html>" in render(draft, "html").decode()


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("http://a.example/", True),
        ("https://a.example/", True),
        ("javascript:alert(1)", False),
        ("", False),
        ("data:text/html,x", False),
        ("http://[bad", False),
        ("//a.example", False),
        ("https://", False),
    ],
)
def test_only_web_addresses_may_become_links(url: str, safe: bool) -> None:
    assert link_safe(url) is safe


def test_markdown_escapes_what_would_be_markup() -> None:
    lines = ("# 题", "- 项", "1. 项", "2026. 年", "a*b_c`d", "| x |", "[l](u)", "=====", "11-23 10:00.")
    page = markdown(bare(parts=(Part("二", tuple(Block(line) for line in lines)),))).decode()
    assert [line for line in page.split("\n\n") if line.startswith(("\\", "1", "2", "a"))] == [
        "\\# 题",
        "\\- 项",
        "1\\. 项",
        "2026\\. 年",
        "a\\*b\\_c\\`d",
        "\\| x \\|",
        "\\[l\\](u)",
        "\\=====",
        "11-23 10:00.",
    ]


def test_json_holds_the_blocks_with_their_queries(draft: Report) -> None:
    facts = json.loads(render(draft, "json"))
    assert (facts["unit"], facts["day"], facts["issue"], facts["state"]) == (
        "yunchuan",
        "2026-11-23",
        None,
        "draft",
    )
    assert facts["brief"]["numbers"]["kept"]["query"]["from"] == "2026-11-23"


def test_an_unknown_format_is_named(draft: Report) -> None:
    with pytest.raises(UnknownFormat, match="odt"):
        render(draft, "odt")


@pytest.mark.parametrize(
    ("unit", "start"),
    [("云川县网信办", "云川县网信办-"), ("a/../b:c*?", "a_.._b_c__-"), ("..", "-"), ("长" * 120, "长")],
)
def test_file_names_stay_in_their_folder(unit: str, start: str, draft: Report) -> None:
    draft.unit.name = unit
    name = file_name(draft, "docx")
    assert name.startswith(start)
    assert name.endswith("2026-11-23.docx")
    assert "/" not in name
    assert len(name.encode()) <= NAME_BYTES + 5


def test_the_paper_is_chinese_unless_asked_otherwise(draft: Report) -> None:
    assert sheet(draft).language == "zh-hans"
    assert sheet(draft, "en").parts[0].heading == "1. Figures"
