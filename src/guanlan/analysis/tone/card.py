"""The model card: what a tone model learned from, how well it does, and where it does not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guanlan.analysis.tone.sets import TONES, LabelledSet

#: What a form of set is called on the card.
FORMS = {
    "six": "posts labelled with six emotions",
    "hand": "posts labelled by hand, two classes",
    "binary": "texts of two classes, [..] marks taken out",
    "three": "sentences of three classes",
    "named": "texts of three tones",
    "pairs": "news texts, weakly neutral",
    "messages": "citizens' messages (weakly negative) and replies to them (weakly neutral)",
    "reports": "news reports, weakly neutral",
    "headlines": "headlines, weakly neutral",
}


def card(
    sets: Sequence[LabelledSet], scores: Mapping[str, Mapping[str, float]], *, model: Path, seed: int
) -> str:
    """The card as Markdown. Names and counts and scores only: no text of any set appears in it."""
    lines = ["# Tone model", "", *_what(model, seed), "", *_data(sets), "", *_scores(scores), "", *_limits()]
    return "\n".join(lines) + "\n"


def _what(model: Path, seed: int) -> list[str]:
    content = model.read_bytes()
    return [
        "A linear softmax over hashed character 1-4-grams, weights as bytes: negative, neutral,",
        "positive, and six emotions where such rows were given.",
        "",
        f"- File: `{model.name}`, {len(content):,} bytes, SHA-256 `{hashlib.sha256(content).hexdigest()}`",
        f"- Seed: {seed}. The same files, seed and numpy give the same bytes.",
    ]


def _data(sets: Sequence[LabelledSet]) -> list[str]:
    lines = ["## Learned from", "", "| file | read as | rows | negative | neutral | positive |"]
    lines.append("|---|---|---|---|---|---|")
    for one in sets:
        name = f"{one.path.parent.name}/{one.path.name}"
        seen = Counter(row.tone for row in one.rows)
        counts = " | ".join(str(seen[tone]) for tone in range(len(TONES)))
        lines.append(f"| {name} | {FORMS[one.kind]} | {len(one.rows)} | {counts} |")
    return lines


def _scores(scores: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not scores:
        return ["## Scores", "", "Too few held-out rows to measure."]
    names = list(dict.fromkeys(name for row in scores.values() for name in row))
    lines = ["## Scores on every tenth row, held out from the weights", ""]
    lines.append(f"| file | {' | '.join(names)} |")
    lines.append("|---" * (len(names) + 1) + "|")
    for file, row in scores.items():
        lines.append(f"| {file} | {' | '.join(_figure(row.get(name)) for name in names)} |")
    return lines


def _figure(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def _limits() -> list[str]:
    return [
        "## Limits",
        "",
        "- Sharpness and shifts of the probabilities were fitted on the held-out rows; their `ece` is a",
        "  little kind. Measure on rows of your own with `guanlan eval tone`.",
        "- Irony, quoted speech and a text with two sides are often misread. A person confirms.",
        "- It says how a text speaks, not whether it is true, and nothing about its author.",
    ]
