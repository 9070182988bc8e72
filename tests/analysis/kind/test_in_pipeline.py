from __future__ import annotations

import pytest

from guanlan.analysis import (
    KindModel,
    Outcome,
    RawItem,
    TextKind,
    Toolbox,
    analyse,
    analyse_batch,
    matched_text,
)
from guanlan.analysis.kind import model as model_module

MODEL = KindModel.load()
COMPLAINT = RawItem("1", title="投诉夜间施工", body="工地噪音扰民，多次反映没人管")


def test_an_item_gets_its_kind_beside_its_tone():
    analysed = analyse(COMPLAINT, Toolbox(kind=MODEL))
    assert analysed.kind is not None
    assert analysed.kind.label is TextKind.COMPLAINT
    text = matched_text(analysed)
    assert "投诉" in {text[span.start : span.end] for one in analysed.kind.evidence for span in one.spans}


def test_without_a_model_there_is_no_kind():
    assert analyse(COMPLAINT, Toolbox()).kind is None


def test_rejected_items_keep_their_place_and_get_no_kind():
    items = [RawItem("1"), COMPLAINT, RawItem("3", body="……"), COMPLAINT]
    found = list(analyse_batch(items, Toolbox(kind=MODEL)))
    assert [one.kind is not None for one in found] == [False, True, False, True]
    assert found[0].outcome is found[2].outcome is Outcome.REJECTED


def test_a_text_that_breaks_the_model_never_touches_its_neighbours(monkeypatch: pytest.MonkeyPatch):
    whole = model_module.see

    def breaks(texts, book):
        if any("坏了" in text for text in texts):
            raise ArithmeticError("broken")
        return whole(texts, book)

    monkeypatch.setattr(model_module, "see", breaks)
    items = [COMPLAINT, RawItem("2", body="这一条坏了"), COMPLAINT]
    found = list(analyse_batch(items, Toolbox(kind=MODEL)))
    assert [one.outcome for one in found] == [None, Outcome.QUARANTINED, None]
    assert "broken" in found[1].detail
    assert found[0].kind == found[2].kind
