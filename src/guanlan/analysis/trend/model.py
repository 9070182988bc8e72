"""The shipped forecast of final volume: load once, ask many times.

For each age (1, 3, 6 hours) and for each of three states of knowledge (``hourly`` counts alone, ``times``,
``tree``) two sets of boosted trees: one says by how much the items will grow, one how wide the error is.
The width of the interval is split-conformal (Lei et al. 2018, JASA 113; normalised by the second model; one
set of quantiles for each third of sizes, whole lists and cut ones apart, Vovk 2012): quantiles of errors on events that the trees had not seen.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import ModelError
from guanlan.analysis.trend.boosting import Floats, Trees, from_arrays
from guanlan.analysis.trend.direction import direction
from guanlan.analysis.trend.spread import (
    HourlyCounts,
    Spread,
    has_tree,
    hourly_counts,
    hourly_features,
    hourly_names,
    seen_by,
    time_features,
    time_names,
    tree_features,
    tree_names,
)
from guanlan.analysis.types import ANALYSIS_VERSION, Evidence, Forecast

FORMAT = 1
SHIPPED = Path(__file__).parents[2] / "packs" / "trend" / "trend.npz"
#: Ages in hours at which the models look. Between two of them the earlier one answers.
AGES = (1, 3, 6)
#: With fewer items one more or less turns the whole forecast; a choice, not a measurement.
LEAST_SEEN = 5
LEVEL = 0.8
#: No error is taken for narrower than this (log scale): 5 %.
LEAST_WIDTH = 0.05
#: No forecast above this many times what was seen (log scale).
MOST_GROWTH = math.log(1000.0)
#: Hours of a matter that are looked back on.
MOST_HOURS = 24 * 366
NAMES = {"hourly": hourly_names, "times": time_names, "tree": tree_names}


@dataclass(frozen=True, slots=True)
class Head:
    """One age and variant. ``edges`` (2, buckets - 1) part the log of items, for whole lists and for lists
    cut off; ``tails`` (2, buckets, 2) are quantiles of error over width; ``growth`` is the median of
    ln(final / items), the constant growth; ``cut`` is the column that tells of a cut, -1 for none.
    """

    growth_trees: Trees
    width_trees: Trees
    edges: Floats
    tails: Floats
    growth: float
    cut: int

    def growths(self, rows: Floats) -> Floats:
        """(rows, 3): low, middle and high of ln(final / items)."""
        middle = self.growth_trees.predict(rows)
        width = np.maximum(self.width_trees.predict(rows), LEAST_WIDTH)
        tails = self.tails[buckets(rows, self.edges, self.cut)]
        found = np.stack([middle + tails[:, 0] * width, middle, middle + tails[:, 1] * width], axis=1)
        return np.asarray(np.clip(found, 0.0, MOST_GROWTH), dtype=np.float64)


def buckets(rows: Floats, edges: Floats, cut: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Whether the list of each row was cut off (0 or 1), and its size bucket among such rows."""
    kind = cut_off(rows, cut).astype(np.int64)
    return kind, (rows[:, :1] >= edges[kind]).sum(axis=1)


def cut_off(rows: Floats, cut: int) -> npt.NDArray[np.bool_]:
    """(rows,) whether the source stopped before the age."""
    return np.asarray(rows[:, cut] > 0) if cut >= 0 else np.zeros(len(rows), dtype=np.bool_)


def cut_column(variant: str, age: int) -> int:
    """Where the features of a variant tell of a cut; -1 where they cannot."""
    names = NAMES[variant](age)
    return names.index("cut") if "cut" in names else -1


