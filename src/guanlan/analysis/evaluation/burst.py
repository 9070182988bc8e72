"""``burst``: bursts injected into real series, false alarms on the same series left alone.

Two kinds of files, told apart by their first line. A table with ``date`` and ``title``: terms are words of
the titles, counted by day; each term belongs to a part of the rows. Events with ``time`` and ``reposts``:
late reposts (after three days, the murmur below the waves) are counted by hour, once for each event, in 40
streams of events laid over eight weeks of hours, so that the real day and week are kept.

Injected (seeded): Poisson counts with a mean of 3, 4, 6, 8 or 10 standard deviations of the background before
(one item at least), over 1, 2 or 3 days, or 2, 4 or 6 hours; the background is real and kept. ``recall``:
bursts with an alarm before they end. ``false_alarms_per_week``: alarms on the background alone, for a
term and week of known steps; alarms in a row are one. Real bursts of the background count as false.
``term_mae_ratio`` (daily only): next day's count by :mod:`guanlan.analysis.trend.terms` against yesterday's.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rjieba

from guanlan.analysis.burst import DAILY, HOURLY, BurstMethod, BurstOptions, alarms, burst_scores
from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import open_text
from guanlan.analysis.evaluation.report import SEED, EvalOptions, EvalReport, bootstrap, mean
from guanlan.analysis.evaluation.split import Rows, keep, part_of
from guanlan.analysis.trend.sets import read_spreadings
from guanlan.analysis.trend.terms import expected_counts, median_counts

Floats = npt.NDArray[np.float64]

#: Strengths of injected bursts, in standard deviations of the background before.
STRENGTHS = (3, 4, 6, 8, 10)
#: Terms must be said about this often a day over the whole file: rarer ones all but never burst falsely.
LEAST_A_DAY = 0.3
#: Terms are drawn when there are more, so that an evaluation ends within a minute or two.
MOST_TERMS = 800
#: Days of the week before a term's first forecast is scored.
FORECAST_AFTER = 60
STREAMS = 40
FOLDED_HOURS = 8 * 168
LATE = timedelta(hours=72)
#: Any Monday 00:00 Beijing time: the hours are folded.
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC) - timedelta(hours=8)
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Background:
    """Real counts (terms, steps), NaN where nobody counted, and how bursts are put into them."""

    counts: Floats
    started_at: datetime
    options: BurstOptions
    lengths: tuple[int, ...]
    warm_up: int
    pause: int  # steps left alone between two injected bursts, at least

    @property
    def steps_a_week(self) -> float:
        """Steps of one week."""
        return timedelta(days=7) / self.options.step


@dataclass(frozen=True, slots=True)
class Term:
    """What was measured on one series."""

    found: tuple[tuple[int, bool], ...]  # strength and whether it was found
    false_alarms: int
    weeks: float
    error: float = 0.0
    yesterday: float = 0.0


def evaluate(paths: Sequence[Path], options: EvalOptions) -> EvalReport:
    """Metrics named above, n = injected bursts. Raises LabelledDataError."""
    backgrounds = list(read_backgrounds(paths, options.rows))
    terms = [term for one in backgrounds for term in measure(one)]
    if not any(term.found for term in terms):
        raise LabelledDataError(str(paths[0]) if paths else "", 0, "holds no series long enough for a burst")
    measures: dict[str, Callable[[Sequence[Term]], float]] = {
        "recall": recall,
        "false_alarms_per_week": false_alarms,
    }
    if any(term.yesterday for term in terms):
        measures["term_mae_ratio"] = error_ratio
    strengths = ", ".join(f"{k} sd {recall(terms, k):.3f}" for k in STRENGTHS)
    return EvalReport(
        "burst",
        sum(len(term.found) for term in terms),
        {name: of(terms) for name, of in measures.items()},
        {name: bootstrap(terms, of) for name, of in measures.items()},
        (f"{len(terms)} series; recall by strength: {strengths}",),
    )


def read_backgrounds(paths: Sequence[Path], rows: Rows) -> Iterator[Background]:
    """One background for each kind of file. Raises LabelledDataError."""
    tables = [path for path in paths if _is_table(path)]
    events = [path for path in paths if path not in tables]
    if tables:
        yield daily_background(tables, rows)
    if events:
        yield hourly_background(events, rows)


def measure(background: Background, method: BurstMethod = BurstMethod.SCAN, seed: int = SEED) -> list[Term]:
    """Every series once as it is and once with bursts in it."""
    counts, after = background.counts, background.warm_up
    raised, bursts = inject(background, seed)
    quiet = _called(background, counts, method)
    quiet[:, 1:] &= ~quiet[:, :-1].copy()
    loud = _called(background, raised, method)
    errors = _errors(background)
    terms = []
    for term, (row, bursts_of_row) in enumerate(zip(counts, bursts, strict=True)):
        weeks = float((~np.isnan(row[after:])).sum()) / background.steps_a_week
        found = tuple((k, bool(loud[term, first:end].any())) for first, end, k in bursts_of_row)
        terms.append(Term(found, int(quiet[term, after:].sum()), weeks, *errors[term]))
    return terms


def inject(background: Background, seed: int = SEED) -> tuple[Floats, list[list[tuple[int, int, int]]]]:
    """Counts with bursts in them, and for each series (first step, step after, strength)."""
    draw = np.random.default_rng(seed)
    raised, bursts = background.counts.copy(), []
    for quiet, row in zip(background.counts, raised, strict=True):
        here: list[tuple[int, int, int]] = []
        first = background.warm_up + int(draw.integers(0, background.pause))
        while first + max(background.lengths) < len(row):
            length, strength = int(draw.choice(background.lengths)), int(draw.choice(STRENGTHS))
            before, inside = quiet[first - background.warm_up : first], row[first : first + length]
            if not np.isnan(inside).any() and not np.isnan(before).all():
                inside += draw.poisson(strength * max(1.0, float(np.nanstd(before))), length)
                here.append((first, first + length, strength))
            first += length + background.pause + int(draw.integers(0, background.pause))
        bursts.append(here)
    return raised, bursts


def recall(terms: Sequence[Term], strength: int | None = None) -> float:
    """Share of injected bursts that were found; of one strength, or of all."""
    return mean([float(hit) for term in terms for k, hit in term.found if strength in {None, k}])


def false_alarms(terms: Sequence[Term]) -> float:
    """Alarms on the background for a term and week."""
    weeks = sum(term.weeks for term in terms)
    return sum(term.false_alarms for term in terms) / weeks if weeks else 0.0


def error_ratio(terms: Sequence[Term]) -> float:
    """Absolute errors of next day's count over those of yesterday's count."""
    theirs = sum(term.yesterday for term in terms)
    return sum(term.error for term in terms) / theirs if theirs else 0.0


def daily_background(paths: Sequence[Path], rows: Rows) -> Background:
    """Titles a day with each word; days that are not in the files were not counted."""
    counted: defaultdict[str, Counter[date]] = defaultdict(Counter)
    days: set[date] = set()
    for day, title in _titles(paths):
        days.add(day)
        for word in set(rjieba.cut(title, False)):
            if _WORD.fullmatch(word):
                counted[word][day] += 1
    if not days:
        raise LabelledDataError(str(paths[0]), 2, "holds no titles")
    first = min(days)
    span = (max(days) - first).days + 1
    common = sorted(
        word
        for word, found in counted.items()
        if found.total() >= LEAST_A_DAY * len(days) and (rows is Rows.ALL or part_of(word) is rows)
    )
    if len(common) > MOST_TERMS:
        chosen = np.random.default_rng(SEED).choice(len(common), MOST_TERMS, replace=False)
        common = [common[place] for place in sorted(chosen.tolist())]
    counts = np.full((len(common), span), np.nan)
    counts[:, [(day - first).days for day in days]] = 0.0
    for term, word in enumerate(common):
        for day, n in counted[word].items():
            counts[term, (day - first).days] = n
    started = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=8)
    return Background(counts, started, DAILY, (1, 2, 3), 56, 60)


def hourly_background(paths: Sequence[Path], rows: Rows) -> Background:
    """Events that still murmur, counted by hour of eight folded weeks."""
    counts = np.zeros((STREAMS, FOLDED_HOURS))
    for event in keep(read_spreadings(paths), rows, key=lambda event: event.key):
        spread = event.spread
        late = {
            (moment - _MONDAY) // HOURLY.step % FOLDED_HOURS
            for moment in spread.times
            if moment - spread.started_at > LATE
        }
        counts[zlib.crc32(event.key.encode("utf-8", "replace")) % STREAMS, list(late)] += 1
    if not counts.any():
        raise LabelledDataError(str(paths[0]), 0, "holds no events with late reposts")
    return Background(counts, _MONDAY, HOURLY, (2, 4, 6), 336, 72)


def _called(background: Background, counts: Floats, method: BurstMethod) -> npt.NDArray[np.bool_]:
    scores = burst_scores(counts, background.started_at, background.options, method)
    return alarms(counts, scores, background.options, method)


def _errors(background: Background) -> list[tuple[float, float]]:
    """Absolute errors of each term: ours and yesterday's. Only days whose yesterday was counted."""
    counts = background.counts
    if background.options.step < timedelta(days=1):
        return [(0.0, 0.0)] * len(counts)
    wanted, yesterday = counts[:, FORECAST_AFTER:], counts[:, FORECAST_AFTER - 1 : -1]
    known = ~np.isnan(wanted) & ~np.isnan(yesterday)
    ours = median_counts(expected_counts(counts))[:, FORECAST_AFTER:-1]
    error = np.where(known, np.abs(ours - wanted), 0.0).sum(axis=1)
    theirs = np.where(known, np.abs(yesterday - wanted), 0.0).sum(axis=1)
    return list(zip(error.tolist(), theirs.tolist(), strict=True))


def _is_table(path: Path) -> bool:
    with open_text(path) as lines:
        heads = next(islice(lines, 1), "").rstrip("\r\n").split("\t")
    return "date" in heads and "title" in heads


def _titles(paths: Sequence[Path]) -> Iterator[tuple[date, str]]:
    for path in paths:
        with open_text(path) as lines:
            heads = next(lines).rstrip("\r\n").split("\t")
            day, title = heads.index("date"), heads.index("title")
            for number, line in enumerate(lines, start=2):
                fields = line.rstrip("\r\n").split("\t")
                try:
                    yield date.fromisoformat(fields[day]), fields[title]
                except (ValueError, IndexError) as error:
                    raise LabelledDataError(str(path), number, f"is no day and title ({error})") from error
