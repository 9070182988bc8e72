from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.split import Rows
from guanlan.analysis.tone import sets
from guanlan.analysis.tone.sets import NEGATIVE, NEUTRAL, POSITIVE, SIX, TWO, read_set
from tests.analysis.tone.written import write


def one(tmp_path: Path, *rows: dict[str, object]) -> sets.LabelledSet:
    return read_set(write(tmp_path / "x.bin", rows))


def test_six_emotions_map_to_tones(tmp_path: Path):
    labels = ("angry", "fear", "happy", "neutral", "sad", "surprise", "neural")
    found = one(tmp_path, *({"content": "x", "label": label} for label in labels))
    assert found.kind == "six"
    assert [row.tone for row in found.rows] == [
        NEGATIVE,
        NEGATIVE,
        POSITIVE,
        NEUTRAL,
        NEGATIVE,
        NEUTRAL,
        NEUTRAL,
    ]
    assert [SIX[row.six] for row in found.rows][-1] == "neutral"


def test_two_classes_say_nothing_of_neutral(tmp_path: Path):
    found = one(tmp_path, {"text": "好", "label": 1}, {"text": "坏", "label": 0})
    assert found.kind == "binary"
    assert [(row.tone, row.among) for row in found.rows] == [(POSITIVE, TWO), (NEGATIVE, TWO)]


def test_marks_are_taken_out_unless_labels_were_given_by_hand(tmp_path: Path):
    guessed = one(tmp_path, {"text": "[怒]坏", "label": 0})
    by_hand = one(tmp_path, {"mid": "1", "text": "[怒]坏", "label": 0})
    assert (guessed.kind, guessed.rows[0].text) == ("marked", " 坏")
    assert (by_hand.kind, by_hand.rows[0].text) == ("hand", "[怒]坏")


def test_a_part_of_the_rows_can_be_asked_for_but_weak_rows_have_no_parts(tmp_path: Path):
    labelled = write(tmp_path / "l", ({"text": f"第{n}条{'好' * n}", "label": n % 2} for n in range(60)))
    tuning, kept, every = (
        read_set(labelled, 0, part).rows for part in (Rows.TUNING, Rows.VALIDATION, Rows.ALL)
    )
    assert len(tuning) + len(kept) == len(every) == 60
    assert {row.text for row in tuning}.isdisjoint(row.text for row in kept)
    assert kept
    weak = write(tmp_path / "w", ({"source": f"甲{n}", "target": f"乙{n}"} for n in range(60)))
    assert len(read_set(weak, 0, Rows.VALIDATION).rows) == 120


def test_reposts_give_the_moods_that_their_writers_marked(tmp_path: Path):
    row = {"text": "原文如此[怒]", "reposts": [["t", "u", -1, "转发微博"], ["t", "u", 0, "保重啊[泪]"]]}
    found = one(
        tmp_path, {**row, "comments": [["t", "u", "好样的[赞]"], "broken", []]}, {"text": None, "reposts": 3}
    )
    assert found.kind == "reposts"
    assert [(row.text, row.tone, len(row.moods)) for row in found.rows] == [
        ("原文如此", -1, 1),
        ("保重啊", -1, 1),
        ("好样的", -1, 1),
    ]


def test_reviews_are_read_by_their_own_field(tmp_path: Path):
    assert one(tmp_path, {"review": "房间干净", "label": "1"}).rows[0].text == "房间干净"


def test_a_third_label_makes_a_set_of_three(tmp_path: Path):
    found = one(tmp_path, *({"text": "x", "label": label} for label in (0, 1, 2)))
    assert found.kind == "three"
    assert [row.tone for row in found.rows] == [NEUTRAL, POSITIVE, NEGATIVE]


def test_named_tones_are_read_as_they_say(tmp_path: Path):
    found = one(tmp_path, *({"text": "x", "label": label} for label in sets.TONES))
    assert [row.tone for row in found.rows] == [NEGATIVE, NEUTRAL, POSITIVE]


def test_messages_are_weakly_negative_and_replies_neutral(tmp_path: Path):
    found = one(tmp_path, {"title": "噪音扰民", "text": "没人管", "time": "t", "reply": "已处理"})
    assert found.kind in sets.WEAK_KINDS
    assert [(row.text, row.tone) for row in found.rows] == [
        ("噪音扰民", NEGATIVE),
        ("没人管", NEGATIVE),
        ("已处理", NEUTRAL),
    ]


def test_a_citizen_who_asks_does_not_complain(tmp_path: Path):
    found = one(tmp_path, {"title": "咨询社保", "text": "想了解", "time": "t"})
    assert found.rows == ()


def test_news_is_weakly_neutral(tmp_path: Path):
    pairs = one(tmp_path, {"source": "甲地暴雨", "target": "乙地停电", "label": 0})
    reports = one(tmp_path, {"title": "车祸", "text": "两车相撞", "report_time": "t"})
    assert [row.tone for row in (*pairs.rows, *reports.rows)] == [NEUTRAL] * 4


def test_headlines_come_from_a_compressed_table_once_each(tmp_path: Path):
    path = tmp_path / "hot"
    path.write_bytes(lzma.compress("date\tindex\ttitle\nd\t1\t暴雨\nd\t2\t暴雨\nd\t3\n".encode()))
    found = read_set(path)
    assert (found.kind, [row.text for row in found.rows]) == ("headlines", ["暴雨"])


def test_a_large_table_is_sampled_by_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sets, "HEADLINES", 5)
    path = tmp_path / "hot.tsv"
    path.write_text("date\ttitle\n" + "".join(f"d\t题目{n}\n" for n in range(50)), encoding="utf-8")
    assert read_set(path, 1) == read_set(path, 1)
    assert read_set(path, 1) != read_set(path, 2)
    assert len(read_set(path).rows) == 5


def test_blank_texts_are_left_out(tmp_path: Path):
    assert len(one(tmp_path, {"text": " ", "label": 1}, {"text": "好", "label": 1}).rows) == 1


@pytest.mark.parametrize(
    ("rows", "row", "cause"),
    [
        ([{"content": "x", "label": "bored"}], 1, "unknown label 'bored'"),
        ([{"text": "x", "label": 1}, {"text": 5, "label": 0}], 2, "lacks the field text"),
        ([{"text": "x", "label": "gut"}], 1, "unknown label 'gut'"),
        ([{"words": "x"}], 1, "is of no known form of labelled text"),
        ([{"text": "x", "label": 1}, {"label": 2}], 2, "lacks the field text"),
        ([], 0, "holds no row"),
    ],
)
def test_an_unfit_file_is_refused_by_row_and_cause(tmp_path: Path, rows: list[object], row: int, cause: str):
    with pytest.raises(LabelledDataError) as refused:
        one(tmp_path, *rows)  # type: ignore[arg-type]
    assert (refused.value.row, refused.value.cause) == (row, cause)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe\x00\x81" * 9)
    with pytest.raises(LabelledDataError, match="cannot be read"):
        read_set(path)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(LabelledDataError, match="cannot be read"):
        read_set(tmp_path / "none")
