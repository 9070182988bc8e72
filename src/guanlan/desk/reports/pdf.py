"""The sheet as PDF. The template is ours; the text goes in as JSON, so that none of it is markup."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typst

import guanlan.packs
from guanlan.desk.reports.sheet import Block, Sheet, pieces

TEMPLATE = Path(__file__).parent / "templates" / "reports" / "brief.typ"
FONTS = Path(guanlan.packs.__file__).parent / "fonts"


def make(sheet: Sheet) -> bytes:
    """One PDF, A4, with the bundled Song face."""
    facts = asdict(sheet)
    facts["verdict"] = _cut(sheet.verdict)
    facts["coverage"] = [_cut(text) for text in sheet.coverage]
    facts["parts"] = [
        {"heading": part.heading, "blocks": [_block(block) for block in part.blocks]} for part in sheet.parts
    ]
    made: bytes = typst.compile(
        str(TEMPLATE), sys_inputs={"sheet": json.dumps(facts)}, font_paths=[str(FONTS)], format="pdf"
    )
    return made


def _block(block: Block) -> dict[str, object]:
    return {
        "text": _cut(block.text),
        "lines": [_cut(line) for line in block.lines],
        "rows": [[_cut(cell) for cell in row] for row in block.rows],
    }


def _cut(text: str) -> list[dict[str, object]]:
    return [{"text": piece, "mark": mark} for piece, mark in pieces(text)]
