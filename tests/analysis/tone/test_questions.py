from __future__ import annotations

import numpy as np
import pytest

from guanlan.analysis.tone.questions import OTHERS_WEIGH, WEAK, group_of, mood_questions, questions
from guanlan.analysis.tone.sets import NEGATIVE, NEUTRAL, POSITIVE, TWO, Row


def asked(*sets: tuple[str, list[Row]]) -> dict[str, list[bool]]:
    rows = [row for _, own in sets for row in own]
    files = np.repeat(np.arange(len(sets)), [len(own) for _, own in sets])
    found = questions([kind for kind, _ in sets], rows, files, seed=1)
    return {question.name: question.truth.tolist() for question in found}


def test_a_set_of_two_classes_asks_whether_a_text_is_positive():
    rows = [Row("好", POSITIVE, TWO), Row("坏", NEGATIVE, TWO)]
    assert asked(("hand", rows)) == {"hand:positive": [True, False]}


def test_six_emotions_ask_for_those_that_occur_and_for_negative():
    rows = [Row("气", NEGATIVE, six=0), Row("怕", NEGATIVE, six=1), Row("无", NEUTRAL, six=3)]
    assert asked(("six", rows)) == {
        "six:angry": [True, False, False],
        "six:fear": [False, True, False],
        "six:neutral": [False, False, True],
        "six:negative": [True, True, False],
    }


def test_all_labelled_rows_are_asked_together_where_some_have_emotions():
    six = [Row("气", NEGATIVE, six=0), Row("无", NEUTRAL, six=3)]
    two = [Row("好", POSITIVE, TWO), Row("坏", NEGATIVE, TWO)]
    weak = [Row("投诉", NEGATIVE)]
    files = np.array([0, 0, 1, 1, 2])
    found = questions(["six", "hand", "messages"], [*six, *two, *weak], files, seed=1)
    (together,) = [question for question in found if question.name == "all:negative"]
    assert together.rows.tolist() == [0, 1, 2, 3]
    assert together.truth.tolist() == [True, False, False, True]
    assert together.weights.tolist() == pytest.approx([1, 1, OTHERS_WEIGH, OTHERS_WEIGH])
    assert together.plain


def test_weak_sets_are_one_group_and_files_are_told_apart():
    weak = ("pairs", [Row("新闻", NEUTRAL)]), ("messages", [Row("投诉", NEGATIVE)])
    found = asked(*weak, ("three", [Row("好", POSITIVE), Row("坏", NEGATIVE)]))
    assert found[f"{WEAK}:negative"] == [False, True]
    assert found[f"like:{WEAK}"] == [True, True, False, False]
    assert found["like:three2"] == [False, False, True, True]
    assert group_of("headlines") == WEAK


def test_a_small_file_of_the_same_form_counts_for_more():
    rows = [Row("好", POSITIVE, TWO), Row("坏", NEGATIVE, TWO)]
    found = questions(["hand", "hand"], rows * 5, np.array([0] * 8 + [1] * 2), seed=1)
    weights = found[0].weights
    assert weights[:8].tolist() == [1] * 8
    assert weights[8:].tolist() == [2, 2]


def test_moods_are_asked_one_by_one_and_glad_against_bad():
    rows = [Row("甲", -1, (), moods=(0,)), Row("乙", -1, (), moods=(2,)), Row("丙", -1, (), moods=(0, 2))]
    found = {question.name: question for question in mood_questions(rows)}
    assert found["mood:anger"].truth.tolist() == [True, False, True]
    assert found["mood:glad"].rows.tolist() == [0, 1]
    assert found["mood:glad"].truth.tolist() == [False, True]
    assert "mood:grief" not in found
