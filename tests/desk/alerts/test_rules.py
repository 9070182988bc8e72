from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guanlan.desk.alerts import rules

T = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "json://hooks.example/a",
        "JSONS://hooks.example",
        " dingtalk://token",
        "feishu://t",
        "wecombot://k",
    ],
)
def test_addresses_of_listed_services_are_allowed(address: str) -> None:
    assert rules.address_allowed(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hooks.example",
        "syslog://",
        "file:///etc/passwd",
        "dbus://",
        "windows://",
        "http://hooks.example",
        "exec://rm",
        "://x",
        "json:/hooks",
        "macosx://",
    ],
)
def test_everything_else_is_refused(address: str) -> None:
    assert not rules.address_allowed(address)


def test_only_free_addresses_name_their_host() -> None:
    assert rules.names_its_host("jsons://hooks.example/a")
    assert not rules.names_its_host("dingtalk://token")


def test_a_delivery_is_given_up_after_the_last_attempt_or_at_once_when_permanent() -> None:
    assert not rules.gives_up(7, permanent=False)
    assert rules.gives_up(8, permanent=False)
    assert rules.gives_up(1, permanent=True)


def test_stage_times_say_how_long_each_stage_took_and_none_where_it_was_not_reached() -> None:
    times = rules.stage_times(
        fetched=T,
        stored=T + timedelta(seconds=30),
        opened=T + timedelta(seconds=31),
        handed_over=T + timedelta(seconds=35),
        acknowledged=None,
    )
    assert times.fetch_to_store == timedelta(seconds=30)
    assert times.store_to_open == timedelta(seconds=1)
    assert times.open_to_hand_over == timedelta(seconds=4)
    assert times.open_to_acknowledge is None
    assert (
        rules.stage_times(
            fetched=None, stored=T, opened=T, handed_over=None, acknowledged=None
        ).fetch_to_store
        is None
    )
