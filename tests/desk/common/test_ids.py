"""Time-ordered ids."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from guanlan.desk.common.ids import first_id, fresh_ids, moment_of, time_ordered_id

NOON = datetime(2026, 11, 23, 4, 0, 0, 123_000, tzinfo=UTC)


def test_later_moments_have_larger_ids() -> None:
    assert time_ordered_id(NOON) < time_ordered_id(NOON + timedelta(milliseconds=1))


def test_an_id_gives_its_moment_back() -> None:
    assert moment_of(time_ordered_id(NOON)) == NOON


def test_first_id_bounds_everything_of_its_moment() -> None:
    assert first_id(NOON) <= time_ordered_id(NOON) < first_id(NOON + timedelta(milliseconds=1))


def test_ids_fit_a_signed_64_bit_column_for_two_centuries() -> None:
    assert time_ordered_id(datetime(2248, 1, 1, tzinfo=UTC)) < 2**63


def test_moments_before_1970_do_not_become_negative() -> None:
    assert time_ordered_id(datetime(1949, 10, 1, tzinfo=UTC)) >= 0


def test_fresh_ids_avoid_those_taken_and_each_other() -> None:
    offered: list[set[int]] = []

    def taken(ids: Collection[int]) -> set[int]:
        offered.append(set(ids))
        return set(ids) if len(offered) == 1 else set()  # the first draw collides wholly

    ids = fresh_ids([NOON] * 50, taken)
    assert len(set(ids)) == 50
    assert not set(ids) & offered[0]


def test_fresh_ids_gives_up_loudly_instead_of_looping() -> None:
    with pytest.raises(RuntimeError, match="no free id for 1"):
        fresh_ids([NOON], set)
