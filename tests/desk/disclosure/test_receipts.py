"""Receipt numbers: unguessable, readable aloud, and every single slip is found."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.desk.disclosure.receipts import ALPHABET, DAY_DIGITS, new_receipt, read_receipt

DAY = date(2026, 11, 30)


def plain(receipt: str) -> str:
    return receipt.replace("-", "")


def test_a_receipt_has_the_day_three_groups_and_no_look_alikes() -> None:
    receipt = new_receipt(DAY)
    assert [len(part) for part in receipt.split("-")] == [6, 4, 4, 4]
    assert receipt.startswith("261130-")
    assert not set(plain(receipt)[DAY_DIGITS:]) & set("0OI1L2Z5S8BUV")
    assert read_receipt(receipt) == receipt


def test_the_alphabet_has_a_prime_number_of_signs() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 23


def test_receipts_do_not_repeat_or_follow_one_another() -> None:
    assert len({new_receipt(DAY) for _ in range(2000)}) == 2000


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda one: one.replace("-", ""),
        lambda one: f" {one} ",
        lambda one: one.replace("-", " – "),
    ],
)
def test_case_spaces_and_hyphens_do_not_matter(change: object) -> None:
    receipt = new_receipt(DAY)
    assert read_receipt(change(receipt)) == receipt  # type: ignore[operator]


def test_full_width_signs_are_read() -> None:
    receipt = new_receipt(DAY)
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != "-" else "－" for sign in receipt)
    assert read_receipt(wide) == receipt


def test_every_single_wrong_sign_is_found() -> None:
    receipt = plain(new_receipt(DAY))
    for place, sign in itertools.product(range(len(receipt)), ALPHABET + "0123456789"):
        if sign != receipt[place]:
            assert read_receipt(receipt[:place] + sign + receipt[place + 1 :]) is None


def test_every_swap_of_two_signs_is_found() -> None:
    receipt = plain(new_receipt(DAY))
    for one, two in itertools.combinations(range(DAY_DIGITS, len(receipt) - 1), 2):
        signs = list(receipt)
        if signs[one] != signs[two]:
            signs[one], signs[two] = signs[two], signs[one]
            assert read_receipt("".join(signs)) is None


@given(st.text(max_size=200))
def test_anything_typed_is_read_or_refused_without_an_error(typed: str) -> None:
    found = read_receipt(typed)
    assert found is None or read_receipt(found) == found
