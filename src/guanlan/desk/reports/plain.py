"""The sheet as HTML and as Markdown. Everything is escaped; nothing collected becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from guanlan.desk.reports.sheet import Block, Sheet, pieces

#: Characters that are markup anywhere or at the beginning of a line, and the numbers of lists.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&$#^!]|^[-+=:])")
_MARKDOWN_LIST = re.compile(r"^(\d{1,9})([.)])")

STYLE = """
body{font-family:"Songti SC","SimSun","Noto Serif CJK SC",serif;max-width:46em;margin:2em auto;padding:0 1em;
line-height:1.8;color:#1a1a1a}
h1{color:#c00000;text-align:center;letter-spacing:.15em;margin:.2em 0}
h2{font-size:1.1em;margin:1.2em 0 .3em}h3{font-size:1em;margin:.6em 0 0}
.head{display:flex;justify-content:space-between;border-bottom:3px solid #c00000;padding-bottom:.3em}
.issue{text-align:center}p{margin:.2em 0}table{border-collapse:collapse;margin:.5em 0;width:100%}
th,td{border:1px solid #888;padding:.2em .6em;text-align:left}td+td.n{text-align:right}
footer{border-top:1px solid #444;margin-top:1.5em;padding-top:.5em}sup{color:#c00000}
"""


def html(sheet: Sheet) -> bytes:
    """A page of its own, without script and without anything from outside."""
    body = mark_safe("\n".join(_html_lines(sheet)))  # noqa: S308 - every line is built with format_html
    style = mark_safe(STYLE)  # noqa: S308 - our own constant
    page = format_html(
        '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>{}</title><style>{}</style></head>'
        "<body>\n{}\n</body></html>\n",
        sheet.language, f"{sheet.title} {sheet.day}", style, body,
    )  # fmt: skip
    return page.encode()


def markdown(sheet: Sheet) -> bytes:
    """The same as Markdown."""
    return ("\n\n".join(_md_lines(sheet)) + "\n").encode()


def _html_lines(sheet: Sheet) -> Iterator[SafeString]:
    top = f"{sheet.secrecy} · {sheet.draft}" if sheet.draft else sheet.secrecy
    yield format_html("<p>{}</p><h1>{}</h1>", top, sheet.title)
    yield format_html('<p class="issue">{}</p>', sheet.issue)
    yield format_html('<p class="head"><span>{}</span><span>{}</span></p>', sheet.unit, sheet.day)
    yield format_html("<p><strong>{}</strong> {}</p>", sheet.verdict_label, _marked(sheet.verdict))
    for part in sheet.parts:
        yield format_html("<h2>{}</h2>", part.heading)
        for block in part.blocks:
            yield from _html_block(block)
    for text in sheet.coverage:
        yield format_html("<p><small>{}</small></p>", _marked(text))
    for number, note in enumerate(sheet.notes, 1):
        yield format_html("<p><small><sup>[{}]</sup> {}</small></p>", number, note)
    for text in sheet.corrections:
        yield format_html("<p><strong>{}</strong></p>", text)
    lines = [format_html("<p>{}</p>", text) for text in (*sheet.lists, "　".join(sheet.hands)) if text]
    yield format_html("<footer>{}</footer>", mark_safe("".join(lines)))  # noqa: S308 - escaped above


def _html_block(block: Block) -> Iterator[SafeString]:
    if block.rows:
        yield _html_table(block.rows)
    elif block.lines:
        title: str | SafeString = block.text
        if link_safe(block.url):
            title = format_html('<a href="{}" rel="noreferrer">{}</a>', block.url, block.text)
        yield format_html("<h3>{}</h3>", title)
        for line in block.lines:
            yield format_html("<p>{}</p>", _marked(line))
    else:
        yield format_html("<p>{}</p>", _marked(block.text))


def _html_table(rows: tuple[tuple[str, ...], ...]) -> SafeString:
    lines = []
    for place, row in enumerate(rows):
        tag = "td" if place else "th"
        cells = "".join(f"<{tag}>{_marked(cell)}</{tag}>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    return mark_safe(f"<table>{''.join(lines)}</table>")  # noqa: S308 - _marked escapes


def _marked(text: str) -> SafeString:
    parts = [f"<sup>[{piece}]</sup>" if mark else str(escape(piece)) for piece, mark in pieces(text)]
    return mark_safe("".join(parts))  # noqa: S308 - pieces are escaped


def _md_lines(sheet: Sheet) -> Iterator[str]:
    top = f"{sheet.secrecy} · {sheet.draft}" if sheet.draft else sheet.secrecy
    yield _md(top)
    yield f"# {_md(sheet.title)}"
    yield f"{_md(sheet.issue)}　{_md(sheet.unit)}　{_md(sheet.day)}"
    yield f"**{_md(sheet.verdict_label)}** {_md(sheet.verdict)}"
    for part in sheet.parts:
        yield f"## {_md(part.heading)}"
        for block in part.blocks:
            yield from _md_block(block)
    yield from (_md(text) for text in sheet.coverage)
    yield from (f"\\[{number}\\] {_md(note)}" for number, note in enumerate(sheet.notes, 1))
    yield from (f"**{_md(text)}**" for text in sheet.corrections)
    yield "---"
    yield from (_md(text) for text in (*sheet.lists, "　".join(sheet.hands)) if text)


def _md_block(block: Block) -> Iterator[str]:
    if block.rows:
        lines = [" | ".join(_md(cell) for cell in row) for row in block.rows]
        lines.insert(1, " | ".join("---" for _ in block.rows[0]))
        yield "\n".join(f"| {line} |" for line in lines)
    elif block.lines:
        yield f"### {_md(block.text)}"
        yield from (_md(line) for line in block.lines)
    else:
        yield _md(block.text)


def _md(text: str) -> str:
    parts = [f"\\[{piece}\\]" if mark else _MARKDOWN.sub(r"\\\1", piece) for piece, mark in pieces(text)]
    return _MARKDOWN_LIST.sub(r"\1\\\2", "".join(parts))


def link_safe(url: str) -> bool:
    """Whether an address that was collected may become a link: http and https only."""
    try:
        return urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).hostname)
    except ValueError:
        return False
