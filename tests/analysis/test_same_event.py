"""Pairs of texts get a score that grows with what they share."""

import json
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.event_words import WordWeights
from guanlan.analysis.same_event import (
    MEASURES,
    PairModel,
    best_threshold,
    fit,
    load,
    measure,
    same_event,
    save,
    shipped_model,
)

SAME = ("三防镇变压器烧毁停电一夜，供电所抢修", "融水三防镇供电所抢修烧毁的变压器，居民停电一夜")
OTHER = ("三防镇变压器烧毁停电一夜，供电所抢修", "柳城中学食堂饭菜发现虫子，家长要求公布承包商")


def test_one_event_scores_above_the_threshold_and_another_below() -> None:
    threshold = shipped_model().threshold
    assert same_event(*SAME) >= threshold
    assert same_event(*OTHER) < threshold
    assert same_event(*SAME) > 10 * same_event(*OTHER)


@pytest.mark.parametrize("pair", [("", ""), ("", "停电"), ("。", "！"), ("\ud800", "停电"), ("a" * 999, "a")])
def test_any_pair_has_a_score(pair: tuple[str, str]) -> None:
    assert 0.0 <= same_event(*pair) <= 1.0


def test_measures_say_what_their_names_say() -> None:
    found = dict(zip(MEASURES, measure("收费300元 停电", "收费300元 停电", WordWeights()), strict=True))
    assert found["words_cosine"] == pytest.approx(1.0)
    assert found["threes_contained"] == pytest.approx(1.0)
    assert found["numbers_differ"] == 0.0
    other = dict(zip(MEASURES, measure("收费300元", "收费500元", WordWeights()), strict=True))
    assert (other["numbers_shared"], other["numbers_differ"]) == (0.0, 1.0)


def test_training_separates_what_can_be_separated() -> None:
    pairs = [SAME, OTHER, (SAME[1], SAME[0]), (OTHER[1], OTHER[0])] * 10
    labels = [1, 0, 1, 0] * 10
    model = fit(pairs, labels)
    assert [int(score >= model.threshold) for score in model.scores(pairs)] == labels
    assert fit(pairs, labels) == model


def test_the_best_threshold_gives_the_best_f1() -> None:
    scores, labels = np.array([0.9, 0.8, 0.3, 0.2]), np.array([1.0, 1.0, 0.0, 0.0])
    assert best_threshold(scores, labels) == 0.8


def test_a_saved_model_scores_the_same(tmp_path: Path) -> None:
    save(shipped_model(), tmp_path / "model.json")
    assert load(tmp_path / "model.json") == shipped_model()


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"measures": ["other"]})])
def test_a_damaged_model_is_a_model_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="model"):
        load(path)


def test_a_model_holds_weights_for_measures_and_their_products() -> None:
    model: PairModel = shipped_model()
    size = len(MEASURES)
    assert len(model.means) == len(model.scales) == size
    assert len(model.weights) == 1 + size + size * (size + 1) // 2
