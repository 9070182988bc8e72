"""What was added to a page and what was taken away."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.collect.evidence import compare

BEFORE = "县应急管理局通报\n事故造成3人受伤\n调查正在进行"


def test_one_changed_figure_is_a_change() -> None:
    found = compare(BEFORE, BEFORE.replace("3人", "7人"))
    assert found.added == ("事故造成7人受伤",)
    assert found.removed == ("事故造成3人受伤",)


def test_a_short_line_counts_too() -> None:
    assert compare(BEFORE, f"{BEFORE}\n无伤亡").added == ("无伤亡",)


def test_blanks_and_empty_lines_are_no_change() -> None:
    assert not compare(BEFORE, BEFORE.replace("\n", "\n\n  ") + "\n").changed


def test_a_page_that_became_empty_lost_every_line() -> None:
    assert compare(BEFORE, "").removed == tuple(BEFORE.splitlines())


def test_megabytes_stay_bounded() -> None:
    found = compare("", "长" * 2_000_000 + "\n" + "\n".join(map(str, range(100_000))))
    assert len(found.added) == 5000
    assert len(found.added[0]) == 2000


@settings(max_examples=50)
@given(st.lists(st.text(max_size=20), max_size=20), st.lists(st.text(max_size=20), max_size=20))
def test_the_difference_back_is_the_difference_turned_round(old: list[str], new: list[str]) -> None:
    there, back = compare("\n".join(old), "\n".join(new)), compare("\n".join(new), "\n".join(old))
    assert (there.added, there.removed) == (back.removed, back.added)
