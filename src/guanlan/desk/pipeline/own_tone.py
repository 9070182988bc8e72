"""The body's own correction of the tone model: two small files under GUANLAN_DATA/models.

Knows no Django, because the processes that analyse load it. The correction is used only beside the very
model that it was learned with; after an update that brings another model the shipped one speaks alone until
``guanlan train tone-body`` has been run again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone import Adapted, ToneModel
from guanlan.analysis.tone.model import SHIPPED

FOLDER = "models"
CORRECTION = "tone-body.json"
CARD = "tone-body-card.json"


@dataclass(frozen=True, slots=True)
class Card:
    """What the correction was learned from and how well it does. Shares of right answers, 0..1.

    ``before`` is the shipped model on the labels, ``after`` the corrected one by cross-validation on them;
    ``gate_*`` on the rows that the shipped model carries for this. ``model`` is the shipped model's digest.
    """

    made_at: datetime
    model: str
    version: str
    labels: int
    by_tone: Mapping[str, int]
    before: float
    after: float
    gate_before: float
    gate_after: float


def files_of(data: Path) -> tuple[Path, Path]:
    """The correction and its card, whether they are there or not."""
    return data / FOLDER / CORRECTION, data / FOLDER / CARD


def shipped_digest() -> str:
    """Eight characters that name the model that came with the program."""
    return hashlib.sha256(SHIPPED.read_bytes()).hexdigest()[:8]


def load_tone(data: Path) -> ToneModel:
    """The shipped model with the body's correction, where there is one.

    Raises ModelError when the correction is damaged or belongs to another model.
    """
    correction, _card = files_of(data)
    return ToneModel.load(correction=correction if correction.is_file() else None)


def keep(adapted: Adapted, by_tone: Mapping[str, int], data: Path, *, now: datetime) -> Card:
    """Write an accepted correction and its card; each file appears whole or not at all."""
    model = adapted.model
    if model is None or model.correction is None:
        raise ModelError(f"nothing to keep: {adapted.reason}")
    card = Card(
        now, model.digest, model.version, adapted.labels, dict(by_tone),
        adapted.before or 0.0, adapted.after or 0.0, adapted.gate_before or 0.0, adapted.gate_after or 0.0,
    )  # fmt: skip
    correction, told = files_of(data)
    told.parent.mkdir(parents=True, exist_ok=True)
    half = correction.with_suffix(".half")
    half_card = told.with_suffix(".half")
    half_card.write_text(json.dumps(asdict(card) | {"made_at": now.isoformat()}, indent=1), encoding="utf-8")
    os.replace(half_card, told)
    model.correction.save(half)
    os.replace(half, correction)
    return card


def forget(data: Path) -> bool:
    """Go back to the shipped model; whether there was anything to go back from."""
    correction, card = files_of(data)
    there = correction.is_file()
    correction.unlink(missing_ok=True)
    card.unlink(missing_ok=True)
    return there


def card_of(data: Path) -> Card | None:
    """The card of the correction that lies there; None without one or when it cannot be read."""
    correction, card = files_of(data)
    if not correction.is_file():
        return None
    try:
        told = json.loads(card.read_text(encoding="utf-8"))
        return Card(**(told | {"made_at": datetime.fromisoformat(told["made_at"])}))
    except (OSError, ValueError, TypeError, KeyError):
        return None
