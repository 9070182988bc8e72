from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from guanlan.analysis.tone import heads
from guanlan.analysis.tone.heads import FEWEST_OF_A_KIND, Scored, fit_mixture
from guanlan.analysis.tone.questions import WEAK
from guanlan.analysis.tone.sets import NEGATIVE, NEUTRAL, POSITIVE, Row

MANY = FEWEST_OF_A_KIND


def scored(*files: tuple[str, int, int]) -> Scored:
    """Files of a group with so many negative and positive rows; the score tells them apart."""
    tones = [tone for _, bad, good in files for tone in [NEGATIVE] * bad + [POSITIVE] * good]
    owners = np.repeat(np.arange(len(files)), [bad + good for _, bad, good in files])
    scores = np.array([[tone - 1, owner] for tone, owner in zip(tones, owners, strict=True)], np.float32)
    return Scored(scores, [Row("", tone) for tone in tones], owners, [group for group, _, _ in files])


def test_a_large_file_with_other_shares_of_the_tones_is_a_kind_of_its_own():
    rows = scored(("six", MANY // 5, MANY), ("six", MANY // 4, MANY), ("six", MANY, MANY // 4))
    assert rows.kinds_of_files() == ["six", "six", "six2"]


def test_a_small_file_stays_with_its_form_and_weak_files_are_never_parted():
    assert scored(("six", 10, 90), ("six", 90, 10)).kinds_of_files() == ["six", "six"]
    assert scored((WEAK, MANY, 0), (WEAK, 0, MANY)).kinds_of_files() == [WEAK, WEAK]


def test_every_kind_of_a_mixture_has_a_head_and_a_power_of_the_list():
    mixture = fit_mixture(scored(("six", MANY, MANY // 4), ("six", MANY // 4, MANY), ("hand", 30, 30)))
    assert [kind.name for kind in mixture.kinds] == ["six", "six1", "hand"]
    assert all(kind.sharpness in heads.SHARPNESS for kind in mixture.kinds)
    assert mixture.six is None


def test_the_gate_does_not_read_a_teachers_columns():
    rows = scored(("six", 60, 60), ("hand", 60, 60))
    gate = fit_mixture(replace(rows, opinions=1)).gate
    assert gate.weights[1].tolist() == [0, 0]
    assert fit_mixture(rows).gate.weights[1].any()


def test_what_is_too_unsure_is_sharpened_and_what_is_too_sure_blunted():
    told = np.array([[0.6, 0.4]] * 100, np.float32)
    mostly = np.array([0] * 80 + [1] * 20)
    assert heads._power(told, mostly) == heads.SHARPNESS.max()
    assert heads._power(1 - (1 - told) ** 2, np.array([0] * 50 + [1] * 50)) == heads.SHARPNESS.min()


def test_rows_that_are_as_sure_as_they_should_be_stay_as_they_are():
    told = np.array([[0.75, 0.25]] * 100, np.float32)
    assert heads._power(told, np.array([0] * 75 + [1] * 25)) == pytest.approx(1.0)


def test_a_neutral_row_can_be_told_by_the_mixture():
    rows = scored(("three", 40, 40))
    three = [*rows.rows, *[Row("", NEUTRAL)] * 40]
    scores = np.vstack([rows.scores, np.zeros((40, 2), np.float32)])
    mixture = fit_mixture(Scored(scores, three, np.zeros(120, np.int64), ["three"]))
    told = mixture.tones(mixture.standard(scores))
    assert (told.argmax(axis=1) == [row.tone for row in three]).all()
