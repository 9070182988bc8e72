from __future__ import annotations

from pathlib import Path

import pytest

from guanlan.analysis.errors import LabelledDataError, ModelError
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.tone.features import read
from guanlan.analysis.tone.training import TrainOptions, train, train_files
from guanlan.analysis.types import ToneLabel
from tests.analysis.tone import written


def test_a_trained_model_reads_texts_it_has_not_seen(tmp_path: Path):
    model = train([written.tones(tmp_path / "a.jsonl")]).model
    labels = [
        model.judge(text).label for text in ("商场太差了,投诉没人管", "商场定于周一开放", "商场真漂亮,点赞")
    ]
    assert labels == [ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE]


def test_the_same_files_and_seed_give_the_same_bytes_and_card(tmp_path: Path):
    files = [written.tones(tmp_path / "a.jsonl.gz"), written.six(tmp_path / "b.jsonl")]
    for name in ("one", "two"):
        train_files(files, tmp_path / name / "tone.npz", TrainOptions(seed=5))
    for name in ("tone.npz", "tone.md"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_training_returns_scores_and_writes_a_card_without_texts(tmp_path: Path):
    told: list[tuple[str, float]] = []
    done = train_files(
        [written.tones(tmp_path / "a.jsonl"), written.six(tmp_path / "b.jsonl")],
        tmp_path / "out" / "tone.npz",
        TrainOptions(seed=3),
        progress=lambda step, share: told.append((step, share)),
    )
    assert done["bytes"] == (tmp_path / "out" / "tone.npz").stat().st_size
    scored = next(row for name, row in done["scores"].items() if name.endswith("a.jsonl (three)"))
    assert set(scored) == {"n", "interval95", "accuracy", "macro_f1", "negative_macro_f1", "ece"}
    card = Path(done["card"]).read_text(encoding="utf-8")
    assert "a.jsonl" in card
    assert f"a.jsonl (three) | {scored['n']} |" in card
    assert str(tmp_path) not in card.replace(f"{tmp_path.name}/", "")
    assert "没人管" not in card
    assert {step for step, _ in told} >= {"features", "columns", "heads"}


def test_only_tuning_rows_are_learned_from_and_the_others_are_scored(tmp_path: Path):
    path = written.tones(tmp_path / "a.jsonl")
    tuning, every = train([path]), train([path], TrainOptions(rows=Rows.ALL))
    (scored,) = tuning.scores.values()
    assert scored["n"] + len(tuning.sets[0].rows) == len(every.sets[0].rows) == 144
    assert 0 < scored["n"] < len(tuning.sets[0].rows)
    assert every.scores == {}


def test_marks_of_reposts_teach_moods(tmp_path: Path):
    reposts = [
        {"text": "原文", "reposts": [["t", "u", -1, f"{place}{words}{mark}"]]}
        for place in written.PLACES
        for words, mark in (("塌了", "[泪]"), ("亮了", "[鼓掌]"))
    ]
    files = [written.two(tmp_path / "a.jsonl"), written.write(tmp_path / "r.jsonl", reposts)]
    table = train(files).model.table
    assert [name for name in table.names if name.startswith("mood:")] == [
        "mood:grief",
        "mood:praise",
        "mood:glad",
    ]
    bucket = read(["塌了"]).buckets[1][0]
    assert table.bytes_[bucket][table.names.index("mood:grief")] > 0
    assert table.bytes_[bucket][table.names.index("mood:glad")] < 0


def test_without_six_emotions_there_is_no_such_head(tmp_path: Path):
    model = train([written.two(tmp_path / "a.jsonl")]).model
    with pytest.raises(ModelError):
        model.emotions(["好"])


def test_a_set_of_two_classes_alone_can_be_trained_on(tmp_path: Path):
    model = train([written.two(tmp_path / "a.jsonl", mid="1")]).model
    bad, good = (
        tone.probabilities for tone in model.judge_batch(["商场太差了,投诉没人管", "商场真漂亮,点赞"])
    )
    assert bad[0] > bad[2]
    assert good[2] > good[0]


def test_weak_sets_alone_are_refused_and_nothing_is_written(tmp_path: Path):
    news = written.write(tmp_path / "n.jsonl", [{"source": "甲", "target": "乙", "label": 1}])
    with pytest.raises(LabelledDataError, match="no file has labelled tones"):
        train_files([news], tmp_path / "tone.npz")
    assert not (tmp_path / "tone.npz").exists()


def test_no_files_are_refused():
    with pytest.raises(LabelledDataError):
        train([])


def test_a_weak_set_teaches_that_news_is_neutral(tmp_path: Path):
    tones = written.tones(tmp_path / "a.jsonl")
    news = written.write(
        tmp_path / "n.jsonl",
        [{"source": f"{place}发生火灾事故", "target": f"{place}火灾已扑灭"} for place in written.PLACES * 20],
    )
    without, with_news = train([tones]).model, train([tones, news]).model
    text = "商场发生火灾事故"
    assert with_news.judge(text).label is ToneLabel.NEUTRAL
    assert with_news.judge(text).probabilities[1] > without.judge(text).probabilities[1]


def test_a_trained_file_loads_again(tmp_path: Path):
    train_files([written.six(tmp_path / "b.jsonl")], tmp_path / "tone.npz")
    model = ToneModel.load(tmp_path / "tone.npz")
    assert model.judge("商场气死我了混蛋").label is ToneLabel.NEGATIVE
