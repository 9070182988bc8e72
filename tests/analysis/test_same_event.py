"""Pairs of texts get a score that grows with what they share."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import ModelError
from guanlan.analysis.same_event import (
    Labelled,
    PairTask,
    best_threshold,
    fit,
    load,
    same_event,
    same_topic,
    save,
    shipped_model,
)
from guanlan.analysis.same_event.boosting import BoostOptions, grow
from guanlan.analysis.same_event.measures import PairMeasures
from guanlan.analysis.same_event.model import measures
from guanlan.analysis.same_event.vectors import load_vectors, save_vectors, shipped_vectors

SAME = ("三防镇变压器烧毁停电一夜，供电所抢修", "融水三防镇供电所抢修烧毁的变压器，居民停电一夜")
OTHER = ("三防镇变压器烧毁停电一夜，供电所抢修", "柳城中学食堂饭菜发现虫子，家长要求公布承包商")
FEW = BoostOptions(trees=12, depth=2, least_rows=1.0, ridge=1.0, rate=0.3)


def measured(first: str, second: str) -> dict[str, float]:
    return dict(zip(measures().names, measures().row(first, second), strict=True))


def test_one_event_scores_above_the_threshold_and_another_below() -> None:
    threshold = shipped_model().threshold
    assert same_event(*SAME) >= threshold
    assert same_event(*OTHER) < threshold
    assert same_event(*SAME) > 5 * same_event(*OTHER)


def test_one_topic_is_asked_less_than_one_event() -> None:
    assert same_topic(*SAME) >= shipped_model(PairTask.TOPIC).threshold
    assert same_topic(*OTHER) < shipped_model(PairTask.TOPIC).threshold
    assert same_topic(*SAME) > same_event(*SAME)


@pytest.mark.parametrize(
    "pair",
    [("", ""), ("", "停电"), ("。", "！"), ("\ud800", "停电"), ("a" * 99_999, "a"), ("\0" * 500, "《" * 500)],
)
def test_any_pair_has_a_score(pair: tuple[str, str]) -> None:
    assert 0.0 <= same_event(*pair) <= 1.0


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_the_order_of_the_two_texts_does_not_matter(first: str, second: str) -> None:
    assert measures().row(first, second) == measures().row(second, first)
    assert all(np.isfinite(measures().row(first, second)))


def test_measures_say_what_their_names_say() -> None:
    found = measured("收费300元 停电", "收费300元 停电")
    assert found["words_cosine"] == pytest.approx(1.0)
    assert found["threes_jaccard"] == pytest.approx(1.0)
    assert found["near_whole"] == pytest.approx(1.0)
    assert found["in_order_share"] == pytest.approx(1.0)
    assert (found["numbers_shared"], found["numbers_differ"]) == (1.0, 0.0)
    other = measured("3月1日《大红包》收费300元", "3月9日《小红包》收费500元")
    assert (other["numbers_differ"], other["dates_differ"], other["quoted_differ"]) == (0.0, 1.0, 1.0)
    assert (other["numbers_shared"], other["dates_shared"]) == (1.0, 0.0)  # the month alone is no date
    assert other["longest_run"] == 5.0  # 红包》收费


def test_the_rarest_words_of_a_title_are_looked_up_in_the_body() -> None:
    found = measured("变压器烧毁", "昨夜雷雨，镇上一台变压器被烧毁，居民用电中断")
    assert found["rarest_1_of_shorter"] == found["rarest_3_of_shorter"] == 1.0
    assert found["rarest_3_of_longer"] < 1.0


def test_training_separates_what_can_be_separated() -> None:
    pairs = [SAME, OTHER, (SAME[1], SAME[0]), (OTHER[1], OTHER[0])] * 10
    labels = [1, 0, 1, 0] * 10
    model = fit(Labelled(pairs, labels), options=FEW)
    assert [int(score >= model.threshold) for score in model.scores(pairs)] == labels


def test_equal_rows_grow_an_equal_forest_and_another_seed_another() -> None:
    table = np.random.default_rng(1).normal(size=(300, 6))
    labels = (table[:, 0] * table[:, 1] > 0).astype(int).tolist()
    first, again = grow(table, labels, FEW), grow(table, labels, FEW)
    assert first.as_json() == again.as_json()
    assert grow(table, labels, BoostOptions(trees=12, depth=2, seed=7)).as_json() != first.as_json()


def test_trees_learn_what_no_single_measure_tells() -> None:
    table = np.random.default_rng(1).normal(size=(1200, 4))
    labels = (table[:, 0] * table[:, 1] > 0).astype(int)
    forest = grow(table, labels.tolist(), BoostOptions(trees=150, rate=0.1, share_of_measures=1.0))
    fresh = np.random.default_rng(2).normal(size=(400, 4))
    assert ((forest.scores(fresh) > 0.5) == (fresh[:, 0] * fresh[:, 1] > 0)).mean() > 0.9


def test_pairs_of_the_other_kind_teach_but_do_not_set_the_threshold() -> None:
    rows = Labelled([SAME, OTHER] * 10, [1, 0] * 10)
    alone, taught = fit(rows, options=FEW), fit(rows, Labelled([OTHER] * 40, [0] * 40), FEW)
    assert taught.scores([OTHER])[0] < alone.scores([OTHER])[0]


def test_the_best_threshold_gives_the_best_f1() -> None:
    scores, labels = np.array([0.9, 0.8, 0.3, 0.2]), np.array([1.0, 1.0, 0.0, 0.0])
    assert best_threshold(scores, labels) == 0.8


def test_a_saved_model_scores_the_same(tmp_path: Path) -> None:
    save(shipped_model(), tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert again.threshold == shipped_model().threshold
    assert again.scores([SAME, OTHER]).tolist() == shipped_model().scores([SAME, OTHER]).tolist()


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"measures": ["other"]})])
def test_a_damaged_model_is_a_model_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="model"):
        load(path)


@pytest.mark.parametrize(("name", "value"), [("feature", [[999, 0, 0]]), ("leaf", [[1.0]])])
def test_trees_of_a_wrong_shape_are_a_model_error(
    tmp_path: Path, name: str, value: list[list[float]]
) -> None:
    raw = {"base": 0.0, "feature": [[0, 0, 0]], "cut": [[0.0, 0.0, 0.0]], "leaf": [[0.0, 0.0, 0.0, 0.0]]}
    whole = {"measures": list(measures().names), "threshold": 0.5, "forest": raw | {name: value}}
    path = tmp_path / "model.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ModelError, match="model"):
        load(path)


def test_vectors_are_kept_in_one_byte_a_dimension(tmp_path: Path) -> None:
    matrix = np.random.default_rng(3).normal(size=(3, 8)).astype(np.float32)
    save_vectors(["停电", "食堂", "公交"], matrix, tmp_path / "v.npz")
    vectors = load_vectors(tmp_path / "v.npz")
    wanted = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    assert vectors.known(["停电", "无", "公交"]) == ["停电", "公交"]
    assert np.abs(vectors.matrix - wanted).max() < 0.01
    assert len(PairMeasures(vectors).row(*SAME)) == len(PairMeasures(vectors).names)


def test_damaged_vectors_are_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "v.npz").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"v\.npz"):
        load_vectors(tmp_path / "v.npz")


def test_words_of_one_domain_stand_nearer_than_strangers() -> None:
    vectors = shipped_vectors()
    food, school, rain = vectors.of(["食堂", "学校", "暴雨"])
    assert food @ school > food @ rain
