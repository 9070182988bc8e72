from __future__ import annotations

import numpy as np

from guanlan.analysis.tone.features import read
from guanlan.analysis.tone.fitting import Design, Targets, design, fit


def targets(classes: list[int], among: list[tuple[int, ...]], groups: list[int] | None = None) -> Targets:
    allowed = np.zeros((len(classes), 3), dtype=np.bool_)
    for place, row in enumerate(among):
        allowed[place, list(row)] = True
    count = len(classes)
    where = np.array(groups or [0] * count)
    return Targets(np.array(classes), allowed, np.ones(count, dtype=np.float32), where)


def logits(rows: Design, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
    sums = [
        (weights[rows.columns[a:b]] * rows.values[a:b, None]).sum(axis=0)
        for a, b in zip(rows.starts[:-1], rows.starts[1:], strict=True)
    ]
    return np.stack(sums) + biases


def test_a_design_holds_each_bucket_once_with_its_count():
    rows = design(["好好", "", "坏"])
    assert rows.starts.tolist() == [0, 2, 2, 3]
    batch = read(["好好"])
    assert set(rows.columns[:2]) == {batch.buckets[0][0], batch.buckets[1][0]}
    assert sorted(rows.values[:2]) == sorted(np.array([2, 1], dtype=np.float32) / np.sqrt(np.float32(3)))


def test_fitting_separates_what_can_be_separated():
    texts = ["很坏很坏", "公告通知", "很好真好"] * 20
    rows = design(texts)
    weights, biases = fit(rows, targets([0, 1, 2] * 20, [(0, 1, 2)] * 60), seed=1)
    assert logits(rows, weights, biases).argmax(axis=1).tolist() == [0, 1, 2] * 20


def test_a_set_of_two_classes_says_nothing_of_the_third():
    rows = design(["很坏", "真好"] * 20)
    weights, biases = fit(rows, targets([0, 2] * 20, [(0, 2)] * 40), seed=1)
    assert not weights[:, 1].any()
    assert biases[1] == 0


def test_the_balance_of_another_group_is_not_learned():
    rows = design(["一般"] * 40)
    classes = [0] * 30 + [2] * 10
    own, kept = (
        fit(rows, targets(classes, [(0, 2)] * 40, groups), seed=1)[1] for groups in ([1] * 40, [0] * 40)
    )
    assert own.tolist() == [0, 0, 0]
    assert kept[0] > kept[2]


def test_what_one_text_alone_holds_weighs_nothing():
    rows = design(["很坏奇", *["很坏"] * 20, *["真好"] * 20])
    weights, _ = fit(rows, targets([0] * 21 + [2] * 20, [(0, 1, 2)] * 41), seed=1)
    batch = read(["奇"])
    assert not weights[batch.buckets[0][0]].any()


def test_the_seed_fixes_the_weights():
    rows = design([f"第{n}条很坏" if n % 2 else f"第{n}条真好" for n in range(2000)])
    known = targets([0 if n % 2 else 2 for n in range(2000)], [(0, 1, 2)] * 2000)
    first, again, other = (fit(rows, known, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_progress_is_told_after_every_pass():
    told: list[float] = []
    fit(design(["好", "坏"]), targets([2, 0], [(0, 1, 2)] * 2), seed=1, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
