from __future__ import annotations

import hashlib
from pathlib import Path

from guanlan.analysis.tone.card import FORMS, card
from guanlan.analysis.tone.sets import LabelledSet, Row
from guanlan.analysis.tone.training import SET_WEIGHT


def made(tmp_path: Path, scores: dict[str, dict[str, float]]) -> str:
    model = tmp_path / "m.npz"
    model.write_bytes(b"weights")
    rows = (Row("张三说很差", 0), Row("通知", 1), Row("通知", 1))
    return card([LabelledSet(tmp_path / "set" / "x.jsonl", "three", rows)], scores, model=model, seed=7)


def test_the_card_names_file_digest_seed_and_counts(tmp_path: Path):
    text = made(tmp_path, {})
    assert hashlib.sha256(b"weights").hexdigest() in text
    assert "Seed: 7" in text
    assert "| set/x.jsonl | sentences of three classes | 3 | 1 | 2 | 0 |" in text


def test_the_card_holds_no_text_of_a_set(tmp_path: Path):
    text = made(tmp_path, {})
    assert "张三" not in text
    assert "通知" not in text


def test_scores_stand_in_one_row_a_file(tmp_path: Path):
    text = made(tmp_path, {"a (six)": {"n": 12, "ece": 0.05}, "b (binary)": {"n": 9, "accuracy": 0.8}})
    assert "| file | n | ece | accuracy |" in text
    assert "| a (six) | 12 | 0.0500 |  |" in text
    assert "| b (binary) | 9 |  | 0.8000 |" in text


def test_without_scores_the_card_says_so(tmp_path: Path):
    assert "Too few held-out rows" in made(tmp_path, {})


def test_every_form_has_a_name_and_a_weight():
    assert set(FORMS) == set(SET_WEIGHT)
