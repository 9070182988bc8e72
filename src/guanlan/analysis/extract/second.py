"""Second opinions for pages where the fast path is unsure: slower by far, asked rarely."""

from __future__ import annotations

import logging
import warnings
from datetime import UTC, datetime

from guanlan.analysis.extract.body import keep_lines
from guanlan.analysis.extract.dates import CHINA, FIRST_YEAR, LAST_YEAR
from guanlan.analysis.extract.outline import outline, parse

#: Readability takes 0.4 s a million characters; a page beyond this keeps the fast path's answer.
MAX_SECOND = 1_000_000

_SILENT = ("readability", "readability.readability", "htmldate", "htmldate.core", "htmldate.utils")


def _quiet() -> None:
    """Both libraries log every odd page as an error; an odd page is our ordinary input."""
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def second_opinion(html: str) -> tuple[str, ...]:
    """Lines of text that readability-lxml finds; none where it fails."""
    if len(html) > MAX_SECOND:
        return ()
    from readability import Document

    _quiet()
    try:
        summary = Document(html).summary(html_partial=True)
    except Exception:
        # The library raises whatever lxml and its own guesses raise on broken pages: no second opinion then.
        return ()
    page = outline(parse(summary.encode("utf-8", "replace")))
    return tuple(page.texts[at] for at in keep_lines(page, 0, len(page.texts)))


def guessed_day(html: str, url: str) -> datetime | None:
    """Midnight in China, in UTC, of the day htmldate finds; None where it finds none.

    Its extensive search is off: it loads 205 languages (two seconds, once) and takes a year in a copyright
    notice for the first of January, and a wrong day is worse than none.
    """
    if len(html) > MAX_SECOND:
        return None
    from htmldate import find_date

    _quiet()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            day = find_date(html, extensive_search=False, original_date=True, url=url or None)
        moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=CHINA) if day else None
    except Exception:
        # As above: a guess that fails is no guess.
        return None
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    return moment.astimezone(UTC)
