from __future__ import annotations

import numpy as np
import pytest

from guanlan.analysis.tone.mixture import FARTHEST, Kind, Mixture, Softmax, softmax
from guanlan.analysis.tone.sets import ALL, NEGATIVE, NEUTRAL, POSITIVE, TWO


def sure_of(place: int, count: int) -> Softmax:
    """Always nearly certain of one class, whatever the scores."""
    biases = np.zeros(count, np.float32)
    biases[place] = 20
    return Softmax(np.zeros((2, count), np.float32), biases)


def by_first_score(count: int) -> Softmax:
    """Kind 1 where the first score is high, kind 0 where it is low."""
    weights = np.zeros((2, count), np.float32)
    weights[0, :2] = (-20, 20)
    return Softmax(weights, np.zeros(count, np.float32))


def mixture(*kinds: Kind, gate: Softmax | None = None, six: Softmax | None = None) -> Mixture:
    even = Softmax(np.zeros((2, len(kinds)), np.float32), np.zeros(len(kinds), np.float32))
    return Mixture(kinds, gate or even, six, np.zeros(2, np.float32), np.ones(2, np.float32))


SCORES = np.array([[-1, 0], [1, 0]], np.float32)


def test_the_gate_lets_each_kind_speak_of_its_own_texts():
    two = mixture(
        Kind("hand", ALL, sure_of(NEGATIVE, 3)),
        Kind("three", ALL, sure_of(POSITIVE, 3)),
        gate=by_first_score(2),
    )
    assert two.tones(SCORES).argmax(axis=1).tolist() == [NEGATIVE, POSITIVE]


def test_kinds_without_neutral_texts_say_nothing_of_neutral():
    mixed = mixture(Kind("hand", TWO, sure_of(0, 2)), Kind("three", ALL, sure_of(NEUTRAL, 3)))
    assert (mixed.tones(SCORES)[:, NEUTRAL] > 0.99).all()


def test_kinds_without_praise_borrow_it_from_the_others():
    official = Kind("office", (NEGATIVE, NEUTRAL), sure_of(1, 2))
    blamed, praised = (
        mixture(official, Kind("hand", TWO, sure_of(place, 2))).tones(SCORES)[0] for place in (0, 1)
    )
    assert blamed == pytest.approx([0.5, 0.5, 0], abs=1e-3)
    assert praised == pytest.approx([0, 0.25, 0.75], abs=1e-3)


def test_a_kind_that_is_sure_outweighs_one_that_is_not():
    unsure = Softmax(np.zeros((2, 2), np.float32), np.array([0, 1], np.float32))
    mixed = mixture(Kind("hand", TWO, sure_of(0, 2)), Kind("binary", TWO, unsure))
    assert (mixed.tones(SCORES)[:, NEGATIVE] > 0.95).all()


def test_sharpness_moves_probabilities_apart_and_keeps_their_order():
    head = Softmax(np.zeros((2, 3), np.float32), np.array([1, 0, -1], np.float32))
    plain, sharp = (mixture(Kind("three", ALL, head, power)).tones(SCORES)[0] for power in (1.0, 2.0))
    assert sharp[NEGATIVE] > plain[NEGATIVE] > plain[POSITIVE] > sharp[POSITIVE]
    assert sharp.sum() == pytest.approx(1.0)


def test_emotions_are_sharpened_by_the_kinds_that_know_them():
    biases = Softmax(np.zeros((2, 6), np.float32), np.arange(6, dtype=np.float32))
    plain, sharp = (
        mixture(Kind("six2", ALL, sure_of(0, 3), 1.0, power), Kind("hand", TWO, sure_of(0, 2)), six=biases)
        .emotions(SCORES)[0]
        .max()
        for power in (1.0, 1.5)
    )
    assert sharp > plain


def test_two_classes_alone_know_no_neutral():
    alone = mixture(Kind("hand", TWO, sure_of(0, 2)))
    assert alone.tones(SCORES)[:, NEUTRAL].tolist() == [0, 0]


def test_emotions_speak_along_where_there_are_such():
    calm = mixture(Kind("six", ALL, sure_of(NEUTRAL, 3)), six=sure_of(0, 6))
    assert calm.tones(SCORES)[:, NEGATIVE] == pytest.approx([0.5, 0.5], abs=1e-3)


def test_tones_sum_to_one_and_strange_scores_are_held_in():
    mixed = mixture(Kind("three", ALL, by_first_score(3)))
    standard = mixed.standard(np.array([[1e9, -1e9]], np.float32))
    assert standard.tolist() == [[FARTHEST, -FARTHEST]]
    assert mixed.tones(standard).sum(axis=1) == pytest.approx([1.0])


def test_pulls_point_from_negative_to_positive():
    head = Softmax(np.array([[-1, 0, 2], [0, 5, 0]], np.float32), np.zeros(3, np.float32))
    assert mixture(Kind("three", ALL, head)).pulls(SCORES).tolist() == [[3, 0], [3, 0]]


def test_softmax_survives_large_logits():
    assert softmax(np.array([[1000.0, 0.0]], dtype=np.float32)).tolist() == [[1.0, 0.0]]
