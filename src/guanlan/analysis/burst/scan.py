"""The default detector: a rhythm-aware scan that costs the same for each step, however long it has run.

For each term it keeps a level (exponentially weighted mean), a factor for each place in the day or
week, and its last few counts. The expected count is level times factor; a sum of 1 to ``windows`` steps
is compared with its expectation by the signed root of the negative binomial deviance (McCullagh and
Nelder, *Generalized Linear Models*, 1989, 2.4 and 12.4), which is close to a standard normal. Baselines of
temporal scans: Kulldorff 2001; clipping what a burst adds to its own baseline: Noufaily et al. 2013.

A count that is not known (NaN) neither raises nor lowers anything; a skipped step is not known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.burst.options import HOURLY, MOST_COUNT, BurstOptions, Floats
from guanlan.analysis.errors import ModelError

FORMAT = 1
#: What a term is taken for before it was counted: this many items a step, weighing as half a step.
PRIOR_LEVEL, PRIOR_WEIGHT = 0.1, 0.5
#: Items that pull the factor of a place in the rhythm to one.
SEASON_PRIOR = 5.0
#: The least expectation of a window: rarer terms are all "hardly ever".
LEAST_EXPECTED = 0.02
#: Days and weeks are those of Beijing; a Monday at 00:00 there is phase 0.
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC) - timedelta(hours=8)


class BurstDetector:
    """Watches ``terms`` series side by side; the caller owns it, saves and loads it.

    ``step`` costs O(terms) whatever came before. Memory: (2 * period + 2 * windows + 3) * 8 bytes a term.
    """

    def __init__(self, terms: int, options: BurstOptions = HOURLY) -> None:
        self.options = options
        self.weighted = np.zeros(terms)
        self.weight = np.zeros(terms)
        self.season_seen = np.zeros((options.period, terms))
        self.season_expected = np.zeros((options.period, terms))
        self.last = np.full((options.windows, terms), np.nan)
        self.last_expected = np.zeros((options.windows, terms))
        self.known = np.zeros(terms)
        self.at: int | None = None

    def __len__(self) -> int:
        return len(self.weight)

    def step(self, counts: npt.ArrayLike, at: datetime) -> Floats:
        """Scores (terms,) of the step that begins ``at`` (aware); 0 where nothing is known or expected.

        A term bursts where the score is at least ``options.threshold``. Raises ValueError when ``at`` is
        naive or not later than the step before, or when counts are negative or of another length.
        """
        if at.tzinfo is None:
            raise ValueError("the time of a step must be aware")
        return self.step_number((at - _MONDAY) // self.options.step, counts)

    def step_number(self, number: int, counts: npt.ArrayLike) -> Floats:
        """:meth:`step` for the step ``number``, counted from a Monday 00:00 Beijing time."""
        found = np.asarray(counts, dtype=np.float64)
        if found.shape != self.weight.shape or (found < 0).any():
            raise ValueError("counts are negative or not one for each term")
        self._forget_skipped(number)
        ok = ~np.isnan(found)
        count = np.where(ok, np.minimum(found, MOST_COUNT), 0.0)
        expected, factor = self._expected(number % self.options.period)
        self._push(np.where(ok, count, np.nan), expected)
        scores = np.where(ok & (self.known >= self.options.warm_up), self._scan(), 0.0)
        self._learn(number % self.options.period, ok, count, expected, factor)
        return scores

    def expected(self, at: datetime) -> Floats:
        """Items expected (terms,) in the step that begins ``at``."""
        return self._expected(((at - _MONDAY) // self.options.step) % self.options.period)[0]

    def grow(self, terms: int) -> None:
        """Make room for terms that are first listened for now. Raises ValueError for fewer."""
        more = terms - len(self)
        if more < 0:
            raise ValueError("a detector does not forget terms")
        for name in (
            "weighted",
            "weight",
            "known",
            "season_seen",
            "season_expected",
            "last_expected",
            "last",
        ):
            held = getattr(self, name)
            fill = np.nan if name == "last" else 0.0
            setattr(self, name, np.concatenate([held, np.full((*held.shape[:-1], more), fill)], axis=-1))

    def save(self) -> bytes:
        """Everything it knows, as an npz file without pickles."""
        held = io.BytesIO()
        numbers = {**asdict(self.options), "step": self.options.step.total_seconds()}
        arrays: dict[str, Any] = {f"option_{name}": np.array(value) for name, value in numbers.items()}
        arrays |= {name: getattr(self, name) for name in _ARRAYS}
        np.savez_compressed(held, format=FORMAT, at=-1 if self.at is None else self.at, **arrays)
        return held.getvalue()

    @classmethod
    def load(cls, content: bytes) -> BurstDetector:
        """Read what :meth:`save` wrote. Raises ModelError when it is damaged or of another form."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                return _from_arrays({name: held[name] for name in held.files})
        except Exception as error:  # numpy raises whatever zip, header and cast do
            raise ModelError(f"the state of a burst detector is damaged ({error})") from error

    def _forget_skipped(self, number: int) -> None:
        if self.at is not None and number <= self.at:
            raise ValueError("steps must come in order, each once")
        if self.at is not None and number > self.at + 1:
            self.last[:] = np.nan
        self.at = number

    def _expected(self, phase: int) -> tuple[Floats, Floats]:
        level = (self.weighted + PRIOR_LEVEL * PRIOR_WEIGHT) / (self.weight + PRIOR_WEIGHT)
        factor = (self.season_seen[phase] + SEASON_PRIOR) / (self.season_expected[phase] + SEASON_PRIOR)
        return np.maximum(level * factor, LEAST_EXPECTED), factor

    def _push(self, count: Floats, expected: Floats) -> None:
        self.last[1:], self.last[0] = self.last[:-1].copy(), count
        self.last_expected[1:], self.last_expected[0] = self.last_expected[:-1].copy(), expected

    def _scan(self) -> Floats:
        """The best score of sums of the last 1, 2 … steps; steps that are not known count on neither side."""
        best = np.zeros(len(self))
        seen, expected = np.zeros(len(self)), np.zeros(len(self))
        for count, wanted in zip(self.last, self.last_expected, strict=True):
            ok = ~np.isnan(count)
            seen += np.where(ok, count, 0.0)
            expected += np.where(ok, wanted, 0.0)
            score = deviance_root(seen, np.maximum(expected, LEAST_EXPECTED), self.options.spread)
            best = np.maximum(best, np.where(seen >= self.options.least, score, 0.0))
        # A burst is said to go on only while items still come.
        return np.where(np.nan_to_num(self.last[0]) > 0, best, 0.0)

    def _learn(
        self, phase: int, ok: npt.NDArray[np.bool_], count: Floats, expected: Floats, factor: Floats
    ) -> None:
        asked = self.options
        fade, fade_season = 0.5 ** (1 / asked.half_life), 0.5 ** (1 / asked.season_half_life)
        most = expected + asked.clip * np.sqrt(expected + asked.spread * expected**2) + 1
        taken = np.minimum(count, most)
        level = expected / factor
        for held, new, keep in (
            (self.weighted, taken / factor * (1 - fade), fade),
            (self.weight, np.full(len(self), 1 - fade), fade),
            (self.season_seen[phase], taken, fade_season),
            (self.season_expected[phase], level, fade_season),
        ):
            held[:] = np.where(ok, held * keep + new, held)
        self.known += ok


