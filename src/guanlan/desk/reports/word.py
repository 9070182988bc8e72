"""The sheet as a Word file, laid out as official papers are.

Sizes are those of Chinese typesetting: 三号 16 pt, 四号 14 pt, 五号 10.5 pt (domain 5: title 三号黑体,
text 四号宋体). Each style names its East Asian face too, else Word takes another one.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from guanlan.desk.reports.sheet import Block, Sheet, pieces

SONG, HEI, FANG = "宋体", "黑体", "仿宋"
LATIN = "Times New Roman"
THREE, FOUR, FIVE = Pt(16), Pt(14), Pt(10.5)
RED = RGBColor(0xC0, 0x00, 0x00)
#: A4 and the margins of GB/T 9704, the bottom one drawn in for the page number.
PAGE = {"page_width": Mm(210), "page_height": Mm(297)}
MARGINS = {
    "top_margin": Mm(35), "bottom_margin": Mm(30), "left_margin": Mm(28), "right_margin": Mm(26),
    "footer_distance": Mm(15),
}  # fmt: skip
TEXT_WIDTH = Mm(156)
LINE = Pt(26)
#: Width of a table's columns in mm by their number: kinds of source, events in hand.
COLUMNS = {3: (76, 40, 40), 5: (18, 46, 38, 16, 38)}
#: The table of kinds of source has three columns; its numbers stand in the middle.
KINDS = 3
#: A longer name is set smaller, to stay on one line or two.
NAME_MOST = 12
NAME_SIZE, NAME_SIZE_LONG = Pt(36), Pt(22)


def make(sheet: Sheet) -> bytes:
    """One .docx."""
    document = Document()
    _page(document, sheet)
    _head(document, sheet)
    _verdict(document, sheet)
    for part in sheet.parts:
        heading = _line(document, part.heading, face=HEI, size=THREE)
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(6)
        for block in part.blocks:
            _block(document, block)
    _notes(document, sheet)
    _tail(document, sheet)
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _page(document: Any, sheet: Sheet) -> None:
    section = document.sections[0]
    for name, value in {**PAGE, **MARGINS}.items():
        setattr(section, name, value)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, FOUR
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), SONG)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = LINE
    facts = document.core_properties
    facts.title, facts.author, facts.comments = f"{sheet.title} {sheet.day}"[:255], sheet.unit[:255], ""
    facts.language = sheet.language
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(footer, "— ", size=FIVE)
    _field(_run(footer, "", size=FIVE), "PAGE")
    _run(footer, " —", size=FIVE)


def _head(document: Any, sheet: Sheet) -> None:
    """报头: secrecy, red name, issue, unit and day over a red rule."""
    top = _line(document, f"{sheet.secrecy}\t{sheet.draft}" if sheet.draft else sheet.secrecy, face=HEI)
    top.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    size = NAME_SIZE if len(sheet.title) <= NAME_MOST else NAME_SIZE_LONG
    name = _line(document, sheet.title, face=SONG, size=size, bold=True, colour=RED)
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    name.paragraph_format.line_spacing = 1.2
    name.paragraph_format.space_before = Pt(18)
    issue = _line(document, sheet.issue, face=FANG, size=THREE)
    issue.alignment = WD_ALIGN_PARAGRAPH.CENTER
    issue.paragraph_format.space_after = Pt(8)
    foot = _line(document, f"{sheet.unit}\t{sheet.day}", face=FANG)
    foot.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    foot.paragraph_format.space_after = Pt(10)
    _rule(foot, "bottom", "C00000", 18)


def _verdict(document: Any, sheet: Sheet) -> None:
    paragraph = document.add_paragraph()
    _run(paragraph, f"{sheet.verdict_label}　", face=HEI, size=THREE)
    _pieces(paragraph, sheet.verdict)


def _block(document: Any, block: Block) -> None:
    if block.rows:
        _table(document, block.rows)
        return
    if not block.lines:
        _body(document, block.text)
        return
    title = _line(document, block.text, face=HEI)
    title.paragraph_format.keep_with_next = True
    for line in block.lines:
        _body(document, line)


def _body(document: Any, text: str, *, size: Any = FOUR) -> Any:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = 2 * size
    _pieces(paragraph, text, size=size)
    return paragraph


def _table(document: Any, rows: tuple[tuple[str, ...], ...]) -> None:
    document.add_paragraph().paragraph_format.line_spacing = Pt(4)
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = COLUMNS.get(len(rows[0])) or (156 // len(rows[0]),) * len(rows[0])
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for place, row in enumerate(rows):
        cells = table.add_row().cells
        for column, text in enumerate(row):
            cells[column].width = Mm(widths[column])
            cells[column].vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            paragraph = cells[column].paragraphs[0]
            paragraph.paragraph_format.line_spacing = 1.15
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
            if not place or (column and len(row) == KINDS):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _pieces(paragraph, text, size=FIVE, face=SONG if place else HEI)
    _repeat(table.rows[0])
    for line in table.rows:
        _whole(line)
    document.add_paragraph().paragraph_format.line_spacing = Pt(8)


def _notes(document: Any, sheet: Sheet) -> None:
    """Coverage, footnotes of edited figures, corrections."""
    for place, text in enumerate(sheet.coverage):
        paragraph = _small(document, text)
        if place == 0:
            paragraph.paragraph_format.space_before = Pt(12)
            _rule(paragraph, "top", "808080", 4)
    for number, note in enumerate(sheet.notes, 1):
        paragraph = _small(document, "")
        _mark(paragraph, str(number), FIVE)
        _run(paragraph, f" {note}", size=FIVE)
    for text in sheet.corrections:
        _line(document, text, face=HEI, colour=RED)


def _tail(document: Any, sheet: Sheet) -> None:
    """报尾: who it goes to, between two rules, and whose hands it went through."""
    lines = [*sheet.lists, "　".join(sheet.hands)]
    lines = [line for line in lines if line]
    for place, text in enumerate(lines):
        paragraph = _line(document, text, face=FANG, size=Pt(12))
        paragraph.paragraph_format.keep_together = True
        paragraph.paragraph_format.keep_with_next = place < len(lines) - 1
        if place == 0:
            paragraph.paragraph_format.space_before = Pt(18)
        # Neighbours with the same borders are one box to Word, with a rule between its lines.
        for side in ("top", "bottom", "between"):
            _rule(paragraph, side, "000000", 8)


def _small(document: Any, text: str) -> Any:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = 1.25
    _pieces(paragraph, text, size=FIVE)
    return paragraph


def _line(
    document: Any, text: str, *, face: str = SONG, size: Any = FOUR, bold: bool = False, colour: Any = None
) -> Any:
    paragraph = document.add_paragraph()
    run = _run(paragraph, text, face=face, size=size)
    run.font.bold = bold or None
    if colour is not None:
        run.font.color.rgb = colour
    return paragraph


def _pieces(paragraph: Any, text: str, *, size: Any = FOUR, face: str = SONG) -> None:
    for piece, mark in pieces(text):
        if mark:
            _mark(paragraph, piece, size)
        else:
            _run(paragraph, piece, size=size, face=face)


def _mark(paragraph: Any, number: str, size: Any) -> None:
    run = _run(paragraph, f"[{number}]", size=size)
    run.font.superscript = True
    run.font.color.rgb = RED


def _run(paragraph: Any, text: str, *, face: str = SONG, size: Any = FOUR) -> Any:
    run = paragraph.add_run(text)
    run.font.size = size
    run.font.name = LATIN
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)
    return run


def _field(run: Any, name: str) -> None:
    """A field that Word works out, such as the page number."""
    for kind in ("begin", None, "end"):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.set(qn("xml:space"), "preserve")
            element.text = name
        run._element.append(element)


def _rule(paragraph: Any, side: str, colour: str, eighths: int) -> None:
    """A line above or below a paragraph, ``eighths`` of a point thick."""
    properties = paragraph._element.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
    line = OxmlElement(f"w:{side}")
    for name, value in {"val": "single", "sz": str(eighths), "space": "4", "color": colour}.items():
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _repeat(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
