"""Which model judged a tone, in words, and which clauses decided where a larger model on this machine judged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone.encoder import EncoderJudge
from guanlan.analysis.tone.onnx import OnnxJudge
from guanlan.analysis.types import WeightedWord
from guanlan.desk.common.env import Env, SettingError
from guanlan.desk.documents.models import Document
from guanlan.desk.pipeline.tone_choice import read_choice
from guanlan.desk.pipeline.tone_tally import Tallied
from guanlan.judges import Choice, ChoiceError
from guanlan.judges.choice import LOCAL
from guanlan.judges.local import load

#: judges.NoAnswer.reason → why the compact model judged
FALLBACKS: dict[str, Promise] = {
    "unreachable": gettext_lazy("the endpoint cannot be reached"),
    "refused": gettext_lazy("the endpoint refuses us, or its address may not be called"),
    "http_error": gettext_lazy("the endpoint answered with an error"),
    "busy": gettext_lazy("the endpoint is too busy"),
    "late": gettext_lazy("it did not answer in time"),
    "resting": gettext_lazy("the endpoint failed and is left alone for a while"),
    "no_answer": gettext_lazy("the endpoint did not answer in the form asked for"),
    "too_large": gettext_lazy("the endpoint did not stop answering"),
    "failed": gettext_lazy("the model broke on the text"),
    "no_number": gettext_lazy("the model gave no number"),
    "not_loaded": gettext_lazy("the model could not be loaded"),
}
_ENCODER, _ONNX, _ENDPOINT = "/encoder-", "/onnx-", "/openai:"


@dataclass(frozen=True, slots=True)
class Judged:
    """One line of the page: ``who`` judged ``texts``, and why not the larger model."""

    who: Promise
    version: str
    reason: str
    texts: int


def judged_lines(tallies: list[Tallied]) -> list[Judged]:
    """Tallies in words."""
    return [
        Judged(model_name(one.version), one.version, fallback_words(one.fallback), one.texts)
        for one in tallies
    ]


def model_name(version: str) -> Promise:
    """Which kind of model a version names."""
    if _ENCODER in version:
        return gettext_lazy("Encoder")
    if _ONNX in version:
        return gettext_lazy("Model of this body's own (ONNX)")
    return gettext_lazy("Endpoint") if _ENDPOINT in version else gettext_lazy("Compact model")


def fallback_words(reason: str) -> str:
    """Why the compact model judged in the place of another; empty when it did not."""
    return str(FALLBACKS.get(reason, reason))


def chosen() -> Choice | None:
    """What the settings choose; None when they cannot be read (a system check says so)."""
    try:
        return read_choice(Env.load())
    except (ChoiceError, SettingError):
        return None


def can_explain(document: Document) -> bool:
    """Whether the model that judged a document is one on this machine and may still be there."""
    version = str(document.evidence.get("tone", {}).get("version", ""))
    choice = chosen() if _ONNX in version or _ENCODER in version else None
    return choice is not None and choice.kind in LOCAL


def clauses_of(document: Document) -> tuple[WeightedWord, ...] | None:
    """The clauses that decided, found now; None when the model is another one by now."""
    choice = chosen()
    if choice is None or choice.kind not in LOCAL:
        return None
    try:
        judge = _loaded(choice)
    except ModelError:
        return None
    if judge.version != document.evidence.get("tone", {}).get("version"):
        return None
    return judge.explain("\n".join(part for part in (document.title, document.text) if part)).words


@lru_cache(maxsize=1)
def _loaded(choice: Choice) -> OnnxJudge | EncoderJudge:
    """In a web process only when somebody asks for the first time."""
    return load(choice)
