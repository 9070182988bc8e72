"""The index of an evidence pack as a Word file: a numbered list of what is in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

FACE = "宋体"
#: Characters of one text that stand in the index; the whole stands in its own file.
EXCERPT = 300
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
    """One .docx."""
    document = Document()
    document.core_properties.created = document.core_properties.modified = now.astimezone(UTC)
    document.core_properties.title = _plain(index.title)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FACE, Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FACE)
    document.add_heading(_plain(index.title), level=1)
    _facts(document, index.facts)
    for number, row in enumerate(index.rows, start=1):
        document.add_heading(_plain(f"{number}. {row.title}"), level=2)
        _facts(document, (*row.facts, ("摘录", row.text[:EXCERPT])))
    kept = BytesIO()
    document.save(kept)
    return kept.getvalue()


def _facts(document: object, facts: tuple[tuple[str, str], ...]) -> None:
    for name, value in facts:
        paragraph = document.add_paragraph()  # type: ignore[attr-defined]
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(f"{name}：").bold = True
        paragraph.add_run(_plain(value))


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
