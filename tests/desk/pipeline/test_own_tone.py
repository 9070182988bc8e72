"""A body's own tone: learned from what its people said, kept, used, refused, dropped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from guanlan.analysis.errors import ModelError
from guanlan.analysis.tone import Adapted, Correction, ToneModel
from guanlan.analysis.tone.adapting import FEWEST
from guanlan.analysis.tone.model import Gate
from guanlan.analysis.types import RawItem, ToneLabel
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.services import document_kind_set, document_tone_set
from guanlan.desk.organisation.models import User
from guanlan.desk.pipeline import judging
from guanlan.desk.pipeline.own_tone import card_of, files_of, forget, keep, load_tone, shipped_digest
from guanlan.desk.pipeline.teaching import confirmed_labels, label_count, tone_forget, tone_teach
from tests.analysis.tone import small, written

Make = Callable[..., Document]
ITEM = RawItem("1", title="通知", body="明天停水，请大家提前准备。")


@pytest.fixture(scope="module")
def shipped() -> ToneModel:
    return ToneModel.load()


def positive(model: ToneModel) -> Adapted:
    """A correction that calls everything positive."""
    weights = np.zeros((len(model.table.names), 3), np.float32)
    correction = Correction(model.digest, weights, np.array([-9, -9, 9], np.float32), 50)
    return Adapted(model.corrected(correction), "accepted", 50, 0.6, 0.9, 0.8, 0.8)


@pytest.fixture
def fresh_judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A process that has loaded nothing yet, with a data folder of its own."""
    monkeypatch.setenv("GUANLAN_DATA", str(tmp_path))
    monkeypatch.setattr(judging, "_toolbox", None)
    monkeypatch.setattr(judging, "_stamp", 0)
    yield


def test_what_people_said_last_of_each_text_teaches_and_kinds_do_not(
    make_document: Make, people: dict[str, User], now: datetime
) -> None:
    first, second = make_document(title="甲", text="一"), make_document(title="", text="二")
    monitor = people["monitor"]
    for document, tone in ((first, "positive"), (second, "neutral"), (first, "negative")):
        document_tone_set(document=document, tone=tone, actor=monitor, now=now)
    document_kind_set(document=second, kind="praise", actor=monitor, now=now)
    assert confirmed_labels() == [("二", ToneLabel.NEUTRAL), ("甲\n一", ToneLabel.NEGATIVE)]
    assert label_count() == 2


def test_too_few_labels_are_refused_and_nothing_is_written(
    make_document: Make, people: dict[str, User], now: datetime, tmp_path: Path, shipped: ToneModel
) -> None:
    document_tone_set(document=make_document(), tone="positive", actor=people["monitor"], now=now)
    taught = tone_teach(tmp_path, now=now, model=shipped)
    assert (taught.card, taught.adapted.reason) == (None, "too_few")
    assert list(tmp_path.iterdir()) == []
    assert not AuditEntry.objects.filter(action="model.tone_taught").exists()


def teach_own_labels(make_document: Make, person: User, now: datetime) -> int:
    """This body counts plain notices as negative, as in the tests of ``adapt``."""
    kinds = [(words, "negative") for words in written.PLAIN] + [(words, "positive") for words in written.GOOD]
    for place in written.PLACES:
        for words, tone in kinds:
            document = make_document(title="", text=place + words)
            document_tone_set(document=document, tone=tone, actor=person, now=now)
    return len(written.PLACES) * len(kinds)


def test_labels_that_help_are_kept_with_a_card_and_written_into_the_audit(
    make_document: Make, people: dict[str, User], now: datetime, tmp_path: Path
) -> None:
    count = teach_own_labels(make_document, people["monitor"], now)
    assert count >= FEWEST
    model = small.model()
    model = replace(model, gate=Gate(model.gate.scores[:0], model.gate.tones[:0]))
    taught = tone_teach(tmp_path, now=now, model=model)
    assert taught.adapted.reason == "accepted"
    card = card_of(tmp_path)
    assert card == taught.card
    assert card is not None
    assert (card.labels, card.made_at, sum(card.by_tone.values())) == (count, now, count)
    assert card.after > card.before
    assert AuditEntry.objects.get(action="model.tone_taught").data["labels"] == count
    # It belongs to the small model, so the shipped one does not take it.
    with pytest.raises(ModelError, match="belongs to model"):
        load_tone(tmp_path)


def test_labels_that_spoil_the_kept_rows_are_refused_and_the_old_correction_stays(
    make_document: Make, people: dict[str, User], now: datetime, tmp_path: Path, shipped: ToneModel
) -> None:
    before = keep(positive(shipped), {"positive": 50}, tmp_path, now=now)
    teach_own_labels(make_document, people["monitor"], now)
    taught = tone_teach(tmp_path, now=now + timedelta(days=1), model=small.model())
    assert (taught.card, taught.adapted.reason) == (None, "worse_on_gate")
    assert card_of(tmp_path) == before


@pytest.mark.usefixtures("fresh_judge")
def test_work_takes_up_a_correction_and_drops_it_without_a_restart(
    tmp_path: Path, now: datetime, shipped: ToneModel
) -> None:
    [before] = judging.judge([ITEM])
    keep(positive(shipped), {"positive": 50}, tmp_path, now=now)
    [own] = judging.judge([ITEM])
    assert forget(tmp_path)
    [after] = judging.judge([ITEM])
    assert before.tone == after.tone
    assert own.tone is not None
    assert own.tone.label is ToneLabel.POSITIVE
    assert "+" in own.tone.version
    assert own.kind == before.kind


@pytest.mark.usefixtures("fresh_judge")
@pytest.mark.parametrize("content", ["{}", "no json", None])
def test_a_damaged_or_foreign_correction_is_left_aside_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str | None
) -> None:
    correction, _card = files_of(tmp_path)
    correction.parent.mkdir()
    if content is None:
        Correction("of-2025", np.zeros((3, 3), np.float32), np.zeros(3, np.float32), 50).save(correction)
    else:
        correction.write_text(content)
    with caplog.at_level(logging.WARNING):
        [judged] = judging.judge([ITEM])
    assert judged.tone is not None
    assert "+" not in judged.tone.version
    assert "not used" in caplog.text
    assert card_of(tmp_path) is None


def test_one_goes_back_to_the_shipped_model_once(
    db: None, tmp_path: Path, now: datetime, shipped: ToneModel
) -> None:
    keep(positive(shipped), {}, tmp_path, now=now)
    assert load_tone(tmp_path).correction is not None
    assert tone_forget(tmp_path, now=now)
    assert not tone_forget(tmp_path, now=now)
    assert load_tone(tmp_path).correction is None
    assert AuditEntry.objects.filter(action="model.tone_forgotten").count() == 1


def test_a_refused_correction_is_never_kept(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(ModelError, match="too_few"):
        keep(Adapted(None, "too_few", 3), {}, tmp_path, now=now)
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_model_is_named_by_its_file(shipped: ToneModel) -> None:
    assert shipped_digest() == shipped.digest
