"""Duty lists: how lines become terms, and what a term found weighs."""

import numpy as np

from guanlan.analysis.route.duties import Duty, DutyBook, default_duties, terms_of
from guanlan.analysis.route.fitting import fit_softmax, softmax
from guanlan.analysis.route.reading import background, message, weights_of

WEIGHTS = background()


def test_a_list_of_words_is_kept_whole_and_a_sentence_is_cut_into_words() -> None:
    assert terms_of("出租车 公交车、路灯") == ["出租车", "公交车", "路灯"]
    assert "招生" in terms_of("负责全县小学中学和幼儿园的招生工作")
    assert terms_of("的 。 ，") == []


def test_the_longest_term_wins_where_two_overlap() -> None:
    book = DutyBook([Duty("甲", "工资"), Duty("乙", "拖欠工资")], WEIGHTS)
    assert [one.term for one in book.heard("厂里拖欠工资")] == ["拖欠工资"]


def test_a_term_of_two_units_counts_half_for_each() -> None:
    alone = DutyBook([Duty("甲", "电梯")], WEIGHTS).heard("电梯")[0].weight
    both = DutyBook([Duty("甲", "电梯"), Duty("乙", "电梯")], WEIGHTS).heard("电梯")
    assert [one.weight for one in both] == [alone / 2, alone / 2]


def test_the_name_of_a_unit_says_more_than_a_thing_it_looks_after() -> None:
    thing = DutyBook([Duty("甲", "城管局")], WEIGHTS).heard("城管局")[0].weight
    name = DutyBook([Duty("甲", "城管局", is_name=True)], WEIGHTS).heard("城管局")[0].weight
    assert name == 2 * thing


def test_the_title_says_more_than_the_text() -> None:
    book = DutyBook([Duty("甲", "电梯")], WEIGHTS)
    assert book.heard("电梯\n请看")[0].weight > book.heard("请看\n电梯")[0].weight


def test_scores_have_length_one_or_none() -> None:
    scores = DutyBook([Duty("甲", "电梯"), Duty("乙", "路灯")], WEIGHTS).scores(["电梯和路灯", "别的"])
    assert np.allclose(np.linalg.norm(scores, axis=1), [1.0, 0.0])


def test_the_shipped_list_names_fifteen_kinds_of_unit_with_terms_of_their_own() -> None:
    duties = default_duties()
    assert len({duty.unit for duty in duties}) == 15
    assert all(terms_of(duty.text) for duty in duties)


def test_a_message_of_one_line_has_no_title() -> None:
    assert message("路灯不亮").title == ""
    assert message("路灯\n不亮").title == "路灯"


def test_rare_terms_weigh_more_than_common_ones() -> None:
    seen = np.zeros(1 << 16, dtype=np.int64)
    assert weights_of(seen, 100).of_term("电梯") > weights_of(seen + 99, 100).of_term("电梯")


def test_units_without_a_file_keep_what_was_believed_of_them() -> None:
    prior = np.eye(3)
    learned = fit_softmax(np.eye(3)[[0, 1, 0, 1]], np.array([0, 1, 0, 1]), prior)
    assert learned[2, 2] > 0.9
    assert softmax(np.eye(3) @ learned).argmax(axis=1).tolist() == [0, 1, 2]


def test_learning_moves_beliefs_to_what_the_files_say() -> None:
    features = np.eye(2)[[0, 1] * 200]
    learned = fit_softmax(features, np.array([1, 0] * 200), np.eye(2))
    assert softmax(np.eye(2) @ learned).argmax(axis=1).tolist() == [1, 0]
