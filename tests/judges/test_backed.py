"""Behind every larger model stands the compact one: each text has a judgement, and it says whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from guanlan.analysis.tone import Judge, ToneModel
from guanlan.analysis.tone.onnx import OnnxJudge
from guanlan.analysis.types import Tone, ToneLabel
from guanlan.judges import Backed, Choice, NoAnswer, Unavailable, judge_for
from guanlan.judges.local import LocalModel
from tests.analysis.tone.onnx import tiny

CLEAR, UNCLEAR = "自来水又黄了，投诉三次没人管，太气人了！", "今天下雨"


@pytest.fixture(scope="module")
def shipped() -> ToneModel:
    return ToneModel.load()


@dataclass
class Larger:
    """Answers every text but those of ``silent``; ``asked`` is what came."""

    silent: tuple[str, ...] = ()
    broken: bool = False
    version: str = "larger"
    asked: list[str] = field(default_factory=list)

    def ask(self, texts: Sequence[str], compact: Sequence[Tone]) -> list[Tone | NoAnswer]:
        if self.broken:
            raise RuntimeError("out of memory")
        self.asked += texts
        answer = Tone(ToneLabel.POSITIVE, 0.9, (0.05, 0.05, 0.9), False, (), self.version)
        return [NoAnswer("late") if text in self.silent else answer for text in texts]


def test_all_texts_or_only_those_where_the_compact_model_is_unsure(shipped: ToneModel) -> None:
    assert [one.unsure for one in shipped.judge_batch([CLEAR, UNCLEAR])] == [False, True]
    larger = Larger()
    assert [
        one.version for one in Backed(larger, shipped, only_unsure=True).judge_batch([CLEAR, UNCLEAR])
    ] == [
        shipped.version,
        "larger",
    ]
    assert larger.asked == [UNCLEAR]
    everything = Backed(Larger(), shipped)
    assert isinstance(everything, Judge)
    assert [one.version for one in everything.judge_batch([CLEAR, UNCLEAR])] == ["larger"] * 2
    assert everything.version == "larger"


def test_what_is_not_answered_is_the_compact_models_under_its_name_with_the_reason(
    shipped: ToneModel,
) -> None:
    first, second = Backed(Larger(silent=(CLEAR,)), shipped).judge_batch([CLEAR, UNCLEAR])
    own = shipped.judge(CLEAR)
    assert (first.version, first.label, first.fallback) == (shipped.version, own.label, "late")
    assert first.words == own.words != ()
    assert (second.version, second.fallback) == ("larger", "")


def test_a_model_that_breaks_loses_nothing(shipped: ToneModel, caplog: pytest.LogCaptureFixture) -> None:
    texts = [f"{CLEAR}{number}" for number in range(150)]
    tones = list(Backed(Larger(broken=True), shipped).judge_batch(texts, words=False))
    assert [(one.version, one.fallback) for one in tones] == [(shipped.version, "failed")] * 150
    assert CLEAR not in caplog.text


def test_order_is_kept_over_many_batches(shipped: ToneModel) -> None:
    silent = tuple(f"第{number}条" for number in range(0, 200, 3))
    tones = list(Backed(Larger(silent), shipped).judge_batch(f"第{number}条" for number in range(200)))
    assert [bool(one.fallback) for one in tones] == [number % 3 == 0 for number in range(200)]


def test_one_text_that_a_folders_model_cannot_judge_does_not_touch_its_neighbours(
    tmp_path: Path, shipped: ToneModel
) -> None:
    table = tiny.weights()
    table[tiny.VOCABULARY.index("i")] = float("inf")
    choice = Choice.read(str(tiny.folder(tmp_path, content=tiny.model(table))))
    judge = judge_for(choice, shipped)
    tones = list(judge.judge_batch(["水坏", "i", "好好"]))
    assert [one.fallback for one in tones] == ["", "no_number", ""]
    assert [one.label.value for one in tones][::2] == ["negative", "positive"]
    assert tones[1].version == shipped.version


def test_a_folders_model_that_is_slow_leaves_the_rest_to_the_compact_one(
    tmp_path: Path, shipped: ToneModel
) -> None:
    """Whatever it is: a batch must end before its lease does."""
    judge = OnnxJudge.load(tiny.folder(tmp_path))
    tones = list(Backed(LocalModel(judge, seconds=0.0), shipped).judge_batch(["水坏"] * 20))
    assert {one.fallback for one in tones} == {"late"}
    unbounded = Backed(LocalModel(judge), shipped).judge_batch(["水坏"] * 20)
    assert {one.fallback for one in unbounded} == {""}


def test_a_folder_that_does_not_load_is_told_and_counted_on_every_text(
    tmp_path: Path, shipped: ToneModel, caplog: pytest.LogCaptureFixture
) -> None:
    judge = judge_for(Choice.read(str(tmp_path)), shipped)
    assert isinstance(judge, Backed)
    assert isinstance(judge.larger, Unavailable)
    assert {one.fallback for one in judge.judge_batch(["水", "好"])} == {"not_loaded"}
    assert "holds no model.onnx" in caplog.text


def test_nothing_chosen_is_the_compact_model_itself(shipped: ToneModel) -> None:
    assert judge_for(Choice.read(""), shipped) is shipped
