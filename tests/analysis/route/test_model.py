"""Routing: cold from duty lists, better with files, always with reasons, and unsure when it should be."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import ModelError
from guanlan.analysis.route import ClosedFile, Duty, RouteModel, RouteOptions
from guanlan.analysis.route.model import MAX_CANDIDATES
from tests.analysis.route.messages import DUTIES, files

COLD = RouteModel.fit([], DUTIES)
LEARNED = RouteModel.fit(files(), DUTIES)


def first(model: RouteModel, text: str) -> str:
    return model.suggest(text).candidates[0].unit


@pytest.mark.parametrize(
    ("text", "unit"),
    [("出租车不打表", "交通局"), ("幼儿园招生不公", "教育局"), ("老板欠工资还不交社保", "人社局")],
)
def test_duty_lists_alone_are_enough_to_begin_with(text: str, unit: str) -> None:
    assert first(COLD, text) == unit


def test_files_teach_what_no_duty_list_says() -> None:
    river = [
        ClosedFile(f"河里漂着绿萝{n}号船的广告布\n请打捞绿萝{n}", "水务站", key=str(n)) for n in range(6)
    ]
    model = RouteModel.fit([*files(), *river], DUTIES)
    assert first(model, "又看见绿萝漂着，请打捞") == "水务站"
    assert "水务站" not in {one.unit for one in COLD.suggest("又看见绿萝漂着，请打捞").candidates}


def test_names_of_units_unlike_the_shipped_ones_are_learned_from_files_alone() -> None:
    model = RouteModel.fit(files())
    assert model.units == ("交通局", "人社局", "教育局")
    assert first(model, "小学老师补课收费") == "教育局"


def test_a_suggestion_names_three_units_with_the_terms_and_words_that_spoke_for_the_first() -> None:
    routing = LEARNED.suggest("出租车拒载\n火车站的出租车不打表，还拒载。")
    assert len(routing.candidates) == MAX_CANDIDATES
    best = routing.candidates[0]
    assert best.unit == "交通局"
    assert ("duty", "出租车") in {(why.code, why.value) for why in best.reasons}
    assert any(why.code == "word" for why in best.reasons)
    assert [one.probability for one in routing.candidates] == sorted(
        (one.probability for one in routing.candidates), reverse=True
    )


def test_similar_closed_files_are_named_by_the_callers_key() -> None:
    similar = LEARNED.suggest("出租车拒载\n我反映出租车拒载的问题").similar
    assert similar[0].key == "交通局1"
    assert similar[0].unit == "交通局"
    assert 0.2 <= similar[0].similarity <= 1


def test_files_that_are_not_kept_are_not_named() -> None:
    model = RouteModel.fit(files(), DUTIES, RouteOptions(keep_files=False))
    assert model.suggest("出租车拒载").similar == ()


@pytest.mark.parametrize("text", ["", "   ", "hello 123", "@@@@", "\x00\x00"])
def test_a_text_that_says_nothing_known_is_unsure_and_says_so(text: str) -> None:
    routing = LEARNED.suggest(text)
    assert routing.unsure
    assert [why.code for why in routing.evidence] == ["nothing_known"]


def test_a_text_between_two_units_is_unsure() -> None:
    routing = COLD.suggest("学校司机的工资，幼儿园的出租车")
    assert routing.unsure
    assert [why.code for why in routing.evidence] == ["low_probability"]


def test_a_batch_says_the_same_as_one_at_a_time_and_leaves_reasons_out_on_request() -> None:
    texts = [file.text for file in files()]
    assert list(LEARNED.suggest_batch(texts)) == [LEARNED.suggest(text) for text in texts]
    plain = next(LEARNED.suggest_batch(texts[:1], reasons=False))
    assert all(one.reasons == () for one in plain.candidates)
    assert plain.similar == ()


def test_a_saved_model_answers_as_before(tmp_path: Path) -> None:
    LEARNED.save(tmp_path / "model.npz")
    again = RouteModel.load(tmp_path / "model.npz")
    texts = [file.text for file in files()]
    assert np.allclose(again.probabilities(texts), LEARNED.probabilities(texts), atol=1e-3)
    assert again.suggest(texts[0]).similar[0].key == LEARNED.suggest(texts[0]).similar[0].key


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"{}"])
def test_a_damaged_file_is_a_model_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.npz"):
        RouteModel.load(tmp_path / "model.npz")


def test_a_missing_file_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        RouteModel.load(tmp_path / "none.npz")


def test_without_any_unit_there_is_nothing_to_suggest() -> None:
    with pytest.raises(ModelError):
        RouteModel.fit([], [])


def test_the_newest_files_are_learned_from_when_there_are_too_many() -> None:
    old = [ClosedFile("养狗扰民", "旧单位", datetime(2020, 1, day, tzinfo=UTC)) for day in range(1, 4)]
    new = [ClosedFile("养狗扰民", "新单位", datetime(2026, 1, day, tzinfo=UTC)) for day in range(1, 4)]
    model = RouteModel.fit([*new, *old], options=RouteOptions(newest=3))
    assert model.units == ("新单位",)


def test_a_model_that_is_given_away_keeps_no_word_of_one_file_alone() -> None:
    rare = [*files(), ClosedFile("珙桐珙桐", "交通局")]
    kept = RouteModel.fit(rare, options=RouteOptions(keep_files=False))
    shared = RouteModel.fit(rare, options=RouteOptions(keep_files=False, shared_only=True))
    text = ["珙桐"]
    assert kept._centroids.likeness([kept._read.read(text[0])]).max() > 0
    assert shared._centroids.likeness([shared._read.read(text[0])]).max() == 0


def test_the_shipped_model_answers_for_seven_kinds_of_matter() -> None:
    model = RouteModel.load()
    assert len(model.units) == 7
    assert first(model, "出租车乱收费\n火车站的出租车不打表") == "交通运输"
    assert first(model, "医院误诊\n医生开错药") == "卫生计生"


def test_version_changes_with_what_was_learned() -> None:
    assert COLD.version != LEARNED.version
    assert LEARNED.version == RouteModel.fit(files(), DUTIES).version


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_probabilities_that_sum_to_one(text: str) -> None:
    routing = LEARNED.suggest(text)
    assert sum(one.probability for one in routing.candidates) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "text", ["一" * 3_000_000, "\ud800" * 1000, "出租车" * 500_000], ids=["one", "halves", "term"]
)
def test_hostile_texts_are_judged_by_their_beginning(text: str) -> None:
    assert len(LEARNED.suggest(text).candidates) == 3


def test_a_duty_of_damaged_characters_does_no_harm() -> None:
    assert first(RouteModel.fit([], [Duty("甲", "\ud800坏字"), Duty("乙", "路灯")]), "路灯不亮") == "乙"
