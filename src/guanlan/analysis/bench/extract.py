"""Speed of extraction alone, in pages and megabytes a second."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, megabytes, page, posts, timed
from guanlan.analysis.extract import extract

#: Paragraphs of a page; with its links it is then as long as a usual one (40 KB).
PARAGRAPHS = 20
MOST_PAGES = 2000


def run(size: int) -> Figures:
    texts = posts(max(1, min(size, MOST_PAGES)))
    pages = [_page(texts, at) for at in range(len(texts))]
    extract(pages[0])
    seconds = timed(lambda: [extract(html) for html in pages])
    return {
        "n": len(pages),
        "seconds": round(seconds, 3),
        "pages_per_second": round(len(pages) / seconds, 1),
        "megabytes_per_second": round(megabytes(pages) / seconds, 1),
    }


def _page(texts: list[str], at: int) -> str:
    """A page of its own text, with scripts and furniture as news pages have them."""
    more = "".join(f"<p>　　{texts[(at + step) % len(texts)]}</p>\n" for step in range(PARAGRAPHS))
    script = "<script>" + "var a = function () { return 1; };\n" * 100 + "</script>"
    blocks = "".join(
        f"<div class='b{n}'>\n  <span>栏目{n}</span>\n  <!-- {n} -->\n</div>\n" for n in range(100)
    )
    return (
        page(texts[at], at)
        .replace("<h1>", script + blocks + "<h1>")
        .replace("</div><ul>", more + "</div><ul>")
    )
