from __future__ import annotations

import numpy as np

from guanlan.analysis.tone.features import BUCKET_BITS, read
from guanlan.analysis.tone.fitting import Columns, descend, design, fit_softmax

BAD, GOOD = ["很坏很坏", "真坏"], ["真好真好", "很好"]


def test_a_design_holds_each_bucket_once_with_its_count():
    rows = design(["好好", "", "坏"])
    assert rows.starts.tolist() == [0, 2, 2, 3]
    batch = read(["好好"])
    assert set(rows.columns[:2]) == {batch.buckets[0][0], batch.buckets[1][0]}
    assert sorted(rows.values[:2]) == sorted(np.array([2, 1], dtype=np.float32) / np.sqrt(np.float32(3)))


def test_rows_can_be_taken_in_any_order_and_twice():
    rows = design(["好好", "", "坏"])
    taken = rows.take(np.array([2, 1, 0, 2]))
    assert taken.starts.tolist() == [0, 1, 1, 3, 4]
    assert taken.columns[0] == taken.columns[3] == rows.columns[2]


def test_scores_are_sums_of_weights_and_nothing_for_an_empty_text():
    rows = design(["好好", "", "坏"])
    scores = rows.scores(np.ones((1 << BUCKET_BITS, 2), np.float32))
    assert scores.shape == (3, 2)
    np.testing.assert_allclose(scores[:, 0], [3 / np.sqrt(3), 0, 1], rtol=1e-6)


def test_a_column_separates_what_can_be_separated():
    rows = design((BAD + GOOD) * 10)
    truth = np.array([True, True, False, False] * 10)
    weights, bias = Columns(rows).fit(truth)
    assert ((rows.scores(weights[:, None])[:, 0] + bias > 0) == truth).all()


def test_what_one_text_alone_holds_weighs_nothing():
    rows = design(["很坏奇", *BAD * 10, *GOOD * 10])
    weights, _ = Columns(rows).fit(np.array([True] * 21 + [False] * 20))
    assert weights[read(["奇"]).buckets[0][0]] == 0
    assert weights[read(["坏"]).buckets[0][0]] > 0


def test_a_plain_column_separates_too_and_needs_no_ratio():
    rows = design((BAD + GOOD) * 10)
    truth = np.array([True, True, False, False] * 10)
    weights, bias = Columns(rows).fit(truth, plain=True)
    assert ((rows.scores(weights[:, None])[:, 0] + bias > 0) == truth).all()
    scaled, _ = Columns(rows).fit(truth)
    assert not np.array_equal(weights, scaled)


def test_a_row_of_weight_nothing_teaches_nothing():
    rows = design([*BAD * 10, *GOOD * 10, *["坏"] * 20])
    truth = np.array([True] * 20 + [False] * 40)
    heeded, ignored = (
        Columns(rows).fit(truth, np.array([1.0] * 40 + [last] * 20, np.float32))[0] for last in (1.0, 0.0)
    )
    place = read(["坏"]).buckets[0][0]
    assert ignored[place] > heeded[place]


def test_the_same_rows_give_the_same_column():
    rows = design([f"第{n}条很坏" if n % 2 else f"第{n}条真好" for n in range(300)])
    truth = np.arange(300) % 2 == 1
    first, again = (Columns(rows).fit(truth) for _ in range(2))
    assert np.array_equal(first[0], again[0])
    assert first[1] == again[1]


def test_descending_finds_the_bottom_of_a_bowl():
    middle = np.array([3.0, -2.0, 0.5], np.float32)
    steep = np.array([1.0, 10.0, 100.0], np.float32)

    def bowl(point):
        away = point - middle
        return float((steep * away * away).sum()) + 1, 2 * steep * away

    np.testing.assert_allclose(descend(bowl, np.zeros(3, np.float32), steps=60), middle, atol=0.05)


def test_a_softmax_learns_shares_and_its_penalty_holds_it_back():
    scores = np.zeros((100, 1), np.float32)
    classes = np.array([0] * 75 + [1] * 25)
    _, biases = fit_softmax(scores, classes, 2, np.ones(100, np.float32), 1e-6)
    shares = np.exp(biases) / np.exp(biases).sum()
    np.testing.assert_allclose(shares, [0.75, 0.25], atol=0.02)
    _, held = fit_softmax(scores, classes, 2, np.ones(100, np.float32), 10.0)
    assert abs(held[0] - held[1]) < abs(biases[0] - biases[1])
