"""Roles reach down the tree, never up or sideways."""

from __future__ import annotations

from datetime import datetime

import pytest

from guanlan.desk.organisation.models import Role, Unit, User
from guanlan.desk.organisation.permissions import PERMISSIONS, NotAllowed, may, require
from guanlan.desk.organisation.selectors import (
    alert_receivers,
    people_holding,
    sees_everything,
    visible_units,
)
from guanlan.desk.organisation.services import role_end, role_grant

People = dict[str, User]


@pytest.mark.parametrize("verb", sorted(PERMISSIONS))
@pytest.mark.parametrize("role", Role.values)
def test_each_role_may_exactly_what_the_table_says(
    people: People, body: Unit, school: Unit, verb: str, role: str
) -> None:
    expected = role in PERMISSIONS[verb]
    assert may(people[role], verb, body) is expected
    assert may(people[role], verb, school) is expected  # a superior's role reaches down


@pytest.mark.parametrize("verb", sorted(PERMISSIONS))
def test_a_role_in_the_school_says_nothing_above_or_beside_it(
    people: People, body: Unit, school: Unit, water: Unit, verb: str
) -> None:
    officer = people["school_officer"]
    assert may(officer, verb, school) is bool({"case_officer", "reviewer"} & set(PERMISSIONS[verb]))
    assert not may(officer, verb, body)
    assert not may(officer, verb, water)


def test_an_outsider_may_nothing_anywhere(people: People, body: Unit, water: Unit) -> None:
    assert not any(
        may(people["outsider"], verb, thing) for verb in PERMISSIONS for thing in (body, water, None)
    )


def test_a_thing_without_a_unit_is_nobodys(people: People) -> None:
    assert not may(people["administrator"], "people", object())


def test_an_ended_role_ends_at_once(people: People, body: Unit, now: datetime) -> None:
    officer = User.objects.get(pk=people["case_officer"].pk)
    grant = officer.grants.get()
    role_end(grant=grant, actor=people["administrator"], now=now)
    assert not may(User.objects.get(pk=officer.pk), "event", body)


def test_an_inactive_person_may_nothing(people: People, body: Unit) -> None:
    User.objects.filter(username="approver").update(is_active=False)
    assert not may(User.objects.get(username="approver"), "issue", body)


def test_require_names_what_was_asked(people: People, body: Unit) -> None:
    with pytest.raises(NotAllowed) as refused:
        require(people["monitor"], "issue", body)
    assert refused.value.verb == "issue"


def test_people_see_their_own_and_lower_units(people: People, school: Unit) -> None:
    assert set(visible_units(people["school_monitor"])) == {school}
    assert visible_units(people["monitor"]).count() == 3
    assert not visible_units(people["outsider"]).exists()
    assert sees_everything(people["monitor"])
    assert not sees_everything(people["school_monitor"])


def test_alerts_go_to_officers_of_the_unit_and_above(people: People, school: Unit, body: Unit) -> None:
    told = set(alert_receivers(school).values_list("username", flat=True))
    assert told == {"case_officer", "reviewer", "approver", "school_officer", "school_approver"}
    assert "school_officer" not in set(alert_receivers(body).values_list("username", flat=True))


def test_somebody_with_two_roles_is_counted_once(people: People, school: Unit, now: datetime) -> None:
    role_grant(user=people["school_officer"], role="approver", unit=school, actor=None, now=now)
    names = list(people_holding("approver", school).values_list("username", flat=True))
    assert sorted(names) == ["approver", "school_approver", "school_officer"]
