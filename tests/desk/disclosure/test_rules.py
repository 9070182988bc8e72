"""Pure decisions: how a report stands, what is pointed out, who counts as one network, when people are received."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guanlan.desk.disclosure.rules import (
    Deviation,
    Standing,
    network_of,
    personal_numbers,
    plain_text,
    receptions,
    standing,
)

TODAY = date(2026, 11, 23)  # a Monday
THURSDAY = 3


@pytest.mark.parametrize(
    ("said", "answered", "screened", "in_event", "expected"),
    [
        ("", False, False, False, Standing.RECEIVED),
        ("", False, True, False, Standing.LOOKED_AT),
        ("", False, True, True, Standing.IN_HAND),
        ("", False, False, True, Standing.IN_HAND),
        ("in_hand", False, False, False, Standing.IN_HAND),
        ("received", False, False, True, Standing.IN_HAND),  # what was begun is not unsaid
        ("looked_at", False, True, False, Standing.LOOKED_AT),
        ("received", True, False, False, Standing.ANSWERED),
    ],
)
def test_the_further_of_what_was_said_and_what_happened_counts(
    said: str, answered: bool, screened: bool, in_event: bool, expected: Standing
) -> None:
    assert standing(said=said, answered=answered, screened=screened, in_event=in_event) is expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("身份证11010519491231002X", ["11010519491231002X"]),
        ("身份证11010519491231002x", ["11010519491231002x"]),
        ("身份证 110105 19491231 002X", ["11010519491231002X"]),
        ("打13812345678找我", ["13812345678"]),
        ("138-1234-5678", ["13812345678"]),
        ("+86 138 1234 5678", ["8613812345678"]),
        ("１３８１２３４５６７８", ["13812345678"]),
        ("110105194912310021", []),  # the check sign does not fit
        ("工单号202611230012345678", []),
        ("欠费13812.34元，2026-11-23", []),
        ("12812345678", []),
        ("0555-12345", []),
        ("", []),
    ],
)
def test_what_looks_like_a_personal_number_is_found(text: str, found: list[str]) -> None:
    assert [number.lstrip("+") for number in personal_numbers(text)] == found


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  路灯\r\n坏了\r ", "路灯\n坏了"),
        ("a\x00b\x07c\x7f\x9f", "abc"),
        ("\u202e反过来\u202c\u2066x\u2069\u200f", "反过来x"),
        ("一家人👨‍👩‍👧", "一家人👨‍👩‍👧"),  # joined signs stay whole
        ("a\tb", "a\tb"),
    ],
)
def test_signs_that_cannot_be_seen_are_left_out(typed: str, plain: str) -> None:
    assert plain_text(typed) == plain


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("203.0.113.77, 10.0.0.1", "unknown"),
    ],
)
def test_a_network_is_what_a_household_or_office_shares(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_year_has_fifty_two_receptions_from_the_next_one_on() -> None:
    found = list(receptions(weekday=THURSDAY, today=TODAY, weeks=52, exceptions={}))
    assert len(found) == 52
    assert (found[0].day, found[-1].day) == (date(2026, 11, 26), date(2027, 11, 18))
    assert all(one.day.weekday() == THURSDAY and one.held_on == one.day and not one.moved for one in found)


def test_on_the_day_itself_it_is_today() -> None:
    thursday = date(2026, 11, 26)
    assert next(receptions(weekday=THURSDAY, today=thursday, weeks=1, exceptions={})).day == thursday


def test_a_day_is_moved_or_not_held() -> None:
    first = date(2026, 11, 26)
    exceptions = {
        first: Deviation(None, "会议"),
        first + timedelta(weeks=1): Deviation(first + timedelta(days=8)),
    }
    one, two, three = receptions(weekday=THURSDAY, today=TODAY, weeks=3, exceptions=exceptions)
    assert (one.held_on, one.note, one.moved) == (None, "会议", False)
    assert (two.held_on, two.moved) == (date(2026, 12, 4), True)
    assert three.held_on == three.day


def test_a_day_that_was_moved_ahead_is_still_to_come() -> None:
    friday = date(2026, 11, 27)
    exceptions = {date(2026, 11, 26): Deviation(date(2026, 11, 30))}
    found = list(receptions(weekday=THURSDAY, today=friday, weeks=2, exceptions=exceptions))
    assert [one.held_on for one in found] == [date(2026, 11, 30), date(2026, 12, 3), date(2026, 12, 10)]
