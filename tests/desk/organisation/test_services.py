"""Units and people are changed by administrators, and somebody always stays who can."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.organisation import services
from guanlan.desk.organisation.models import RoleGrant, Unit, User
from guanlan.desk.organisation.permissions import NotAllowed

People = dict[str, User]


def test_a_path_grows_down_the_tree(body: Unit, school: Unit) -> None:
    assert school.path == f"{body.path}{school.pk}/"


def test_only_an_administrator_adds_units(people: People, body: Unit, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        services.unit_create(code="x", name="某科", parent=body, actor=people["reviewer"], now=now)
    unit = services.unit_create(code="x", name="某科", parent=body, actor=people["administrator"], now=now)
    assert unit.parent == body


def test_a_second_unit_of_the_same_code_is_refused(people: People, body: Unit, now: datetime) -> None:
    with pytest.raises(ValidationError):
        services.unit_create(
            code="school", name="另一所", parent=body, actor=people["administrator"], now=now
        )


def test_a_unit_is_renamed_and_the_old_name_stays_in_the_audit(
    people: People, school: Unit, now: datetime
) -> None:
    services.unit_change(unit=school, actor=people["administrator"], now=now, name="云川一中")
    entry = AuditEntry.objects.filter(action="unit.changed").get()
    assert entry.data["before"] == {"name": "云川县第一中学"}


def test_a_new_person_has_a_one_time_password_that_must_be_changed(
    people: People, school: Unit, now: datetime
) -> None:
    user, password = services.person_create(
        username="zhao",
        display_name="赵",
        unit=school,
        actor=people["administrator"],
        now=now,
        roles=("monitor",),
    )
    assert user.check_password(password)
    assert user.must_change_password
    assert password not in str(list(AuditEntry.objects.values_list("data", flat=True)))


def test_one_time_passwords_differ_and_can_be_read_aloud() -> None:
    words = {services.one_time_password() for _ in range(50)}
    assert len(words) == 50
    assert not any(set(word) & set("l1o0I") for word in words)


def test_granting_twice_is_one_grant(people: People, school: Unit, now: datetime) -> None:
    for _ in range(2):
        services.role_grant(
            user=people["outsider"], role="monitor", unit=school, actor=people["administrator"], now=now
        )
    assert RoleGrant.objects.filter(user=people["outsider"]).count() == 1


def test_the_last_administrator_cannot_be_removed(people: People, now: datetime) -> None:
    admin = people["administrator"]
    with pytest.raises(services.LastAdministrator):
        services.role_end(grant=admin.grants.get(), actor=admin, now=now)
    with pytest.raises(services.LastAdministrator):
        services.person_deactivate(user=admin, actor=admin, now=now)
    admin.refresh_from_db()
    assert admin.is_active


def test_a_weak_password_of_ones_own_is_refused(people: People, now: datetime) -> None:
    with pytest.raises(ValidationError):
        services.password_change(user=people["monitor"], password="12345678901", now=now)
    services.password_change(user=people["monitor"], password="three-calm-rivers", now=now)
    assert User.objects.get(username="monitor").check_password("three-calm-rivers")