@dataclass(frozen=True, slots=True)
class TrendModel:
    """Immutable; share one among threads."""

    heads: Mapping[tuple[str, int], Head]
    facts: Mapping[str, Any] = field(default_factory=dict)
    version: str = ANALYSIS_VERSION

    @classmethod
    def load(cls, path: Path | None = None) -> TrendModel:
        """Read a model file, the shipped one by default. Raises ModelError when it is missing or damaged."""
        source = SHIPPED if path is None else path
        try:
            content = source.read_bytes()
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return _from_arrays({name: held[name] for name in held.files}, content)
        except OSError as error:
            raise ModelError(f"{source.name}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"{source.name}: is damaged or no trend model ({error})") from error

    def forecast(self, spread: Spread, now: datetime) -> Forecast:
        """The final number of items of ``spread`` as of ``now``; what came after ``now`` is not looked at.

        Refuses (``reason``) before the first whole hour, and with fewer than LEAST_SEEN items by then.
        Raises ValueError for naive datetimes.
        """
        age = _age(spread.started_at, now)
        seen = seen_by(spread, max(0.0, (now - spread.started_at).total_seconds() / 3600))
        variant = "tree" if has_tree(spread) and ("tree", 1) in self.heads else "times"
        if age is None or seen_by(spread, age) < LEAST_SEEN:
            return self._refusal(spread.started_at, now, seen, age=age, variant=variant)
        rows = (tree_features if variant == "tree" else time_features)(spread, age)
        hours = int((now - spread.started_at).total_seconds() // 3600)
        past = HourlyCounts(spread.started_at, hourly_counts(spread, min(hours, MOST_HOURS)))
        return self._answer(rows, past, now, seen, (variant, age))

    def forecast_hourly(self, counts: HourlyCounts, now: datetime) -> Forecast:
        """:meth:`forecast` where only whole hours were counted; refuses when one of them was not."""
        age = _age(counts.started_at, now)
        whole = max(0, int((now - counts.started_at).total_seconds() // 3600))
        past = HourlyCounts(counts.started_at, counts.counts[: min(whole, MOST_HOURS)])
        seen = sum(count or 0 for count in past.counts)
        known = [count for count in past.counts[: age or 0] if count is not None]
        if age is not None and len(known) < age:
            return self._refusal(counts.started_at, now, seen, age=age, variant="hourly", reason="gap")
        if age is None or sum(known) < LEAST_SEEN:
            return self._refusal(counts.started_at, now, seen, age=age, variant="hourly")
        return self._answer(hourly_features(known, counts.started_at, age), past, now, seen, ("hourly", age))

    def _refusal(
        self,
        started_at: datetime,
        now: datetime,
        seen: int,
        *,
        age: int | None,
        variant: str,
        reason: str = "",
    ) -> Forecast:
        why = reason or ("too_young" if age is None else "too_few")
        return Forecast(
            now, started_at, seen, None, None, None, age, variant, LEVEL, why, version=self.version
        )

    def _answer(
        self, row: Floats, past: HourlyCounts, now: datetime, seen: int, key: tuple[str, int]
    ) -> Forecast:
        items = math.expm1(float(row[0]))
        low, middle, high = items * np.exp(self.heads[key].growths(row[None, :])[0])
        at_least = max(seen, 0)
        return Forecast(
            made_at=now,
            started_at=past.started_at,
            seen=seen,
            estimate=max(at_least, round(middle)),
            low=max(at_least, math.floor(low)),
            high=max(at_least, math.ceil(high)),
            horizon_hours=key[1],
            variant=key[0],
            level=LEVEL,
            direction=direction(past.counts),
            evidence=(Evidence("trend.items", str(round(items))), Evidence("trend.age", str(key[1]))),
            version=self.version,
        )


def _age(started_at: datetime, now: datetime) -> int | None:
    if started_at.tzinfo is None or now.tzinfo is None:
        raise ValueError("datetimes must be aware")
    hours = (now - started_at).total_seconds() / 3600
    return max((age for age in AGES if age <= hours), default=None)


def save(model: TrendModel, path: Path) -> int:
    """Write a model file, byte for byte the same for the same model; returns its size in bytes."""
    facts = json.dumps(dict(model.facts), ensure_ascii=False, sort_keys=True).encode()
    arrays: dict[str, npt.NDArray[Any]] = {"facts": np.frombuffer(facts, np.uint8)}
    for (variant, age), head in sorted(model.heads.items()):
        name = f"{variant}.{age}"
        for part, trees in (("growth", head.growth_trees), ("width", head.width_trees)):
            arrays |= {f"{name}.{part}.{key}": value for key, value in trees.arrays().items()}
        arrays |= {f"{name}.edges": head.edges, f"{name}.tails": head.tails}
        arrays[f"{name}.median"] = np.array(head.growth)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            body = io.BytesIO()
            np.lib.format.write_array(body, array, allow_pickle=False)
            archive.writestr(entry, body.getvalue(), compresslevel=9)
    return path.stat().st_size


def _from_arrays(held: Mapping[str, npt.NDArray[Any]], content: bytes) -> TrendModel:
    facts = json.loads(bytes(held["facts"]).decode("utf-8"))
    if facts["format"] != FORMAT:
        raise ValueError(f"format {facts['format']} is not {FORMAT}")
    heads = {(variant, age): _head(held, variant, age) for variant in NAMES for age in AGES}
    digest = hashlib.sha256(content).hexdigest()[:8]
    return TrendModel(heads, facts, f"{ANALYSIS_VERSION}/{digest}")


def _head(held: Mapping[str, npt.NDArray[Any]], variant: str, age: int) -> Head:
    name, width = f"{variant}.{age}", len(NAMES[variant](age))
    parts = {
        part: {key: held[f"{name}.{part}.{key}"] for key in ("start", "features", "thresholds", "leaves")}
        for part in ("growth", "width")
    }
    edges, tails = held[f"{name}.edges"], held[f"{name}.tails"]
    if edges.ndim != 2 or tails.shape != (2, edges.shape[1] + 1, 2) or not np.isfinite(tails).all():
        raise ValueError(f"the intervals of {name} have a wrong shape")
    growth = from_arrays(parts["growth"], width), from_arrays(parts["width"], width)
    return Head(*growth, edges, tails, float(held[f"{name}.median"]), cut_column(variant, age))
