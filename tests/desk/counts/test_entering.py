"""Figures in: new, the same, corrected, taken back; two people; who may; what the audit may say."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.counts.entering import entries_save, may_enter
from guanlan.desk.counts.errors import EntriesRefused
from guanlan.desk.counts.models import CountEntry, CountPlace, CountRevision, CountSeries
from guanlan.desk.counts.planning import Given, Plan, Verdict
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from tests.desk.counts.conftest import DAY

Put = Callable[..., Plan]


def stands_against(call: Callable[[], object]) -> Plan:
    with pytest.raises(EntriesRefused) as found:
        call()
    plan: Plan = found.value.plan
    return plan


def test_zero_is_an_entry_and_nothing_is_none(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 0)
    put(series, "柳河镇", None)
    assert {(row.place.name, row.value) for row in series.entries.all()} == {("青石镇", 0)}


def test_a_correction_keeps_the_older_figure_with_who_when_and_why(
    series: CountSeries, put: Put, people: dict[str, User], now: datetime
) -> None:
    put(series, "青石镇", 3)
    later = now + timedelta(hours=1)
    put(series, "青石镇", 5, actor=people["case_officer"], at=later, reason="漏了两头")
    entry = series.entries.get()
    assert (entry.value, entry.version, entry.first_at, entry.entered_at) == (5, 2, now, later)
    assert list(entry.revisions.values_list("number", "value", "by__username", "at", "reason")) == [
        (2, 5, "case_officer", later, "漏了两头"),
        (1, 3, "monitor", now, ""),
    ]


def test_a_correction_without_a_reason_stores_nothing(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 3)
    plan = stands_against(lambda: put(series, "青石镇", 5, reason="  "))
    assert [row.verdict for row in plan.changes] == [Verdict.CORRECTION]
    assert series.entries.get().value == 3


def test_the_same_figure_again_changes_nothing(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 3)
    before = AuditEntry.objects.count()
    assert (put(series, "青石镇", 3).rows, put(series, "青石镇", 3, seen=(1, 3, None)).same) == ((), 1)
    assert CountRevision.objects.count() == 1
    assert AuditEntry.objects.count() == before


def test_a_figure_entered_for_the_wrong_place_is_taken_back_and_is_not_zero(
    series: CountSeries, put: Put
) -> None:
    put(series, "青石镇", 3)
    put(series, "青石镇", None, seen=(1, 3, None), reason="填错点")
    entry = series.entries.get()
    assert (entry.value, entry.revisions.count()) == (None, 2)
    put(series, "青石镇", 1)  # reported after all: no correction, nothing stood there
    entry.refresh_from_db()
    assert entry.value == 1


def test_a_table_takes_nothing_back(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 3)
    put(series, "青石镇", None, way="table")
    assert series.entries.get().value == 3


def test_of_a_batch_all_is_stored_or_nothing(
    series: CountSeries, people: dict[str, User], now: datetime
) -> None:
    places = list(series.places.all())
    given = [Given(places[0], DAY, 3), Given(places[1], DAY + timedelta(days=1), 4)]
    plan = stands_against(lambda: entries_save(series=series, given=given, actor=people["monitor"], now=now))
    assert [row.code for row in plan.blocked] == ["future"]
    assert not CountEntry.objects.exists()


def test_what_somebody_else_wrote_meanwhile_is_not_written_over(
    series: CountSeries, put: Put, people: dict[str, User]
) -> None:
    put(series, "青石镇", 3, actor=people["case_officer"])
    plan = stands_against(lambda: put(series, "青石镇", 5, seen=(0, None, None)))
    assert [row.verdict for row in plan.blocked] == [Verdict.CONFLICT]
    # A field that was left as it was seen is nobody's wish to change anything.
    assert put(series, "青石镇", None, seen=(0, None, None)).rows == ()
    assert series.entries.get().value == 3
    put(series, "青石镇", 5, seen=(1, 3, None), reason="核对过")
    assert series.entries.get().value == 5


def test_an_absurd_jump_is_told_and_then_confirmed(
    series: CountSeries, put: Put, fill: Callable[..., None]
) -> None:
    fill(series, "青石镇", 5)
    plan = stands_against(lambda: put(series, "青石镇", 200))
    assert [row.given.value for row in plan.jumps] == [200]
    put(series, "青石镇", 200, confirmed=True)
    assert series.entries.get(day=DAY).value == 200


@pytest.mark.parametrize(
    ("checked", "value", "code"), [(None, 3, "checked"), (2, 3, "over"), (10, None, "alone")]
)
def test_a_measured_value_is_so_many_of_so_many_checked(
    absent: CountSeries, put: Put, checked: int | None, value: int | None, code: str
) -> None:
    plan = stands_against(lambda: put(absent, "县二小", value, checked=checked))
    assert [row.code for row in plan.blocked] == [code]
    put(absent, "县二小", 3, checked=412)
    assert (absent.entries.get().value, absent.entries.get().checked) == (3, 412)


def test_a_note_may_be_added_later_and_may_not_name_a_person(series: CountSeries, put: Put) -> None:
    put(series, "青石镇", 3)
    plan = stands_against(lambda: put(series, "青石镇", 3, note="户主 13800138000", reason="补充"))
    assert [row.code for row in plan.blocked] == ["number"]
    put(series, "青石镇", 3, note="已送检", seen=(1, 3, None), reason="补充")
    assert series.entries.get().note == "已送检"


@pytest.mark.parametrize(
    ("name", "own", "typed"),
    [
        ("monitor", True, True), ("case_officer", True, True),  # the owner's people
        ("school_monitor", True, False),  # those of the place
        ("water_officer", False, False), ("outsider", False, False), ("auditor", False, False),
        ("school_approver", False, False),
    ],
)  # fmt: skip
def test_the_owner_enters_every_place_and_a_unit_its_own(
    absent: CountSeries, school: Unit, people: dict[str, User], put: Put, name: str, own: bool, typed: bool
) -> None:
    for place, allowed in (("县一中", own), ("县二小", typed)):
        assert may_enter(people[name], CountPlace.objects.get(series=absent, name=place), absent) is allowed
        if allowed:
            put(absent, place, 12, checked=400, actor=people[name])
        else:
            with pytest.raises(NotAllowed):
                put(absent, place, 12, checked=400, actor=people[name])


def test_the_audit_keeps_corrections_without_singling_anybody_out(
    absent: CountSeries, series: CountSeries, put: Put
) -> None:
    put(absent, "县二小", 3, checked=400)
    put(absent, "县二小", 17, checked=400, reason="补报")
    put(series, "青石镇", 3)
    put(series, "青石镇", 7, reason="补报")
    people_said, animals_said = [
        AuditEntry.objects.filter(action="counts.entered", object_id=str(one.pk)).order_by("-id")[0].data
        for one in (absent, series)
    ]
    assert people_said["changes"] == [
        {"place": "县二小", "day": "2026-11-23", "before": "<10", "after": "17"}
    ]
    assert animals_said["changes"][0] | {"before": "3", "after": "7"} == animals_said["changes"][0]
    assert '"3"' not in json.dumps(people_said)
