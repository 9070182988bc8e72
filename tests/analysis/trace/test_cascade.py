"""Bursts after a hub, and what stands in the file of weights."""

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.trace import cascade as module
from guanlan.analysis.trace.cascade import HUB_MEASURES, SOURCE_MEASURES, cascade, measures
from guanlan.analysis.trace.likeness import alike, similarity, sketch
from tests.analysis.trace.items import ARTICLE


def test_probabilities_are_shares_and_nobody_follows_a_later_item() -> None:
    times = np.sort(np.random.default_rng(1).uniform(0, 1e5, 300))
    parents, beliefs = cascade(times, 0.0, ["" if n % 3 else "看看" for n in range(300)])
    assert (parents < np.arange(300)).all()
    assert ((beliefs > 0) & (beliefs <= 1)).all()


def test_the_item_before_a_burst_is_a_hub() -> None:
    times = np.array([0.0, 10_000.0, 50_000.0, *(50_010.0 + 5 * n for n in range(60))])
    hubs, of_hub, of_source, possible = measures(times, 0.0, ["好"] * len(times))
    assert 2 in hubs.tolist()
    assert of_hub.shape == (63, len(hubs), len(HUB_MEASURES))
    assert of_source.shape == (63, len(SOURCE_MEASURES))
    assert not possible[0].any()


def test_a_damaged_file_of_weights_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHIPPED", module.SHIPPED.with_name("none.json"))
    module.shipped_weights.cache_clear()
    with pytest.raises(ModelError):
        module.shipped_weights()
    monkeypatch.undo()
    module.shipped_weights.cache_clear()


def test_edited_copies_are_alike_and_strangers_are_not() -> None:
    edited = ARTICLE.replace("傍晚", "下午").replace("三天", "四天")
    sketches = [sketch(text) for text in (ARTICLE, edited, "县医院明天起恢复夜间门诊，请带好身份证和医保卡")]
    found = alike(sketches, 0.2)
    assert [place for place, _similar in found[0]] == [1]
    assert found[2] == []


def test_chains_and_addresses_do_not_make_texts_alike() -> None:
    assert similarity(sketch(ARTICLE), sketch(f"//@老王:{ARTICLE} http://t.cn/abc")) > 0.9


def test_a_text_of_a_few_letters_is_like_nothing() -> None:
    assert alike([sketch("转发微博"), sketch("转发微博")], 0.1) == [[], []]
