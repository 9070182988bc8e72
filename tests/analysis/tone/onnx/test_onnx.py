"""A brought ONNX model judges behind the same interface; what does not fit is said when it is loaded."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guanlan.analysis.errors import AnalysisError, ExtraMissing, ModelError
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.tone import evaluate
from guanlan.analysis.pipeline import Toolbox, analyse_batch
from guanlan.analysis.tone import Judge
from guanlan.analysis.tone.onnx import OnnxJudge
from guanlan.analysis.tone.onnx.judge import TOKENS_AT_ONCE
from guanlan.analysis.tone.sets import SIX
from guanlan.analysis.types import RawItem, ToneLabel
from tests.analysis.tone.onnx import tiny

HOSTILE = ["", " ", "\ud800坏", "\0", "😀" * 3, "坏" * 100_000, "〔〕\u202e", "[CLS][SEP][PAD]"]


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    return tiny.folder(tmp_path / "model")


def test_it_judges_and_names_its_file(brought: Path) -> None:
    judge = OnnxJudge.load(brought)
    assert isinstance(judge, Judge)
    tones = list(judge.judge_batch(["水坏坏。", "通知通知", "好谢谢"]))
    assert [tone.label for tone in tones] == [ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE]
    assert all(sum(tone.probabilities) == pytest.approx(1) and not tone.unsure for tone in tones)
    digest = hashlib.sha256((brought / "model.onnx").read_bytes()).hexdigest()
    assert f"onnx-{digest[:12]}." in judge.version
    assert {tone.version for tone in tones} == {judge.version}
    assert judge.judge("水水").unsure


@pytest.mark.parametrize("name", ["vocab.txt", "tokenizer.json"])
def test_either_tokenizer_reads_the_same(tmp_path: Path, name: str) -> None:
    judge = OnnxJudge.load(tiny.folder(tmp_path, tokenizer=name))
    assert judge.judge("水坏。好坏").probabilities == pytest.approx((0.997, 0.0015, 0.0015), abs=0.01)


def test_how_it_is_read_changes_its_name(brought: Path) -> None:
    before = OnnxJudge.load(brought).version
    (brought / "labels.json").write_text(json.dumps({"labels": tiny.TONES, "temperature": 2}))
    after = OnnxJudge.load(brought).version
    assert before != after
    assert before.split(".")[0] == after.split(".")[0]


def test_labels_say_which_output_is_which_and_temperature_softens(tmp_path: Path) -> None:
    turned = tiny.folder(tmp_path / "a", labels={"labels": ["positive", "neutral", "negative"]})
    assert OnnxJudge.load(turned).judge("坏坏").label is ToneLabel.POSITIVE
    soft = tiny.folder(tmp_path / "b", labels={"labels": tiny.TONES, "temperature": 20})
    assert OnnxJudge.load(soft).judge("坏水水水水水").unsure


def test_six_emotions_are_summed_into_tones_and_told_apart(tmp_path: Path) -> None:
    labels = {"labels": ["sad", "surprise", "happy", "fear", "angry", "neutral"]}
    judge = OnnxJudge.load(tiny.folder(tmp_path, labels=labels, content=tiny.model(tiny.weights(6))))
    assert [judge.judge(text).label.value for text in ("坏坏", "通知", "好好")] == tiny.TONES
    chosen = judge.emotion_of(judge.emotions(["坏坏", "通知", "好好"]))
    assert [SIX[place] for place in chosen] == ["sad", "surprise", "happy"]
    with pytest.raises(ModelError, match="six emotions"):
        OnnxJudge.load(tiny.folder(tmp_path / "three")).emotions(["坏"])


def test_a_model_that_ends_in_a_softmax_is_said_to(tmp_path: Path) -> None:
    content = tiny.model(tiny.weights(pull=2), softmax=True)
    with pytest.raises(ModelError, match='"gives": "probabilities"'):
        OnnxJudge.load(tiny.folder(tmp_path / "a", content=content))
    labels = {"labels": tiny.TONES, "gives": "probabilities"}
    judge = OnnxJudge.load(tiny.folder(tmp_path / "b", content=content, labels=labels))
    raised = np.exp([4 / 4, 0, 0])  # 坏坏 and two marks: the mean of 2, 2, 0, 0
    assert judge.judge("坏坏").probabilities == pytest.approx(tuple(raised / raised.sum()), abs=1e-6)
    with pytest.raises(ModelError, match='"gives": "logits"'):
        OnnxJudge.load(tiny.folder(tmp_path / "c", labels=labels))


def test_hostile_strings_are_judged_and_in_order(brought: Path) -> None:
    judge = OnnxJudge.load(brought)
    tones = list(judge.judge_batch([*HOSTILE, "好"]))
    assert len(tones) == len(HOSTILE) + 1
    assert tones[-1].label is ToneLabel.POSITIVE
    assert tones[0].unsure
    assert tones[2].label is ToneLabel.NEGATIVE


def test_one_run_stays_within_its_tokens_whatever_comes(
    brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = OnnxJudge.load(brought)
    sizes: list[int] = []
    run = judge._session.run

    class Watched:
        def run(self, names: Any, feed: Any) -> Any:
            sizes.append(feed["input_ids"].size)
            return run(names, feed)

    monkeypatch.setattr(judge, "_session", Watched())
    tones = list(judge.judge_batch(["坏" * (number * 7 % 300) + "好" for number in range(300)]))
    assert len(tones) == 300
    assert max(sizes) <= TOKENS_AT_ONCE
    assert len(sizes) < 60


def test_the_same_texts_get_the_same_answer(brought: Path) -> None:
    texts = ["水坏。" * number + "好" for number in range(1, 40)]
    first = list(OnnxJudge.load(brought, threads=2).judge_batch(texts))
    assert first == list(OnnxJudge.load(brought, threads=2).judge_batch(texts))
    alone = [OnnxJudge.load(brought).judge(text) for text in texts[:5]]
    assert [one.label for one in alone] == [one.label for one in first[:5]]


def test_clauses_that_decided_are_named_with_their_place(brought: Path) -> None:
    text = "通知，水坏坏坏。好，水"
    found = OnnxJudge.load(brought).explain(text)
    heaviest = found.words[0]
    assert heaviest.word == "水坏坏坏。"
    assert heaviest.weight < 0
    assert text[heaviest.span.start : heaviest.span.end] == "水坏坏坏。"
    assert OnnxJudge.load(brought).explain("水坏").words == ()
    assert next(OnnxJudge.load(brought).judge_batch([text], words=True)).words == ()


def test_explaining_a_long_text_costs_a_bounded_number_of_texts(
    brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = OnnxJudge.load(brought)
    asked: list[int] = []
    tones = judge.tones
    monkeypatch.setattr(judge, "tones", lambda texts: asked.append(len(texts)) or tones(texts))
    judge.explain("坏，" * 900 + "好。")
    assert sum(asked) <= 14


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"labels": ["negative", "positive"]}, "negative, neutral, positive"),
        ({"labels": ["negative", "neutral", "neutral"]}, "each once"),
        ({"labels": "negative"}, "each once"),
        ({"labels": tiny.TONES, "temperature": 0}, "temperature"),
        ({"labels": tiny.TONES, "temperature": True}, "temperature"),
        ({"labels": tiny.TONES, "longest": 1_000_000}, "longest"),
        ({"labels": tiny.TONES, "lowercase": "no"}, "lowercase"),
        ({"labels": tiny.TONES, "gives": "votes"}, "gives"),
        ({"labels": tiny.TONES, "temprature": 2}, "temprature"),
        ([1], "object"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, labels: Any, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        OnnxJudge.load(tiny.folder(tmp_path, labels=labels))


def test_labels_and_outputs_must_be_as_many(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="3 labels"):
        OnnxJudge.load(tiny.folder(tmp_path, content=tiny.model(tiny.weights(6))))


@pytest.mark.parametrize("left_out", ["model.onnx", "labels.json", "vocab.txt"])
def test_a_missing_file_is_named(brought: Path, left_out: str) -> None:
    (brought / left_out).unlink()
    with pytest.raises(ModelError, match=left_out):
        OnnxJudge.load(brought)


@pytest.mark.parametrize("name", ["model.onnx", "labels.json"])
def test_damaged_files_are_named(brought: Path, name: str) -> None:
    (brought / name).write_bytes(b"\x08\x07broken" * 50)
    with pytest.raises(ModelError, match=name):
        OnnxJudge.load(brought)


def test_a_damaged_tokenizer_is_named(brought: Path) -> None:
    (brought / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        OnnxJudge.load(brought)


def test_a_tokenizer_of_another_model_is_found_out(brought: Path) -> None:
    """Its numbers point beyond the table: the probe breaks, not the first text of the day."""
    more = [*tiny.VOCABULARY, *(chr(0x4E00 + number) for number in range(20_000))]
    (brought / "vocab.txt").write_text("\n".join(more), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot judge a sentence"):
        OnnxJudge.load(brought)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"inputs": ("input_ids", "attention_mask", "pixel_values")}, "pixel_values"),
        ({"kind": tiny.TensorProto.FLOAT}, "whole numbers|damaged"),
    ],
)
def test_a_model_of_another_kind_is_refused(tmp_path: Path, content: Any, said: str) -> None:
    made = tiny.folder(tmp_path)
    session = {
        "inputs": content.get("inputs", ("input_ids", "attention_mask")),
        "kind": content.get("kind", 7),
    }
    try:
        (made / "model.onnx").write_bytes(tiny.model(tiny.weights(), **session))
    except Exception:
        pytest.fail("the test's own model is broken")
    with pytest.raises(ModelError, match=said):
        OnnxJudge.load(made)


def test_no_number_is_no_judgement(tmp_path: Path) -> None:
    table = tiny.weights()
    table[tiny.VOCABULARY.index("i")] = np.inf
    judge = OnnxJudge.load(tiny.folder(tmp_path, content=tiny.model(table)))
    assert judge.tone_of(judge.tones(["i"])[0].tolist()) is None
    assert judge.judge("i").unsure
    assert judge.judge("坏").label is ToneLabel.NEGATIVE
    with pytest.raises(ModelError, match="no number"):
        table[:] = np.nan
        OnnxJudge.load(tiny.folder(tmp_path / "b", content=tiny.model(table)))


def test_without_the_extra_the_sentence_names_it(brought: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ExtraMissing, match=r"guanlan\[onnx\]") as refused:
        OnnxJudge.load(brought)
    assert isinstance(refused.value, AnalysisError)


def test_it_stands_in_the_pipeline(brought: Path) -> None:
    tools = Toolbox(tone=OnnxJudge.load(brought))
    items = [
        RawItem("1", title="通知", body="通知通知"),
        RawItem("2", body="水坏坏坏"),
        RawItem("3", body=""),
    ]
    labels = [one.tone.label.value if one.tone else one.reason for one in analyse_batch(items, tools)]
    assert labels == ["neutral", "negative", "empty"]


def test_it_is_scored_on_labelled_rows(brought: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    told = [("水坏坏", "2"), ("通知通知", "0"), ("好谢谢", "1"), ("好好", "2")]
    rows.write_text("\n".join(json.dumps({"text": text, "label": label}) for text, label in told))
    found = evaluate([rows], EvalOptions(task="three", judge=OnnxJudge.load(brought)))
    assert found.n == 4
    assert found.metrics["accuracy"] == 0.75
    assert any("onnx-" in line for line in found.notes)
