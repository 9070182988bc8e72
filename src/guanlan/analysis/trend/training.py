"""Learn the forecast again: trees for each age and state of knowledge, intervals on events they never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.trend.boosting import BoostOptions, Floats, Whole, fit
from guanlan.analysis.trend.model import (
    AGES,
    FORMAT,
    LEAST_SEEN,
    LEAST_WIDTH,
    LEVEL,
    NAMES,
    Head,
    TrendModel,
    cut_column,
    cut_off,
    save,
)
from guanlan.analysis.trend.sets import Spreading, read_spreadings
from guanlan.analysis.trend.spread import (
    has_tree,
    hourly_counts,
    hourly_features,
    seen_by,
    time_features,
    tree_features,
)

#: Folds of the errors that the intervals are made of.
FOLDS = 5
#: Sizes are parted into this many buckets of equal numbers of events.
BUCKETS = 3
#: An event table with fewer rows teaches noise.
LEAST_EVENTS = 100
#: By five-fold cross-validation on tuning events 220 trees at .05, 400 at .03 and depth 4 were all
#: within .005 of each other in rank correlation.
GROWTH = BoostOptions(trees=300, rate=0.04)
WIDTH = BoostOptions(trees=60, depth=2, rate=0.05)

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` (events, features), ``wanted`` (events,): ln(final / items)."""

    rows: Floats
    wanted: Floats


def train_files(
    paths: Sequence[Path], output: Path, seed: int = 20261123, progress: Progress | None = None
) -> dict[str, float]:
    """Train on all events of the files and write the model file; returns rows by head.

    Give it files of tuning rows only when validation rows are to be reported on. Raises LabelledDataError.
    """
    return train(list(read_spreadings(paths)), output, seed, progress)


def train(
    events: Sequence[Spreading], output: Path, seed: int = 20261123, progress: Progress | None = None
) -> dict[str, float]:
    """:func:`train_files` on events already read."""
    heads, counts = {}, {}
    for place, (variant, age) in enumerate((variant, age) for variant in NAMES for age in AGES):
        table = table_of(events, variant, age)
        if len(table.rows) < LEAST_EVENTS:
            raise LabelledDataError("", 0, f"only {len(table.rows)} events for {variant} at {age} h")
        if progress:
            progress(f"{variant} {age} h: {len(table.rows)} events", place / (len(NAMES) * len(AGES)))
        heads[variant, age] = fit_head(table, cut_column(variant, age), seed)
        counts[f"{variant}.{age}"] = float(len(table.rows))
    facts = {"format": FORMAT, "events": counts, "level": LEVEL, "seed": seed}
    save(TrendModel(heads, facts), output)
    return counts


def table_of(events: Sequence[Spreading], variant: str, age: int) -> Table:
    """Features and growth of the events that a forecast of this kind would answer."""
    rows, wanted = [], []
    for event in events:
        spread = event.spread
        if seen_by(spread, age) < LEAST_SEEN or (variant == "tree" and not has_tree(spread)):
            continue
        if variant == "hourly" and spread.cut_at is not None and event.cut_before(age):
            continue  # an hour that was not counted to its end
        row = features_of(event, variant, age)
        rows.append(row)
        wanted.append(np.log(max(1.0, event.final / np.expm1(row[0]))))
    return Table(np.array(rows), np.array(wanted))


def features_of(event: Spreading, variant: str, age: int) -> Floats:
    """(features,) of one event."""
    spread = event.spread
    if variant == "hourly":
        return hourly_features(hourly_counts(spread, age), spread.started_at, age)
    return tree_features(spread, age) if variant == "tree" else time_features(spread, age)


def fit_head(table: Table, cut: int, seed: int) -> Head:
    """Trees on all rows; tails from rows that neither set of trees had seen."""
    growth, width = replace(GROWTH, seed=seed), replace(WIDTH, seed=seed)
    folds = np.random.default_rng(seed).permutation(len(table.rows)) % FOLDS
    error: Floats = table.wanted - _unseen(table.rows, table.wanted, folds, growth)
    wide = np.maximum(_unseen(table.rows, np.abs(error), folds, width), LEAST_WIDTH)
    edges, tails = intervals(table.rows, error / wide, cut)
    return Head(
        fit(table.rows, table.wanted, growth),
        fit(table.rows, np.abs(error), width),
        edges,
        tails,
        float(np.median(table.wanted)),
        cut,
    )


def intervals(rows: Floats, errors: Floats, cut: int) -> tuple[Floats, Floats]:
    """``edges`` and ``tails`` of a Head. Too few lists that were cut off are taken as whole ones are."""
    shares = np.arange(1, BUCKETS) / BUCKETS
    off = cut_off(rows, cut)
    edges, tails = np.zeros((2, BUCKETS - 1)), np.zeros((2, BUCKETS, 2))
    for kind, inside in enumerate((~off, off)):
        if kind and inside.sum() < LEAST_EVENTS:
            edges[1], tails[1] = edges[0], tails[0]
            continue
        sizes = rows[inside, 0]
        edges[kind] = np.quantile(sizes, shares)
        bucket = (sizes[:, None] >= edges[kind]).sum(axis=1)
        for place in range(BUCKETS):
            own = errors[inside][bucket == place]
            tails[kind, place] = conformal_tails(own if len(own) else errors[inside])
    return edges, tails


def conformal_tails(errors: Floats) -> tuple[float, float]:
    """Lower and upper quantile that a new error lies between with probability LEVEL, each tail alike."""
    n = len(errors)
    high = min(1.0, (1 + LEVEL) / 2 * (n + 1) / n)
    low, top = np.quantile(errors, [1 - high, high])
    return float(low), float(top)


def _unseen(rows: Floats, wanted: Floats, folds: Whole, options: BoostOptions) -> Floats:
    """Predictions for each row by trees fitted on the other folds."""
    found = np.zeros(len(rows))
    for fold in range(FOLDS):
        out = folds == fold
        found[out] = fit(rows[~out], wanted[~out], options).predict(rows[out])
    return found
