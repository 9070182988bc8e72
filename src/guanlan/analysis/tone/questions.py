"""What is asked of the n-grams: one yes-or-no question for each column, and the rows that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanlan.analysis.tone.moods import BAD, GLAD, MOODS
from guanlan.analysis.tone.sets import NEGATIVE, POSITIVE, SIX, TONES, WEAK_KINDS, Row

Ints = npt.NDArray[np.int64]

#: The group of all weak forms: official and news texts against citizens' messages.
WEAK = "office"
#: Rows of each file that teach what the file's texts are like; more of them change little.
LIKE_A_FILE = 1200
#: In the question asked of all labelled rows, what one counts for against a post with emotions.
OTHERS_WEIGH = 0.2
#: Emotions that have their own group of tones are asked for one by one.
GROUPS = ("six", "hand", "marked", "binary", "three", "named", WEAK)


@dataclass(frozen=True, slots=True)
class Question:
    """``truth`` (yes or no, or how likely yes is) and ``weights`` belong to ``rows`` (places in the line
    of all rows).

    ``plain`` asks for a fit without naive Bayes ratios.
    """

    name: str
    rows: Ints
    truth: npt.NDArray[np.bool_] | npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    plain: bool = False


def group_of(kind: str) -> str:
    """The group whose questions a form of set answers."""
    return WEAK if kind in WEAK_KINDS else kind


def questions(kinds: Sequence[str], rows: Sequence[Row], files: Ints, seed: int) -> list[Question]:
    """Every question that these rows can answer both ways; those of the same rows stand together."""
    groups = np.array([group_of(kind) for kind in kinds])[files]
    tones = np.array([row.tone for row in rows])
    six = np.array([row.six for row in rows])
    asked: list[Question] = []
    for group in GROUPS:
        mine = np.flatnonzero(groups == group)
        if len(mine):
            weights = _weights(files[mine])
            asked += [
                Question(f"{group}:{name}", mine, truth, weights)
                for name, truth in _truths(group, tones[mine], six[mine])
            ]
    asked += _of_all(groups, tones, files)
    asked += _likenesses(kinds, files, seed)
    return [question for question in asked if 0 < question.truth.sum() < len(question.truth)]


def _weights(files: Ints) -> npt.NDArray[np.float32]:
    """A small file of the same form counts for more, by the root of how much smaller it is."""
    counts = np.bincount(files)
    return np.asarray(np.sqrt(counts.max() / counts[files]), np.float32)


def _truths(group: str, tones: Ints, six: Ints) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    if group == "six":
        yield from ((name, six == place) for place, name in enumerate(SIX))
    if group in ("six", WEAK):
        yield TONES[NEGATIVE], tones == NEGATIVE
    elif group in ("three", "named"):
        yield from ((name, tones == place) for place, name in enumerate(TONES))
    else:
        yield TONES[POSITIVE], tones == POSITIVE


def _of_all(groups: npt.NDArray[np.str_], tones: Ints, files: Ints) -> Iterator[Question]:
    """Negative or not, asked of every labelled row at once: words that a small set has not seen."""
    leading = np.flatnonzero(groups == "six")
    mine = np.flatnonzero(groups != WEAK)
    if 0 < len(leading) < len(mine):
        weights = np.full(len(groups), OTHERS_WEIGH, np.float32)
        weights[leading] = _weights(files[leading])
        yield Question("all:negative", mine, tones[mine] == NEGATIVE, weights[mine], plain=True)


def _likenesses(kinds: Sequence[str], files: Ints, seed: int) -> Iterator[Question]:
    """Is a text like those of this file? Weak files count as one."""
    owners = np.array([-1 if group_of(kind) == WEAK else place for place, kind in enumerate(kinds)])[files]
    draw = np.random.default_rng(seed)
    chosen = [draw.permutation(np.flatnonzero(owners == owner))[:LIKE_A_FILE] for owner in np.unique(owners)]
    rows = np.sort(np.concatenate(chosen))
    weights = np.ones(len(rows), np.float32)
    for owner in np.unique(owners):
        name = WEAK if owner < 0 else f"{kinds[owner]}{owner}"
        yield Question(f"like:{name}", rows, owners[rows] == owner, weights)


def mood_questions(rows: Sequence[Row]) -> list[Question]:
    """One for each mood that writers marked, and one for glad or bad."""
    everyone = np.arange(len(rows))
    asked = [
        _of_marks(f"mood:{name}", everyone, np.array([place in row.moods for row in rows]))
        for place, name in enumerate(MOODS)
    ]
    glad = np.array([bool(GLAD & set(row.moods)) for row in rows])
    bad = np.array([bool(BAD & set(row.moods)) for row in rows])
    one_sided = np.flatnonzero(glad != bad)
    asked.append(_of_marks("mood:glad", one_sided, glad[one_sided]))
    return [question for question in asked if 0 < question.truth.sum() < len(question.truth)]


def _of_marks(name: str, rows: Ints, truth: npt.NDArray[np.bool_]) -> Question:
    return Question(name, rows, truth, np.ones(len(rows), np.float32))
