from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone import UNSURE_BELOW, ToneModel
from guanlan.analysis.tone.model import SHIPPED
from guanlan.analysis.tone.sets import SIX
from guanlan.analysis.tone.storing import save
from guanlan.analysis.types import ToneLabel
from tests.analysis.tone import small
from tests.analysis.tone.desk_sentences import COMPLAINTS, NOTICES, PRAISE

#: The share of desk sentences to be read right, and of each kind; the brief of the model.
DESK_FLOOR = 0.85
#: The shipped file may not outgrow this.
MOST_BYTES = 25 * 1024 * 1024


@pytest.fixture(scope="module")
def model() -> ToneModel:
    return ToneModel.load()


def test_the_desk_sentences_are_read_right(model: ToneModel):
    wanted = dict.fromkeys(COMPLAINTS, ToneLabel.NEGATIVE)
    wanted |= dict.fromkeys(NOTICES, ToneLabel.NEUTRAL)
    wanted |= dict.fromkeys(PRAISE, ToneLabel.POSITIVE)
    assert len(wanted) == 60
    right = sum(model.judge(text).label is label for text, label in wanted.items())
    assert right / len(wanted) >= DESK_FLOOR


def test_a_notice_of_a_misfortune_is_not_a_complaint(model: ToneModel):
    said = [model.judge(text).label for text in NOTICES]
    assert said.count(ToneLabel.NEGATIVE) <= 2


def test_probabilities_sum_to_one_and_the_label_is_the_likeliest(model: ToneModel):
    for tone in model.judge_batch([*COMPLAINTS, *NOTICES, *PRAISE]):
        assert math.isclose(sum(tone.probabilities), 1.0, abs_tol=1e-9)
        assert tone.probability == max(tone.probabilities)
        assert tone.probabilities[list(ToneLabel).index(tone.label)] == tone.probability
        assert tone.unsure == (tone.probability < UNSURE_BELOW)


def test_judging_twice_alone_or_in_a_batch_gives_the_same(model: ToneModel):
    batch = list(model.judge_batch([*COMPLAINTS, *PRAISE]))
    assert batch == list(model.judge_batch([*COMPLAINTS, *PRAISE]))
    for text, tone in zip([*COMPLAINTS, *PRAISE], batch, strict=True):
        alone = model.judge(text)
        assert alone.label is tone.label
        assert alone.probabilities == pytest.approx(tone.probabilities, abs=1e-6)
        assert [word.span for word in alone.words] == [word.span for word in tone.words]


def test_a_batch_keeps_order_across_chunks_and_is_lazy(model: ToneModel):
    endless = itertools.cycle([COMPLAINTS[0], PRAISE[3]])
    labels = [tone.label for tone in itertools.islice(model.judge_batch(endless), 600)]
    assert labels == [ToneLabel.NEGATIVE, ToneLabel.POSITIVE] * 300


def test_words_point_at_what_they_name(model: ToneModel):
    text = "转//@张三:窗口人员态度恶劣，投诉没人管 http://t.cn/A6Pq"
    tone = model.judge(text)
    assert tone.label is ToneLabel.NEGATIVE
    assert 0 < len(tone.words) <= 8
    for word in tone.words:
        assert text[word.span.start : word.span.end] == word.word
    assert "态度恶劣" in {word.word for word in tone.words if word.weight < 0}
    assert not any("张" in word.word or "t.cn" in word.word for word in tone.words)


def test_praise_is_carried_by_words_of_positive_weight(model: ToneModel):
    tone = model.judge("效率真高，非常满意")
    assert tone.words[0].weight > 0


def test_reasons_can_be_left_out(model: ToneModel):
    (tone,) = model.judge_batch([COMPLAINTS[0]], words=False)
    assert tone == replace(model.judge(COMPLAINTS[0]), words=())


