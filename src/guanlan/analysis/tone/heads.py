"""Fitting the mixture: softmaxes over scores that no row gave itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.fitting import fit_softmax
from guanlan.analysis.tone.mixture import LEAST, Kind, Mixture, Softmax, softmax
from guanlan.analysis.tone.questions import WEAK
from guanlan.analysis.tone.sets import ALL, NEGATIVE, NEUTRAL, SIX, TONES, TWO, Row

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: Penalty of the heads; they have some thirty weights a class and thousands of rows.
PENALTY = 1e-3
#: Files of one form whose shares of the tones differ by more than this (total variation) were gathered
#: in other ways, and each gets a head of its own, if it has rows enough to fit one.
APART = 0.15
FEWEST_OF_A_KIND = 1000
#: What a form counts for in the gate beside 1 of the others: posts labelled by hand are the plainest
#: everyday posts, those labelled by their marks the widest. 1, 2.5 and 5 were tried for the former, 1 and
#: 2 for the latter (decision 10).
FORM_WEIGHS = {"hand": 2.5, "marked": 2.0}
#: By how much what is mixed may be sharpened or blunted.
SHARPNESS = np.round(np.arange(0.7, 1.85, 0.05), 2)
#: How far a rare emotion is favoured in the answer, not in the probability; the best for macro-F1.
FAVOURS = (0.0, 0.2, 0.35)


@dataclass(frozen=True, slots=True)
class Scored:
    """``scores`` (rows, columns), and what is known of the rows; ``groups`` by file.

    The last ``opinions`` of the columns are a teacher's: they say what a text tells, not of what kind it is.
    """

    scores: Floats
    rows: Sequence[Row]
    files: Ints
    groups: Sequence[str]
    opinions: int = 0

    @property
    def tones(self) -> Ints:
        """(rows,)."""
        return np.array([row.tone for row in self.rows])

    @property
    def six(self) -> Ints:
        """(rows,), -1 where it is not known."""
        return np.array([row.six for row in self.rows])

    def kinds_of_files(self) -> list[str]:
        """The kind of each file: its group, with the file's place where it stands apart from the first."""
        names: list[str] = []
        first: dict[str, npt.NDArray[np.float64]] = {}
        for file, group in enumerate(self.groups):
            counts = np.bincount(self.tones[self.files == file], minlength=len(TONES))
            shares = counts / max(counts.sum(), 1)
            known = first.setdefault(group, shares)
            apart = float(np.abs(shares - known).sum()) / 2 > APART
            own = apart and group != WEAK and counts.sum() >= FEWEST_OF_A_KIND
            names.append(f"{group}{file}" if own else group)
        return names

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
    names = scored.kinds_of_files()
    forms = dict(zip(names, scored.groups, strict=True))
    owners = np.array([list(forms).index(name) for name in names])[scored.files]
    kinds = tuple(
        _kind(name, form, scored, standard, np.flatnonzero(owners == place))
        for place, (name, form) in enumerate(forms.items())
    )
    own = standard.shape[1] - scored.opinions
    gate = _gate(standard[:, :own], owners, list(forms.values()))
    unread = np.zeros((scored.opinions, len(forms)), np.float32)
    gate = Softmax(np.vstack([gate.weights, unread]), gate.biases)
    blunt = Mixture(kinds, gate, _six(scored, standard), centre, spread)
    return _sharpened(blunt, scored, standard, owners)


def _kind(name: str, form: str, scored: Scored, standard: Floats, chosen: Ints) -> Kind:
    """The head of a kind. Weak texts say only what is neutral, never what is praise."""
    whole = any(scored.tells_all(int(file)) for file in np.unique(scored.files[chosen]))
    known = (NEGATIVE, NEUTRAL) if form == WEAK else ALL if whole else TWO
    classes = np.searchsorted(known, scored.tones[chosen])
    weights, biases = fit_softmax(standard[chosen], classes, len(known), scored.balance(chosen), PENALTY)
    return Kind(name, known, Softmax(weights, biases))


def _gate(standard: Floats, owners: Ints, forms: Sequence[str]) -> Softmax:
    """Which kind a text is of; a form counts the same however many rows and kinds it has."""
    of_form = np.array([forms.count(form) for form in forms])
    worth = np.array([FORM_WEIGHS.get(form, 1.0) for form in forms])
    weights = (worth / np.bincount(owners, minlength=len(forms)) / of_form)[owners].astype(np.float32)
    return Softmax(*fit_softmax(standard, owners, len(forms), weights / weights.mean(), PENALTY))


def _sharpened(blunt: Mixture, scored: Scored, standard: Floats, owners: Ints) -> Mixture:
    """A mean over kinds is less sure than it should be: raise it to the power that fits each kind's rows."""
    tones = blunt.tones(standard)
    emotions = blunt.emotions(standard) if blunt.six is not None else None
    kinds: list[Kind] = []
    for place, kind in enumerate(blunt.kinds):
        mine = np.flatnonzero(owners == place)
        known = list(kind.classes)
        power = _power(tones[mine][:, known], np.searchsorted(known, scored.tones[mine]))
        six = 1.0
        if emotions is not None and (scored.six[mine] >= 0).all():
            six = _power(emotions[mine], scored.six[mine])
        kinds.append(Kind(kind.name, kind.classes, kind.head, power, six))
    return Mixture(tuple(kinds), blunt.gate, blunt.six, blunt.centre, blunt.spread)


def _power(told: Floats, truth: Ints) -> float:
    """The power of probabilities (rows, classes) that leaves the least log loss."""
    logs = np.log(np.maximum(told, LEAST))

    def loss(power: float) -> float:
        return -float(np.log(softmax(logs * np.float32(power))[np.arange(len(truth)), truth] + 1e-9).mean())

    return float(min(SHARPNESS, key=loss))


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
