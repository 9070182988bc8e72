"""The index of an evidence pack as a Word file: a numbered list of what is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FACE, HEAD_FACE = "宋体", "黑体"
#: Widths of columns, mm; the page holds 160.
_FACTS_MM, _CONTENTS_MM = (28, 132), (12, 78, 34, 36)
#: Characters of one text that stand in the index; the whole stands in its own file.
EXCERPT = 300
#: In the table of contents the first words must do.
_BRACKET = re.compile("[（；]")
#: What XML cannot hold, and lone halves of characters.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One document: title, (name, value) facts, what it says."""

    title: str
    facts: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Index:
    """The whole list with the facts of the event."""

    title: str
    facts: tuple[tuple[str, str], ...]
    rows: tuple[IndexRow, ...]


def index_file(index: Index, now: datetime) -> bytes:
    """One .docx on A4: facts, a table of contents, then each document; pages are numbered."""
    document = Document()
    document.core_properties.created = document.core_properties.modified = now.astimezone(UTC)
    document.core_properties.title = _plain(index.title)
    _set_page(document)
    document.add_heading(_plain(index.title), level=1)
    _facts(document, index.facts)
    if index.rows:
        document.add_heading("目录", level=2)
        _contents(document, index.rows)
    for number, row in enumerate(index.rows, start=1):
        document.add_heading(_plain(f"{number}. {row.title}"), level=2)
        _facts(document, (*row.facts, ("摘录", _excerpt(row.text))))
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(25)
    for name, face, size in (
        ("Normal", FACE, 10.5),
        ("Heading 1", HEAD_FACE, 18),
        ("Heading 2", HEAD_FACE, 12),
    ):
        style = document.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for mark in list(fonts.attrib):  # those of the theme would win over ours
            del fonts.attrib[mark]
        for script in ("ascii", "hAnsi", "eastAsia"):
            fonts.set(qn(f"w:{script}"), face)
    _number(section.footer.paragraphs[0])


def _number(paragraph: Any) -> None:
    """第 n 页，共 m 页, counted by the reader's own program."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for words, field in (("第 ", "PAGE"), (" 页，共 ", "NUMPAGES"), (" 页", "")):
        paragraph.add_run(words).font.size = Pt(9)
        if field:
            counted = OxmlElement("w:fldSimple")
            counted.set(qn("w:instr"), field)
            paragraph._p.append(counted)


def _contents(document: Any, rows: tuple[IndexRow, ...]) -> None:
    table = _table(document, _CONTENTS_MM, rows=1, style="Table Grid")
    _fill(table.rows[0], ("序号", "标题", "来源", "原件"), _CONTENTS_MM, bold=True)
    for number, row in enumerate(rows, start=1):
        said = dict(row.facts)
        _fill(
            table.add_row(),
            (str(number), row.title, said.get("来源", ""), _BRACKET.split(said.get("原件", ""))[0]),
            _CONTENTS_MM,
        )


def _facts(document: Any, facts: tuple[tuple[str, str], ...]) -> None:
    """Names at the left, so that long addresses and digests break in their own column."""
    table = _table(document, _FACTS_MM)
    for name, value in facts:
        row = table.add_row()
        _fill(row, (name, value), _FACTS_MM)
        row.cells[0].paragraphs[0].runs[0].bold = True


def _table(document: Any, widths: tuple[int, ...], **form: Any) -> Any:
    """Widths stand in the grid and in each cell: programs differ in which of them they read."""
    table = document.add_table(**{"rows": 0, "cols": len(widths), **form})
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table


def _fill(row: Any, texts: tuple[str, ...], widths: tuple[int, ...], *, bold: bool = False) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, text, width in zip(row.cells, texts, widths, strict=True):
        cell.width = Mm(width)
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(_plain(text)).bold = bold


def _excerpt(text: str) -> str:
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}……（全文见 texts）"


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