_ARRAYS = ("weighted", "weight", "season_seen", "season_expected", "last", "last_expected", "known")


def deviance_root(count: Floats, expected: Floats, spread: float) -> Floats:
    """How far ``count`` lies above ``expected``, in standard deviations; negative below it.

    The negative binomial of variance ``expected + spread * expected**2``; half an item is taken off,
    because a count of n stands for "n or more".
    """
    size = 1.0 / max(spread, 1e-6)
    x = np.maximum(count - 0.5, 0.0)
    gain = np.where(x > 0, x * np.log(np.maximum(x, 1e-300) / expected), 0.0)
    deviance = 2.0 * (gain - (x + size) * np.log((x + size) / (expected + size)))
    return np.asarray(np.sign(x - expected) * np.sqrt(np.maximum(deviance, 0.0)), dtype=np.float64)


def scan_scores(counts: Floats, options: BurstOptions = HOURLY, first: int = 0) -> Floats:
    """Scores (terms, steps) of whole series; ``first`` is the number of their first step."""
    detector = BurstDetector(len(counts), options)
    columns = [detector.step_number(first + place, column) for place, column in enumerate(counts.T)]
    return np.stack(columns, axis=1) if columns else np.zeros_like(counts)


def step_number(at: datetime, options: BurstOptions) -> int:
    """The number of the step that ``at`` lies in."""
    return (at - _MONDAY) // options.step


def _from_arrays(held: Mapping[str, npt.NDArray[Any]]) -> BurstDetector:
    if int(held["format"]) != FORMAT:
        raise ValueError(f"format {held['format']} is not {FORMAT}")
    numbers = {name: held[f"option_{name}"].item() for name in asdict(HOURLY)}
    numbers["step"] = timedelta(seconds=float(numbers["step"]))
    detector = BurstDetector(len(held["weight"]), BurstOptions(**numbers))
    for name in _ARRAYS:
        if held[name].shape != getattr(detector, name).shape:
            raise ValueError(f"{name} has another shape")
        setattr(detector, name, held[name].astype(np.float64))
    detector.at = None if int(held["at"]) == -1 else int(held["at"])
    return detector
