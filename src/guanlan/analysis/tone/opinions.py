"""What a larger model, taught the tuning rows, thinks of posts that nobody labelled.

Such a teacher is too slow to ship and may not be kept with its texts. So a file holds, for each text, a
number made from it and the teacher's probabilities as bytes: whoever has the texts can teach a compact
model with them (distillation, Hinton et al. 2015), and whoever has not can read nothing out of it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.labelled import read_rows
from guanlan.analysis.evaluation.split import number_of
from guanlan.analysis.tone.features import blank
from guanlan.analysis.tone.moods import HANDED_ON, MARK
from guanlan.analysis.tone.questions import Question
from guanlan.analysis.tone.sets import words_of

#: How the names of a teacher's columns begin.
TEACHER = "teacher:"
#: Characters read of a text.
MOST_CHARACTERS = 280


@dataclass(frozen=True, slots=True)
class Opinions:
    """``names`` of the questions; ``keys`` (texts,) in order; ``told`` (texts, questions), 255 for certain."""

    names: tuple[str, ...]
    keys: npt.NDArray[np.uint32]
    told: npt.NDArray[np.uint8]

    @classmethod
    def load(cls, path: Path) -> Opinions:
        """Raises LabelledDataError when the file is missing, damaged or of another form."""
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as held:
                names = tuple(bytes(held["names"]).decode().split("\n"))
                return cls(names, held["keys"], held["told"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise LabelledDataError(str(path), 0, f"holds no opinions ({error})") from error

    def met(self, texts: Iterable[str]) -> tuple[list[str], npt.NDArray[np.uint8]]:
        """The texts that the teacher read, in order and each once, and what it said of them."""
        place_of = {int(key): place for place, key in enumerate(self.keys)}
        found: dict[int, str] = {}
        for text in texts:
            place = place_of.get(key_of(text))
            if place is not None:
                found.setdefault(place, text)
        return list(found.values()), self.told[list(found)]


def plain(text: str) -> str:
    """A part of a repost as the teacher reads it: without marks, handles, addresses and needless blanks."""
    return " ".join(blank(MARK.sub(" ", text)).split())[:MOST_CHARACTERS]


def key_of(text: str) -> int:
    """A number of 32 bits by the first letters; a few texts in a hundred thousand share one by chance."""
    return number_of(text, "opinion ")


def parts_of(path: Path) -> Iterator[str]:
    """The posts of a file of reposts and every part of their chains."""
    for row in read_rows((path,)):
        for text in words_of(row):
            yield from map(plain, HANDED_ON.split(text))


def opinion_questions(names: Iterable[str], told: npt.NDArray[np.uint8]) -> list[Question]:
    """One for each thing the teacher was asked; its probability is the answer."""
    rows = np.arange(len(told))
    return [
        Question(
            f"{TEACHER}{name}",
            rows,
            told[:, place].astype(np.float32) / np.float32(255),
            np.ones(len(rows), np.float32),
            plain=True,
        )
        for place, name in enumerate(names)
    ]
