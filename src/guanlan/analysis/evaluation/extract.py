"""How well pages are extracted: text, title, day, and the pace.

Rows carry ``html`` and a gold: ``gold_paragraphs`` (list of texts, the first being the title), or ``gold``,
an object with any of ``title``, ``date`` (YYYY-MM-DD) and ``text``. A metric without gold is left out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from guanlan.analysis.clean import clean
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.report import EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import keep
from guanlan.analysis.extract import extract
from guanlan.analysis.extract.dates import CHINA
from guanlan.analysis.extract.second import guessed_day, second_opinion
from guanlan.analysis.types import Extracted, PageKind

#: A page that cannot be read scores as one without title, text and date.
NOTHING = Extracted("", "", PageKind.ERROR)
#: A page whose host is not known is told by its beginning.
KEY_WINDOW = 400


@dataclass(frozen=True, slots=True)
class _Page:
    """Scores of one page (``None``: no gold) and the seconds it took."""

    text: float | None
    title: float | None
    day: float | None
    seconds: float


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics ``char4_f1``, ``title_exact``, ``day_exact`` (means over pages) and ``pages_per_second``
    (of processor time, on one core).

    ``char4_f1``: F1 of the multisets of character 4-grams, blanks removed. Gold paragraphs begin with the
    title, so there title and body together are compared; with ``gold.text`` the body alone.
    """
    _warm_up()
    pages: list[_Page] = []
    for row in keep(read_rows(paths, "html"), options.rows, key=page_key):
        if options.limit is not None and len(pages) >= options.limit:
            break
        pages.append(_score(row))
    parts: dict[str, Callable[[_Page], float | None]] = {
        "char4_f1": lambda page: page.text,
        "title_exact": lambda page: page.title,
        "day_exact": lambda page: page.day,
    }
    metrics: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    notes: list[str] = []
    for name, part in parts.items():
        scores = [score for page in pages if (score := part(page)) is not None]
        if scores:
            metrics[name], intervals[name] = mean(scores), bootstrap(scores, mean)
            notes.append(f"{name}: {len(scores)} pages")
    if pages:
        metrics["pages_per_second"] = _pace(pages)
        intervals["pages_per_second"] = bootstrap(pages, _pace)
    return EvalReport("extract", len(pages), metrics, intervals, tuple(notes))


def page_key(row: dict[str, Any]) -> str:
    """What tells tuning and validation apart: the page's host, so that no site stands on both sides."""
    host = str(row.get("host") or urlsplit(str(row.get("url") or "")).hostname or "")
    return host or clean(str(row["html"])[:KEY_WINDOW]).text


def read_page(html: str, url: str) -> Extracted:
    """The page as extracted; NOTHING where it is refused."""
    try:
        return extract(html, url)
    except Unreadable:
        return NOTHING


def _warm_up() -> None:
    """Load what is loaded on first need, so that the pace is that of pages and not of imports."""
    extract("<p>warm</p>")
    second_opinion("<p>warm</p>")
    guessed_day("<p>warm</p>", "")


def char4_f1(found: str, gold: str) -> float:
    """F1 of character 4-grams with their counts, blanks removed; texts under four characters count whole."""
    one, two = _grams(found), _grams(gold)
    both = (one & two).total()
    return 2 * both / (one.total() + two.total()) if both else 0.0


def _grams(text: str) -> Counter[str]:
    packed = "".join(text.split())
    return Counter(packed[at : at + 4] for at in range(max(1, len(packed) - 3))) if packed else Counter()


def _pace(pages: Sequence[_Page]) -> float:
    seconds = sum(page.seconds for page in pages)
    return len(pages) / seconds if seconds else 0.0


def _score(row: dict[str, Any]) -> _Page:
    begun = time.process_time()
    found = read_page(str(row["html"]), str(row.get("url") or ""))
    seconds = time.process_time() - begun
    paragraphs = row.get("gold_paragraphs")
    if isinstance(paragraphs, list) and paragraphs:
        gold = "\n".join(map(str, paragraphs))
        title = _same_title(found.title, str(paragraphs[0]))
        return _Page(char4_f1(f"{found.title}\n{found.body}", gold), title, None, seconds)
    labels = row.get("gold")
    if not isinstance(labels, dict):
        return _Page(None, None, None, seconds)
    text = char4_f1(found.body, str(labels["text"])) if labels.get("text") else None
    named = _same_title(found.title, str(labels["title"])) if labels.get("title") else None
    return _Page(text, named, _same_day(found, str(labels["date"])) if labels.get("date") else None, seconds)


def _same_title(found: str, gold: str) -> float:
    one, two = ("".join(clean(text).text.split()) for text in (found, gold))
    return float(one == two)


def _same_day(found: Extracted, gold: str) -> float:
    if found.published_at is None:
        return 0.0
    return float(found.published_at.astimezone(CHINA).date().isoformat() == gold[:10])
