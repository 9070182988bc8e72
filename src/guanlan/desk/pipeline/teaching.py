"""Teaching the tone model what the body's people said: labels from the desk, a correction kept or refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guanlan.analysis.tone import Adapted, ToneModel, adapt
from guanlan.analysis.tone.adapting import MOST
from guanlan.analysis.types import ToneLabel
from guanlan.desk.audit.services import record
from guanlan.desk.documents.models import Label, LabelKind
from guanlan.desk.pipeline.own_tone import Card, forget, keep

#: Labels read from the desk at a time.
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Taught:
    """``card`` is None when the correction was refused; then what was in use before stays in use."""

    adapted: Adapted
    card: Card | None


def confirmed_labels() -> list[tuple[str, ToneLabel]]:
    """What people said of tones, each document once with the last word on it, oldest first, MOST at most.

    The text is what the model reads: title, line break, text.
    """
    said = Label.objects.filter(kind=LabelKind.TONE).order_by("-id")
    rows = said.values_list("document_id", "value", "document__title", "document__text")
    last: dict[int, tuple[str, ToneLabel]] = {}
    for pk, value, title, text in rows.iterator(chunk_size=CHUNK):
        if pk not in last:
            last[pk] = ("\n".join(part for part in (title, text) if part), ToneLabel(value))
        if len(last) == MOST:
            break
    return list(last.values())[::-1]


def label_count() -> int:
    """Documents whose tone a person has confirmed or changed."""
    return Label.objects.filter(kind=LabelKind.TONE).order_by().values("document").distinct().count()


def tone_teach(data: Path, *, now: datetime, model: ToneModel | None = None) -> Taught:
    """Learn a correction from the body's labels; kept only when it helps and spoils nothing (analysis.tone.adapt).

    What was learned before is not learned upon: all labels are read again beside the shipped model.
    """
    labelled = confirmed_labels()
    adapted = adapt(model or ToneModel.load(), labelled)
    if adapted.model is None:
        return Taught(adapted, None)
    by_tone = Counter(label.value for _text, label in labelled)
    card = keep(adapted, by_tone, data, now=now)
    record("model.tone_taught", actor=None, now=now, version=card.version, labels=card.labels)
    return Taught(adapted, card)


def tone_forget(data: Path, *, now: datetime) -> bool:
    """Back to the shipped model; whether the body had one of its own."""
    there = forget(data)
    if there:
        record("model.tone_forgotten", actor=None, now=now)
    return there
