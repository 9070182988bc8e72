"""The model card: what a tone model learned from, how well it does, and where it does not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone.sets import TONES, LabelledSet

#: What a form of set is called on the card.
FORMS = {
    "six": "posts labelled with six emotions",
    "hand": "posts labelled by hand, two classes",
    "marked": "posts labelled by their [..] marks, which are taken out",
    "binary": "texts of two classes",
    "three": "sentences of three classes",
    "named": "texts of three tones",
    "pairs": "news texts, weakly neutral",
    "messages": "citizens' messages (weakly negative) and replies to them (weakly neutral)",
    "reports": "news reports, weakly neutral",
    "headlines": "headlines, weakly neutral",
    "reposts": "reposts with a mark of mood, the mark taken out; only the mood is learned",
}
#: Licences of the sets we learn from, by the folder they are kept in.
LICENCES = {
    "smp2020_ewect": "competition data, none stated",
    "smp2019_ecisa_implicit": "competition data, none stated",
    "sohu2021_pairs": "competition data, none stated",
    "citizen_messages_tipdm2020": "competition data, none stated",
    "weibo2018": "none stated",
    "weibo_senti_100k": "none stated",
    "chnsenticorp": "none stated",
    "ced_weibo_rumor": "none stated, research use",
    "checked_covid_fake": "none stated, academic research",
    "weibo_hot_search": "MIT",
    "weibo_hashtag_topics": "MIT",
}


def card(
    sets: Sequence[LabelledSet],
    scores: Mapping[str, Mapping[str, Any]],
    *,
    model: Path,
    seed: int,
    rows: Rows = Rows.TUNING,
    opinions: Path | None = None,
) -> str:
    """The card as Markdown. Names and counts and scores only: no text of any set appears in it."""
    what = _what(model, seed, rows, opinions)
    parts = (what, _data(sets), _teacher(opinions), _scores(scores), _unsure(), _limits())
    return "\n".join(["# Tone model", *(line for part in parts if part for line in ("", *part))]) + "\n"


def _what(model: Path, seed: int, rows: Rows, opinions: Path | None) -> list[str]:
    content = model.read_bytes()
    also = "" if opinions is None else f" --opinions {opinions.name}"
    return [
        "Negative, neutral, positive, and six emotions where such rows were given. Hashed character",
        "1-4-grams are scored by columns (logistic regression scaled by naive Bayes log-count ratios,",
        "weights as bytes), one for each question a set can answer, and six for the moods that writers of",
        "reposts marked themselves. A small softmax for each kind of text reads these scores; a gate over",
        "the kinds mixes them. `docs/decisions/0010-tone-model.md` says what else was tried.",
        "",
        f"- File: `{model.name}`, {len(content):,} bytes, SHA-256 `{hashlib.sha256(content).hexdigest()}`",
        f"- Seed: {seed}. Rows learned from: {rows.value}. The same files, order, seed and numpy give the",
        f"  same bytes: `guanlan train tone FILES…{also} -o tone.npz` with the files below, in this order.",
        "- Weights: Apache-2.0. No row of any set is in the file: it holds weights of hashed n-grams and, for",
        "  the check of a body's own labels, column scores of some rows without their texts. Handles and",
        "  addresses were blanked before hashing; an n-gram seen in one text of a set has no weight there.",
    ]


def _data(sets: Sequence[LabelledSet]) -> list[str]:
    lines = ["## Learned from", "", "| file | read as | licence | rows | negative | neutral | positive |"]
    lines.append("|---|---|---|---|---|---|---|")
    for one in sets:
        seen = Counter(row.tone for row in one.rows)
        counts = " | ".join(str(seen[tone]) for tone in range(len(TONES)))
        licence = LICENCES.get(one.path.parent.name, "not known here")
        name = f"{one.path.parent.name}/{one.path.name}"
        lines.append(f"| {name} | {FORMS[one.kind]} | {licence} | {len(one.rows)} | {counts} |")
    return lines


def _teacher(opinions: Path | None) -> list[str]:
    if opinions is None:
        return []
    content = opinions.read_bytes()
    return [
        "## A teacher's opinions",
        "",
        f"`{opinions.name}` ({len(content):,} bytes, SHA-256 `{hashlib.sha256(content).hexdigest()}`) holds what",
        "a pretrained encoder, taught tuning rows (`scripts/train_tone_teacher.py`), thinks of posts and",
        "reposts that nobody labelled: bytes by the hash of a text, no text. Its own columns (`teacher:`)",
        "answer as it does.",
    ]


def _scores(scores: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not scores:
        return ["## Scores", "", "No rows were left to measure on."]
    every = dict.fromkeys(name for row in scores.values() for name in row)
    names = [name for name in every if name not in ("n", "interval95")]
    lines = ["## Scores on validation rows", ""]
    lines += [
        "A fifth of the rows of every set, chosen by their text, from which nothing was learned;",
        "95 % intervals by bootstrap over rows. `guanlan eval tone FILE --rows validation --task TASK`.",
        "",
        f"| file (task) | n | {' | '.join(names)} |",
        "|---" * (len(names) + 2) + "|",
    ]
    for file, row in scores.items():
        figures = " | ".join(_figure(row, name) for name in names)
        lines.append(f"| {file} | {row['n']} | {figures} |")
    return lines


def _figure(row: Mapping[str, Any], name: str) -> str:
    low, high = row["interval95"][name]
    return f"{row[name]:.3f} ({low:.3f}-{high:.3f})"


def _unsure() -> list[str]:
    return [
        "## When it is unsure",
        "",
        "`unsure` is set below a probability of .6, and where a text holds nothing to read.",
    ]


def _limits() -> list[str]:
    return [
        "## Limits",
        "",
        "- Irony, quoted speech and a text with two sides are often misread. A person confirms.",
        "- It says how a text speaks, not whether it is true, and nothing about its author.",
        "- The words that are shown are those that move a text between negative and positive; what makes it",
        "  neutral is not shown.",
        "- Weak labels (messages negative, replies and news neutral) are guesses of ours; they only teach",
        "  what an official text looks like.",
        "- The posts are from 2010 to 2020. Words that came later are not known to it.",
    ]
