"""Fitting the mixture: softmaxes over scores that no row gave itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.fitting import fit_softmax
from guanlan.analysis.tone.mixture import Kind, Mixture, Softmax
from guanlan.analysis.tone.questions import WEAK
from guanlan.analysis.tone.sets import ALL, NEGATIVE, NEUTRAL, SIX, TWO, Row

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: Penalty of the heads; they have some thirty weights a class and thousands of rows.
PENALTY = 1e-3
#: How far a rare emotion is favoured in the answer, not in the probability; the best for macro-F1.
FAVOURS = (0.0, 0.2, 0.35, 0.5)


@dataclass(frozen=True, slots=True)
class Scored:
    """``scores`` (rows, columns), and what is known of the rows; ``groups`` by file."""

    scores: Floats
    rows: Sequence[Row]
    files: Ints
    groups: Sequence[str]

    @property
    def tones(self) -> Ints:
        """(rows,)."""
        return np.array([row.tone for row in self.rows])

    @property
    def six(self) -> Ints:
        """(rows,), -1 where it is not known."""
        return np.array([row.six for row in self.rows])

    def group_of_rows(self) -> npt.NDArray[np.str_]:
        """(rows,)."""
        return np.array(self.groups)[self.files]

    def tells_all(self, file: int) -> bool:
        """Whether the labels of a file tell three tones apart."""
        first = int(np.argmax(self.files == file))
        return self.rows[first].among == ALL

    def balance(self, chosen: Ints) -> npt.NDArray[np.float32]:
        """A small file of a group counts for more, by the root of how much smaller it is."""
        files = self.files[chosen]
        counts = np.bincount(files)
        return np.asarray(np.sqrt(counts.max() / counts[files]), np.float32)


def fit_mixture(scored: Scored) -> Mixture:
    """All heads of one model."""
    centre = scored.scores.mean(axis=0)
    spread = np.maximum(scored.scores.std(axis=0), 1e-3)
    shell = Mixture((), Softmax(np.zeros((0, 0)), np.zeros(0)), None, centre, spread)  # type: ignore[arg-type]
    standard = shell.standard(scored.scores)
    groups = scored.group_of_rows()
    names = list(dict.fromkeys(scored.groups))
    kinds = tuple(_kind(name, scored, standard, np.flatnonzero(groups == name)) for name in names)
    gate = _gate(standard, np.array([names.index(str(group)) for group in groups]), len(names))
    return Mixture(kinds, gate, _six(scored, standard), centre, spread)


def _kind(name: str, scored: Scored, standard: Floats, chosen: Ints) -> Kind:
    """The head of a group. Weak texts say only what is neutral, never what is praise."""
    known = (NEGATIVE, NEUTRAL) if name == WEAK else ALL if _any_whole(scored, name) else TWO
    classes = np.searchsorted(known, scored.tones[chosen])
    weights, biases = fit_softmax(standard[chosen], classes, len(known), scored.balance(chosen), PENALTY)
    return Kind(name, known, Softmax(weights, biases))


def _any_whole(scored: Scored, name: str) -> bool:
    files = [place for place, group in enumerate(scored.groups) if group == name]
    return any(scored.tells_all(file) for file in files)


def _gate(standard: Floats, owners: Ints, count: int) -> Softmax:
    """Which kind a text is of; every kind counts the same, however many rows it has."""
    weights = (1 / np.bincount(owners, minlength=count))[owners].astype(np.float32)
    return Softmax(*fit_softmax(standard, owners, count, weights / weights.mean(), PENALTY))


def _six(scored: Scored, standard: Floats) -> Softmax | None:
    six = scored.six
    chosen = np.flatnonzero(six >= 0)
    if not len(chosen):
        return None
    return Softmax(*fit_softmax(standard[chosen], six[chosen], len(SIX), scored.balance(chosen), PENALTY))


def favour(mixture: Mixture, scored: Scored) -> dict[str, Any]:
    """``six_priors`` and the ``favour`` that answers the emotions best (macro-F1, mean over files)."""
    from guanlan.analysis.evaluation.tone import mean_f1

    six = scored.six
    chosen = np.flatnonzero(six >= 0)
    priors = np.maximum(np.bincount(six[chosen], minlength=len(SIX)), 1) / len(chosen)
    beliefs = mixture.emotions(mixture.standard(scored.scores[chosen]))
    files = scored.files[chosen]

    def score(power: float) -> float:
        answers = (beliefs / priors**power).argmax(axis=1)
        parts = [mean_f1(six[chosen][files == file], answers[files == file]) for file in np.unique(files)]
        return float(np.mean(parts))

    best = max(FAVOURS, key=score)
    return {"six_priors": [round(float(prior), 4) for prior in priors], "favour": best}
