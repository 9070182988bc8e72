from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.kind.fitting import design, fit
from guanlan.analysis.kind.model import KindModel, save
from guanlan.analysis.kind.rules import KINDS, rule_book
from guanlan.analysis.kind.training import logits, quantised, sharpest, train, train_files
from guanlan.analysis.types import TextKind
from tests.analysis.kind import SAID, rows


@pytest.fixture(scope="module")
def model() -> KindModel:
    return train(rows())


def test_it_learns_what_it_is_shown(model: KindModel):
    texts = [said.format("图书馆") for said in SAID.values()]
    assert [kind.label for kind in model.judge_batch(texts)] == list(SAID)


def test_the_same_rows_and_seed_give_the_same_bytes(model: KindModel, tmp_path: Path):
    save(model, tmp_path / "one.npz")
    save(train(rows()), tmp_path / "other.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_it_says_how_it_did_on_rows_it_had_not_seen(model: KindModel):
    assert model.facts["rows"] == len(rows())
    assert model.facts["cross_validated_accuracy"] > 0.9


def test_only_chosen_rows_teach():
    labelled = rows()
    read = design([row.text for row in labelled], rule_book())
    kinds = np.array([KINDS.index(row.kind) for row in labelled])
    noise = KINDS.index(TextKind.NOISE)
    taught = fit(read, kinds, np.ones(len(kinds), dtype=np.float32), np.flatnonzero(kinds != noise), 1)
    assert (logits(read, taught).argmax(axis=1) == kinds)[kinds != noise].all()
    assert taught.biases[noise] < 0


def test_bytes_say_what_the_weights_said():
    labelled = rows()
    read = design([row.text for row in labelled], rule_book())
    kinds = np.array([KINDS.index(row.kind) for row in labelled])
    fitted = fit(read, kinds, np.ones(len(kinds), dtype=np.float32), np.arange(len(kinds)), 1)
    kept = quantised(fitted, 1.0)
    back = kept.table * kept.scales
    assert (
        np.abs(np.clip(fitted.weights, -127 * kept.scales, 127 * kept.scales) - back).max()
        <= kept.scales.max() / 2 + 1e-6
    )


def test_a_model_that_is_always_right_may_be_sharper_than_one_that_is_often_wrong():
    scores = np.array([[2.0, 0.0]] * 10, dtype=np.float32)
    scores = np.pad(scores, ((0, 0), (0, 5)), constant_values=-9.0)
    right, wrong = np.zeros(10, dtype=np.int64), np.array([0, 1] * 5)
    assert sharpest(scores, right) > sharpest(scores, wrong)


def test_files_are_learned_from_without_their_rows_for_validation(tmp_path: Path):
    path = tmp_path / "labelled.jsonl"
    lines = [json.dumps({"text": row.text, "kind": row.kind}, ensure_ascii=False) for row in rows()]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = train_files([path], tmp_path / "kind.npz")
    assert 0 < found["rows"] < len(rows())
    assert KindModel.load(tmp_path / "kind.npz").facts["rows"] == found["rows"]
    with pytest.raises(LabelledDataError):
        train_files([], tmp_path / "none.npz")
