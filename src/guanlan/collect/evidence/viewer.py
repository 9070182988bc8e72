"""A page to look through an evidence pack: no script, no network, captured pages as escaped text only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Nothing but the pack's own pictures is loaded, nothing runs, nothing is sent, even if an escape were forgotten somewhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; base-uri 'none'; form-action 'none'"
)
#: Characters of one page's source shown in the viewer; the whole stands in its file.
MOST_SHOWN = 200_000
_STYLE = """body{font:16px/1.7 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:60rem;
padding:0 1rem;color:#1a2330;background:#fff}h1{font-size:1.5rem}article{border:1px solid #c9d2dc;
border-radius:6px;padding:1rem;margin:1.2rem 0}h2{font-size:1.1rem;margin:0 0 .5rem}nav{margin:1.5rem 0}nav ol{columns:2 24rem;column-gap:3rem;margin:0;overflow-wrap:anywhere}dl{display:grid;
grid-template-columns:9rem 1fr;gap:.2rem 1rem;margin:0 0 .8rem}dt{color:#55616e}dd{margin:0;
overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f7f9;padding:.8rem;
max-height:30rem;overflow:auto;font-size:.85rem}img{max-width:100%;border:1px solid #c9d2dc;display:block;
margin:.5rem 0}"""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One page of a pack: its ``facts`` as (name, value), what it said, its source as received, and pictures of
    it as (path inside the pack, words).
    """

    number: int
    title: str
    facts: tuple[tuple[str, str], ...]
    text: str
    source: str = ""
    pictures: tuple[tuple[str, str], ...] = ()


def viewer_page(title: str, facts: Sequence[tuple[str, str]], exhibits: Sequence[Exhibit]) -> str:
    """The whole page as HTML. Every value is escaped; nothing in it is taken for markup."""
    parts = "\n".join(map(_article, exhibits))
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>{_list(facts)}{_contents(exhibits)}\n{parts}\n</body></html>\n"
    )


def _article(one: Exhibit) -> str:
    source = _fold("原始页面源码（按收到的内容，作为文本显示）", one.source) if one.source else ""
    return (
        f'<article id="n{one.number}"><h2>{one.number}. {escape(one.title)}</h2>{_list(one.facts)}'
        f"{_fold('提取的正文', one.text, opened=True)}{source}{''.join(map(_picture, one.pictures))}</article>"
    )


def _picture(one: tuple[str, str]) -> str:
    path, words = map(escape, one)
    return (
        f"<details><summary>网页截图 {words}</summary>"
        f'<a href="{path}"><img src="{path}" alt="网页截图" loading="lazy"></a></details>'
    )


def _contents(exhibits: Sequence[Exhibit]) -> str:
    lines = "".join(
        f'<li value="{one.number}"><a href="#n{one.number}">{escape(one.title)}</a></li>' for one in exhibits
    )
    return f"<nav><h2>目录</h2><ol>{lines}</ol></nav>" if len(exhibits) > 1 else ""


def _fold(words: str, text: str, *, opened: bool = False) -> str:
    mark = " open" if opened else ""
    return (
        f"<details{mark}><summary>{escape(words)}</summary><pre>{escape(text[:MOST_SHOWN])}</pre></details>"
    )


def _list(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f"<dl>{rows}</dl>"