@pytest.mark.parametrize("text", ["", "   ", "\x00\x00", "\ud800\udfff", "http://example.cn/", "\u200b\n"])
def test_where_nothing_can_be_read_the_model_is_unsure(model: ToneModel, text: str):
    assert model.judge(text).unsure


@pytest.mark.parametrize("text", ["💩" * 9000, "差" * 500_000, "a\udc80b" * 2000, "[" * 5000, "//@" * 5000])
def test_hostile_texts_are_judged_like_any_other(model: ToneModel, text: str):
    tone = model.judge(text)
    assert math.isfinite(tone.probability)


def test_emotions_sum_to_one_and_agree_with_the_tone(model: ToneModel):
    texts = ["气死我了,这帮人太无耻了", "今天真开心,太喜欢了,哈哈"]
    beliefs = model.emotions(texts)
    assert beliefs.shape == (2, 6)
    assert beliefs.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert [SIX[place] for place in model.emotion_of(beliefs)] == ["angry", "happy"]


def test_a_model_without_emotions_says_so(model: ToneModel):
    with pytest.raises(ModelError, match="six emotions"):
        replace(model, mixture=replace(model.mixture, six=None)).emotions(["好"])


def test_saving_gives_the_same_bytes_and_loading_the_same_answers(tmp_path: Path):
    model = small.model()
    one, other = tmp_path / "a" / "one.npz", tmp_path / "two.npz"
    assert save(model, one) == save(model, other)
    assert one.read_bytes() == other.read_bytes()
    assert ToneModel.load(one).judge(COMPLAINTS[0]) == model.judge(COMPLAINTS[0])


def test_the_version_names_the_file_that_judged(tmp_path: Path):
    model = small.model()
    changed = replace(model, table=replace(model.table, biases=model.table.biases * 2))
    save(changed, tmp_path / "x.npz")
    other = ToneModel.load(tmp_path / "x.npz")
    assert other.version != model.version
    assert model.judge("好").version == model.version


def test_the_shipped_file_is_small():
    assert SHIPPED.stat().st_size <= MOST_BYTES


def test_a_missing_file_is_a_model_error(tmp_path: Path):
    with pytest.raises(ModelError, match="cannot be read"):
        ToneModel.load(tmp_path / "none.npz")


def test_damaged_files_are_model_errors(tmp_path: Path):
    whole = SHIPPED.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for damaged in (
        b"",
        b"not a model",
        whole[: len(whole) // 2],
        bytes(flipped),
        b"PK\x03\x04" + b"\0" * 60,
    ):
        path = tmp_path / "damaged.npz"
        path.write_bytes(damaged)
        with pytest.raises(ModelError, match="damaged"):
            ToneModel.load(path)


def test_a_file_of_another_format_is_refused(tmp_path: Path):
    model = small.model()
    save(replace(model, facts={**model.facts, "format": 99}), tmp_path / "x.npz")
    with pytest.raises(ModelError, match="format 99"):
        ToneModel.load(tmp_path / "x.npz")


def test_tables_of_another_shape_or_broken_numbers_are_refused(tmp_path: Path):
    model = small.model()
    short = replace(model.table, bytes_=model.table.bytes_[:8])
    broken = replace(model.table, biases=np.full_like(model.table.biases, np.nan))
    for table in (short, broken):
        save(replace(model, table=table), tmp_path / "x.npz")
        with pytest.raises(ModelError, match="no tone model"):
            ToneModel.load(tmp_path / "x.npz")


#: Good news in plain words: the first is how people write that they are safe.
GOOD_NEWS = ("报个平安", "我们都平安到家了,谢谢大家关心", "孩子找到了,平安无事")


def test_good_news_told_politely_is_not_negative(model: ToneModel):
    assert ToneLabel.NEGATIVE not in {model.judge(text).label for text in GOOD_NEWS}


def test_no_texts_give_no_tones(model: ToneModel):
    assert list(model.judge_batch([])) == []
    assert model.tones([]).shape == (0, 3)
