"""What lies in the folder of a brought model, read strictly: whatever does not fit is said at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone.sets import SIX, TONES

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
VOCABULARY = "vocab.txt"
LABELS = "labels.json"

#: Bytes of ``labels.json``; it is a few lines.
LARGEST_LABELS = 64_000
#: Tokens of a text that are read. BERT's own limit is 512; a text is judged by its beginning.
LONGEST = (8, 2048)
USUAL_LONGEST = 256
#: Divides the logits; found on labelled rows (Guo et al. 2017). Others mean that something is wrong.
TEMPERATURE = (0.05, 20.0)
#: What the outputs may be. A model that ends in a softmax gives probabilities.
GIVES = ("logits", "probabilities")
_KNOWN = frozenset({"labels", "temperature", "longest", "lowercase", "gives"})
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A readable folder. ``labels`` by output index: three tones or six emotions (``sets.SIX``).

    ``digest`` names the bytes of the model's files and, after a dot, those that say how it is read.
    """

    path: Path
    tokenizer: Path
    labels: tuple[str, ...]
    temperature: float
    longest: int
    lowercase: bool
    gives: str
    digest: str

    @property
    def model(self) -> Path:
        return self.path / MODEL

    @property
    def of_emotions(self) -> bool:
        """Whether its outputs are the six emotions."""
        return set(self.labels) == set(SIX)

    @classmethod
    def read(cls, path: Path) -> ModelFolder:
        """Read a folder. Raises ModelError that names the file and what is wrong with it."""
        if not path.is_dir():
            raise ModelError(f"{path}: is no folder")
        if not (path / MODEL).is_file():
            raise ModelError(f"{path}: holds no {MODEL}")
        tokenizer = next((path / one for one in (TOKENIZER, VOCABULARY) if (path / one).is_file()), None)
        if tokenizer is None:
            raise ModelError(f"{path}: holds neither {TOKENIZER} nor {VOCABULARY}")
        said = _read_labels(path / LABELS)
        try:
            # Weights of large models lie beside the file: model.onnx_data, model.onnx.data.
            weights = _digest(sorted(one for one in path.glob(f"{MODEL}*") if one.is_file()))
            reading = _digest([tokenizer, path / LABELS])
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
        return cls(
            path=path,
            tokenizer=tokenizer,
            labels=_labels(said),
            temperature=_number(said, "temperature", 1.0, TEMPERATURE),
            longest=int(_number(said, "longest", USUAL_LONGEST, LONGEST)),
            lowercase=_flag(said, "lowercase"),
            gives=_word(said, "gives", GIVES),
            digest=f"{weights[:12]}.{reading[:6]}",
        )


def _read_labels(path: Path) -> Mapping[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path.name}: cannot be read ({error.strerror})") from error
    if len(content) > LARGEST_LABELS:
        raise ModelError(f"{path.name}: is larger than {LARGEST_LABELS} bytes")
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path.name}: is not JSON ({error})") from error
    if not isinstance(said, dict):
        raise ModelError(f"{path.name}: expected an object with the field labels")
    if unknown := sorted(set(said) - _KNOWN):
        raise ModelError(
            f"{path.name}: does not know the field {unknown[0]}; known: {', '.join(sorted(_KNOWN))}"
        )
    return said


def _labels(said: Mapping[str, Any]) -> tuple[str, ...]:
    """All three tones or all six emotions: a model that knows no "neutral" would call every notice
    something, and the desk reads more notices than anything else."""
    given = said.get("labels")
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        for known in (TONES, SIX):
            if sorted(given) == sorted(known):
                return tuple(given)
    raise ModelError(
        f"{LABELS}: labels must be {', '.join(TONES)}, or {', '.join(SIX)}, each once, in the order of outputs"
    )


def _number(said: Mapping[str, Any], name: str, usual: float, bounds: tuple[float, float]) -> float:
    given = said.get(name, usual)
    low, high = bounds
    if isinstance(given, bool) or not isinstance(given, int | float) or not low <= given <= high:
        raise ModelError(f"{LABELS}: {name} must be a number from {low} to {high}, found {given!r}")
    return float(given)


def _flag(said: Mapping[str, Any], name: str) -> bool:
    given = said.get(name, True)
    if not isinstance(given, bool):
        raise ModelError(f"{LABELS}: {name} must be true or false, found {given!r}")
    return given


def _word(said: Mapping[str, Any], name: str, words: tuple[str, ...]) -> str:
    given = said.get(name, words[0])
    if given not in words:
        raise ModelError(f"{LABELS}: {name} must be {' or '.join(words)}, found {given!r}")
    return str(given)


def _digest(paths: list[Path]) -> str:
    """SHA-256 of the bytes of files, one after the other; of a single file it is that file's own."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                total.update(piece)
    return total.hexdigest()
