from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts import selectors, services
from guanlan.desk.alerts.models import Alert, Channel
from guanlan.desk.organisation.models import Unit, User

Make = Callable[..., Alert]
People = dict[str, User]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("reviewer", 2),
        ("auditor", 2),
        ("school_officer", 1),
        ("school_monitor", 1),
        ("water_officer", 0),
        ("outsider", 0),
    ],
)
def test_people_see_the_alerts_of_their_units_and_below(
    who: str, sees: int, school: Unit, body: Unit, people: People, make_alert: Make
) -> None:
    make_alert(school, "k1")
    make_alert(body, "k2")
    assert selectors.open_count(people[who]) == sees
    assert len(selectors.alerts_visible(people[who])) == sees


def test_an_acknowledged_alert_is_no_longer_open_and_its_stages_are_known(
    school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    alert = make_alert(school)
    Alert.objects.update(handed_over_at=now + timedelta(seconds=3))
    services.alert_acknowledge(alert=alert, actor=people["reviewer"], now=now + timedelta(minutes=4))
    stages = selectors.alert_stages(alert)
    assert selectors.open_count(people["reviewer"]) == 0
    assert stages.fetch_to_store == timedelta(seconds=30)
    assert stages.store_to_open == timedelta(seconds=10)
    assert stages.open_to_hand_over == timedelta(seconds=3)
    assert stages.open_to_acknowledge == timedelta(minutes=4)


def test_noise_counts_false_alarms_by_rule(
    school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    noisy = [make_alert(school, f"a{n}", rule_key="rule:1") for n in range(4)]
    make_alert(school, "b", rule_key="rule:2", rule="食堂")
    services.alert_mark_false(alert=noisy[0], actor=people["reviewer"], now=now)
    day = timedelta(days=1)
    found = selectors.noise_by_rule(people["reviewer"], start=now - day, end=now + day)
    assert [(row.rule_key, row.opened, row.false_alarms, row.share) for row in found] == [
        ("rule:1", 4, 1, 0.25),
        ("rule:2", 1, 0, 0.0),
    ]
    assert selectors.noise_by_rule(people["reviewer"], start=now + day, end=now + 2 * day) == []


def test_the_list_of_open_alerts_costs_the_same_for_one_and_for_many(
    school: Unit, people: People, make_alert: Make, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        make_alert(school, f"k{number}")
    user = User.objects.get(pk=people["school_officer"].pk)
    with django_assert_num_queries(3):
        assert len([str(alert.unit) for alert in selectors.alerts_open_for(user)]) == 30


def test_deliveries_and_channels_are_listed_in_order(
    school: Unit, body: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    Channel.objects.create(unit=body, kind="webhook", name="县", address="feishu://abcdefgh", created_at=now)
    alert = make_alert(school)
    assert [row.channel for row in selectors.deliveries_of(alert)] == ["app"] * 5 + ["webhook"]
    assert [row.name for row in selectors.channels_visible(people["reviewer"])] == ["县"]
    assert not selectors.channels_visible(people["school_officer"])
