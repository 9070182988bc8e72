"""Starter lists: every row is a source that could be kept, and each place stands once for a profile."""

import pytest

from guanlan.collect.lists_of_sources import METHODS, read_sources, same_place
from guanlan.packs.load import profiles
from guanlan.packs.starters import NATIONAL, starter_list, starter_names, starters_of

TIERS = {"personal", "local", "city", "province", "central"}


@pytest.mark.parametrize("name", starter_names())
def test_each_row_of_a_starter_list_is_a_whole_source(name: str) -> None:
    listed = read_sources(starter_list(name))
    assert listed.faults == ()
    for one in listed.entries:
        assert one.name
        assert one.method in METHODS
        assert one.tier in TIERS
        assert one.interval_minutes is not None
        assert one.legal_note == ""  # why it may be read is for the person who reviews it to say


@pytest.mark.parametrize("code", [profile.code for profile in profiles()])
def test_each_profile_starts_with_its_own_list_and_the_national_one(code: str) -> None:
    lists = [read_sources(content).entries for content in starters_of(code)]
    assert len(lists) == 2
    places = [same_place(one.url) for entries in lists for one in entries]
    assert len(places) == len(set(places))


def test_a_list_that_is_not_there_is_not_read_from_elsewhere() -> None:
    assert NATIONAL in starter_names()
    with pytest.raises(KeyError):
        starter_list("../profiles/county")
