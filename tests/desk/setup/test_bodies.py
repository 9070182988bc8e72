"""A body from a profile begins usable; there is one body in a database."""

from __future__ import annotations

from datetime import datetime

import pytest

from guanlan.analysis import compile_themes
from guanlan.desk.organisation.models import Role, RoleGrant, Unit, User
from guanlan.desk.organisation.permissions import PERMISSIONS, may
from guanlan.desk.organisation.selectors import body
from guanlan.desk.setup.bodies import BodyExists, body_create, body_load
from guanlan.desk.sources.models import Source
from guanlan.desk.watch.models import AlertRule, Theme
from guanlan.packs.load import demo_body, profiles
from guanlan.packs.rows import PackError

PROFILES = [profile.code for profile in profiles()]


@pytest.mark.django_db
@pytest.mark.parametrize("code", PROFILES)
def test_every_profile_makes_a_body_that_can_begin(code: str, now: datetime) -> None:
    password = body_create(name="青石镇人民政府", profile_code=code, admin="lin", now=now)
    root = body()
    assert root is not None
    assert root.name == "青石镇人民政府"
    user = User.objects.get(username="lin")
    assert user.check_password(password)
    assert user.must_change_password
    assert all(may(user, verb, root) for verb in PERMISSIONS)
    assert Source.objects.filter(unit=root).exists()
    assert Theme.objects.exists()
    assert compile_themes(dict(Theme.objects.values_list("pk", "expression"))).terms > 0


@pytest.mark.django_db
def test_a_second_body_is_refused_by_the_name_of_the_first(now: datetime) -> None:
    body_create(name="青石镇人民政府", profile_code="township", admin="lin", now=now)
    with pytest.raises(BodyExists, match="青石镇人民政府"):
        body_create(name="柳河镇人民政府", profile_code="township", admin="wang", now=now)
    assert Unit.objects.filter(parent=None).count() == 1


@pytest.mark.django_db
def test_an_unknown_profile_leaves_nothing_behind(now: datetime) -> None:
    with pytest.raises(PackError):
        body_create(name="某单位", profile_code="spaceship", admin="lin", now=now)
    assert not Unit.objects.exists()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_the_demo_county_is_whole(now: datetime) -> None:
    made = body_load(demo_body(), now=now)
    pack = demo_body()
    assert Unit.objects.count() == len(pack.units)
    assert Source.objects.count() == len(pack.sources)
    assert AlertRule.objects.count() == len(pack.rules)
    assert set(RoleGrant.objects.values_list("role", flat=True)) == set(Role.values)
    assert set(made.passwords) == {person.username for person in pack.people}
