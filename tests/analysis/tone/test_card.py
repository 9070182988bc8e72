from __future__ import annotations

import hashlib
from pathlib import Path

from guanlan.analysis.tone.card import FORMS, card
from guanlan.analysis.tone.questions import GROUPS
from guanlan.analysis.tone.sets import WEAK_KINDS, LabelledSet, Row


def made(tmp_path: Path, scores: dict[str, dict[str, object]]) -> str:
    model = tmp_path / "m.npz"
    model.write_bytes(b"weights")
    rows = (Row("张三说很差", 0), Row("通知", 1), Row("通知", 1))
    return card([LabelledSet(tmp_path / "set" / "x.jsonl", "three", rows)], scores, model=model, seed=7)


def test_the_card_names_file_digest_seed_and_counts(tmp_path: Path):
    text = made(tmp_path, {})
    assert hashlib.sha256(b"weights").hexdigest() in text
    assert "Seed: 7" in text
    assert "| set/x.jsonl | sentences of three classes | not known here | 3 | 1 | 2 | 0 |" in text


def test_the_card_holds_no_text_of_a_set(tmp_path: Path):
    text = made(tmp_path, {})
    assert "张三" not in text
    assert "通知" not in text


def test_scores_stand_in_one_row_a_file_with_their_intervals(tmp_path: Path):
    row = {"n": 12, "interval95": {"ece": (0.04, 0.06), "accuracy": (0.7, 0.9)}, "ece": 0.05, "accuracy": 0.8}
    text = made(tmp_path, {"a (six)": row})
    assert "| file (task) | n | ece | accuracy |" in text
    assert "| a (six) | 12 | 0.050 (0.040-0.060) | 0.800 (0.700-0.900) |" in text


def test_without_scores_the_card_says_so(tmp_path: Path):
    assert "No rows were left to measure on" in made(tmp_path, {})


def test_every_form_has_a_name():
    assert set(FORMS) == (set(GROUPS) | WEAK_KINDS) - {"office"}
