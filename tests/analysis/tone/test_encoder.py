"""The encoder that comes with the program reads as it was taught, one text at a time, and is mixed by the compact model."""

import json
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone import Judge
from guanlan.analysis.tone.encoder import (
    SHIPPED_TONE_ENCODER,
    EncoderJudge,
    ToneEncoder,
    shipped_tone_encoder,
)
from guanlan.analysis.types import ToneLabel

EXAMPLE = json.loads((Path(__file__).parent / "encoder_example.json").read_text(encoding="utf-8"))
COMPLAINT = "自来水又黄又臭，打了三次电话没人管，孩子喝了拉肚子，太气人了！"
THANKS = "感谢供电所的师傅们连夜抢修，辛苦了，给你们点赞！"


@pytest.fixture(scope="module")
def judge() -> EncoderJudge:
    return EncoderJudge.load()


@pytest.mark.parametrize("row", EXAMPLE, ids=lambda row: row["text"][:8])
def test_it_says_what_the_taught_network_said(row: dict[str, object]) -> None:
    """Torch, with the weights as they are shipped, wrote the example."""
    answers = shipped_tone_encoder().answers([str(row["text"])])
    told: dict[str, list[float]] = row["answers"]  # type: ignore[assignment]
    assert sorted(answers) == sorted(told)
    for head, expected in told.items():
        assert answers[head][0].tolist() == pytest.approx(expected, abs=0.002)


def test_company_and_order_do_not_matter(judge: EncoderJudge) -> None:
    texts = [COMPLAINT, THANKS, "停电", COMPLAINT * 9]
    alone = [judge.encoder.answers([text])["six"][0].tolist() for text in texts]
    assert judge.encoder.answers(texts)["six"].tolist() == alone
    assert judge.encoder.answers(texts[::-1])["six"].tolist() == alone[::-1]
    tones = np.concatenate([judge.tones([text]) for text in texts])
    assert judge.tones(texts) == pytest.approx(tones, abs=1e-6)
    assert judge.tones([]).shape == (0, 3)


def test_it_judges_and_names_itself(judge: EncoderJudge) -> None:
    assert isinstance(judge, Judge)
    complaint, thanks = judge.judge_batch([COMPLAINT, THANKS])
    assert (complaint.label, thanks.label) == (ToneLabel.NEGATIVE, ToneLabel.POSITIVE)
    assert complaint.version == judge.version
    assert f"/encoder-{judge.encoder.digest}" in judge.version
    assert sum(complaint.probabilities) == pytest.approx(1.0)


def test_six_emotions_are_told_and_agree_with_the_tone(judge: EncoderJudge) -> None:
    beliefs = judge.emotions([COMPLAINT, THANKS])
    assert beliefs.sum(axis=1).tolist() == pytest.approx([1.0, 1.0])
    assert judge.emotion_of(beliefs).tolist() == [0, 2]  # angry, happy


def test_clauses_that_decided_are_named(judge: EncoderJudge) -> None:
    told = judge.explain(COMPLAINT)
    assert told.words
    assert all(COMPLAINT[one.span.start : one.span.end].startswith(one.word[:4]) for one in told.words)


@pytest.mark.parametrize(
    "text", ["", " ", "。", "\ud800", "\x00", "a" * 100_000, "啊" * 5000, "http://x.example/ @someone"]
)
def test_any_string_is_judged(judge: EncoderJudge, text: str) -> None:
    assert sum(judge.judge(text).probabilities) == pytest.approx(1.0)


@pytest.mark.parametrize("damage", ["missing", "short", "no zip", "shape", "not a number"])
def test_a_damaged_file_is_a_model_error(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "encoder.npz"
    if damage == "short":
        path.write_bytes(SHIPPED_TONE_ENCODER.read_bytes()[:4000])
    elif damage == "no zip":
        path.write_bytes(b"x" * 4000)
    elif damage != "missing":
        with np.load(SHIPPED_TONE_ENCODER) as shipped:
            arrays = {name: shipped[name] for name in shipped.files}
        if damage == "shape":
            arrays["shape"] = np.array([9, 80])
        else:
            arrays["six.offset"] = np.full(6, np.nan, np.float32)
        np.savez(path, **arrays)
    with pytest.raises(ModelError, match=r"encoder\.npz"):
        ToneEncoder.load(path)
