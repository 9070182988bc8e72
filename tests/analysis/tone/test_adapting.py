from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone import Correction, ToneModel, adapt
from guanlan.analysis.tone.adapting import FEWEST
from guanlan.analysis.tone.model import Gate
from guanlan.analysis.types import ToneLabel
from tests.analysis.tone import small, written

N, U, P = ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE


def texts(kinds: tuple[str, ...]) -> list[str]:
    return [place + words for place in written.PLACES for words in kinds]


#: This body counts what our rows call a plain notice as a complaint, and the rest as we do.
OWN = [(text, N) for text in texts(written.PLAIN)] + [(text, P) for text in texts(written.GOOD)]


def without_gate() -> ToneModel:
    model = small.model()
    return replace(model, gate=Gate(model.gate.scores[:0], model.gate.tones[:0]))


def test_a_body_whose_labels_differ_gets_its_own_model():
    adapted = adapt(without_gate(), OWN)
    assert adapted.reason == "accepted"
    assert adapted.model is not None
    assert adapted.after > adapted.before
    assert adapted.model.judge("商场定于周一开放").label is N
    assert adapted.model.judge("商场真漂亮,点赞").label is P
    assert adapted.model.version != small.model().version


def test_what_spoils_the_kept_rows_is_refused():
    model = small.model()
    plain = model.mixture.standard(model.gate.scores)
    assert (model.mixture.tones(plain).argmax(axis=1) == model.gate.tones).mean() > 0.8
    adapted = adapt(model, OWN)
    assert (adapted.model, adapted.reason) == (None, "worse_on_gate")
    assert adapted.gate_after < adapted.gate_before


def test_labels_without_a_pattern_are_refused():
    draw = np.random.default_rng(3)
    odd = [(text, (N, U, P)[draw.integers(3)]) for text, _ in OWN]
    adapted = adapt(without_gate(), odd)
    assert adapted.model is None or adapted.after >= adapted.before
    same = [(text, small.model().judge(text).label) for text, _ in OWN]
    assert adapt(without_gate(), same).before == 1.0


@pytest.mark.parametrize(
    ("labels", "reason"),
    [([], "too_few"), (OWN[: FEWEST - 1], "too_few"), ([(text, N) for text, _ in OWN], "one_tone")],
)
def test_too_little_is_refused_with_the_reason(labels: list[tuple[str, ToneLabel]], reason: str):
    adapted = adapt(small.model(), labels)
    assert (adapted.model, adapted.reason, adapted.labels) == (None, reason, len(labels))


def test_the_same_labels_give_the_same_correction_and_order_of_adapting_does_not_pile_up():
    first = adapt(without_gate(), OWN).model
    again = adapt(first, OWN).model
    assert first.version == again.version


def test_strange_texts_do_no_harm():
    odd = [("\ud800", N), ("", P), ("好" * 100_000, P)] * 20
    assert adapt(small.model(), odd).labels == 60


def test_a_correction_is_saved_beside_the_model_and_loaded_again(tmp_path: Path):
    model = adapt(without_gate(), OWN).model
    model.correction.save(tmp_path / "body" / "tone.json")
    loaded = small.model().corrected(Correction.load(tmp_path / "body" / "tone.json"))
    assert loaded.version == model.version
    assert loaded.judge("商场定于周一开放").probabilities == model.judge("商场定于周一开放").probabilities
    assert "商场" not in (tmp_path / "body" / "tone.json").read_text(encoding="utf-8")


def test_a_correction_of_another_model_is_refused():
    correction = adapt(without_gate(), OWN).model.correction
    with pytest.raises(ModelError, match="belongs to model"):
        replace(small.model(), digest="00000000").corrected(correction)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"format": 9}',
        '{"format": 1, "model": "x", "labels": 1, "weights": [1], "biases": [0, 0, 0]}',
        '{"format": 1, "model": "x", "labels": 1, "weights": [[0, 0, NaN]], "biases": [0, 0, 0]}',
    ],
)
def test_a_damaged_correction_is_a_model_error(tmp_path: Path, content: str):
    path = tmp_path / "tone.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match="damaged"):
        Correction.load(path)


def test_a_missing_correction_is_a_model_error(tmp_path: Path):
    with pytest.raises(ModelError, match="cannot be read"):
        Correction.load(tmp_path / "none")
