"""Which days are expected and when; what a figure and a note may be. Plain values, no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from guanlan.desk.counts import rules
from guanlan.desk.counts.rules import Schedule

MONDAY = date(2026, 11, 23)
DAILY = Schedule("daily", None, time(17, 0), False)
WORKING = Schedule("working", None, time(9, 30), False)
WEEKLY = Schedule("weekly", 4, time(12, 0), True)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (DAILY, [23, 24, 25, 26, 27, 28, 29]),
        (WORKING, [23, 24, 25, 26, 27]),
        (WEEKLY, [27]),
    ],
)
def test_a_week_has_the_days_of_its_rhythm(schedule: Schedule, expected: list[int]) -> None:
    assert [day.day for day in schedule.days(MONDAY, date(2026, 11, 29))] == expected


def test_holidays_are_not_expected_and_make_up_days_are() -> None:
    special = (
        (date(2026, 11, 24), date(2026, 11, 25), False),
        (date(2026, 11, 28), date(2026, 11, 28), True),
    )
    schedule = Schedule("working", None, time(9, 30), False, special)
    assert [day.day for day in schedule.days(MONDAY, date(2026, 11, 29))] == [23, 26, 27, 28]


def test_of_two_special_days_the_one_set_later_wins() -> None:
    whole = (date(2026, 11, 1), date(2026, 11, 30), False)
    schedule = Schedule("daily", None, time(9), False, (whole, (MONDAY, MONDAY, True)))
    assert schedule.days(date(2026, 11, 20), date(2026, 11, 26)) == [MONDAY]


def test_figures_are_due_at_the_hour_on_the_wall_of_the_office() -> None:
    assert DAILY.due_at(MONDAY) == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert WEEKLY.due_at(date(2026, 11, 27)) == datetime(2026, 11, 28, 4, 0, tzinfo=UTC)


def test_the_next_due_day_lies_after_the_moment_and_may_be_todays() -> None:
    before, after = datetime(2026, 11, 23, 8, 59, tzinfo=UTC), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert DAILY.next_due(before) == (MONDAY, datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    assert DAILY.next_due(after) == (date(2026, 11, 24), datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    # Of a weekly figure that is due the day after, the night between still waits for it.
    assert WEEKLY.next_due(datetime(2026, 11, 28, 3, 0, tzinfo=UTC)) == (
        date(2026, 11, 27),
        datetime(2026, 11, 28, 4, 0, tzinfo=UTC),
    )


def test_a_series_that_expects_nothing_for_a_year_has_no_next_day() -> None:
    never = Schedule("daily", None, time(9), False, ((date(2000, 1, 1), date(2100, 1, 1), False),))
    assert never.next_due(datetime(2026, 11, 23, tzinfo=UTC)) is None
    assert never.last_days(MONDAY, 7) == []
    assert never.day_after(MONDAY) is None


@pytest.mark.parametrize(
    ("value", "checked", "asks", "fault"),
    [
        (0, None, False, ""), (9_999_999, None, False, ""), (10_000_000, None, False, "most"),
        (3, 413, True, ""), (0, 0, True, ""), (414, 413, True, "over"), (3, None, True, "checked"),
        (None, 413, True, "alone"), (None, None, True, ""),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_is_named(
    value: int | None, checked: int | None, asks: bool, fault: str
) -> None:
    assert rules.value_fault(value, checked, asks_checked=asks) == fault


def test_days_to_come_and_of_long_ago_are_refused() -> None:
    assert rules.day_fault(date(2026, 11, 24), MONDAY) == "future"
    assert rules.day_fault(MONDAY, MONDAY) == ""
    assert rules.day_fault(date(1999, 12, 31), MONDAY) == "old"


@pytest.mark.parametrize(
    ("value", "past", "jump"),
    [
        (20, [2, 1, 0], True), (19, [2, 1, 0], False), (200, [30, 20, 10], False), (300, [30, 20, 10], True),
        (20, [0, 0, 0], True), (500, [2, 1], False), (10_000, [], True), (0, [50, 50, 50], False),
    ],
)  # fmt: skip
def test_a_jump_is_far_above_what_the_place_reported(value: int, past: list[int], jump: bool) -> None:
    assert rules.is_jump(value, past) is jump


@pytest.mark.parametrize(
    "note",
    [
        "联系 13800138000", "电话 0871-6512345", "身份证 53010219900101123X", "138 0013 8000", "１３８００１３８０００",
        "一三八〇〇一三八〇〇〇", "编号 1234567", "姓名见附件", "家住河西", "a@b.example",
    ],
)  # fmt: skip
def test_a_note_that_holds_or_announces_a_person_is_refused(note: str) -> None:
    assert rules.note_fault(note) in {"number", "person"}


@pytest.mark.parametrize(
    "note", ["", "2026-11-23 已送检", "2026年11月23日复查", "3 头猪、12 只鸡", "第 3 圈，耳标未查"]
)
def test_a_note_about_the_matter_stands(note: str) -> None:
    assert rules.note_fault(note) == ""


@pytest.mark.parametrize(("name", "doubt"), [("张伟", True), ("王秀英", True), ("青石镇", False), ("李家沟", False),
                                             ("县一小", False), ("石桥", False), ("Ward 3", False)])  # fmt: skip
def test_names_that_could_be_persons_are_asked_about(name: str, doubt: bool) -> None:
    assert rules.looks_like_person(name) is doubt


@pytest.mark.parametrize(("value", "shown"), [(None, ""), (0, "0"), (1, "<10"), (9, "<10"), (10, "10")])
def test_small_counts_of_people_are_hidden_and_zero_is_not(value: int | None, shown: str) -> None:
    assert rules.shown(value, exact=False) == shown
    assert rules.shown(value, exact=True) == ("" if value is None else str(value))


@pytest.mark.parametrize(
    ("value", "checked", "reached"),
    [(2, 100, True), (1, 100, False), (0, 100, False), (5, 9, False), (5, None, False), (31, 1286, True)],
)
def test_a_share_of_few_is_no_share(value: int, checked: int | None, reached: bool) -> None:
    assert rules.share_reached(value, checked, 2) is reached
    assert not rules.share_reached(value, checked, None)
