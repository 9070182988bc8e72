"""Two editors, several signers and several makers at once."""

from __future__ import annotations

from datetime import date, timedelta

from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role, Unit
from guanlan.desk.reports import services
from guanlan.desk.reports.errors import ReportIssued, StaleReport
from guanlan.desk.reports.models import Report
from tests.desk.conftest import NOW, person
from tests.desk.real_file import at_once
from tests.desk.reports.conftest import DAY


def office() -> Unit:
    return organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)


def made(unit: Unit, day: date = DAY) -> Report:
    return services.brief_make(unit=unit, day=day, actor=None, now=NOW)


def test_makers_at_once_make_one_draft(alone: str) -> None:
    unit = office()
    results = at_once(*[lambda: made(unit).pk] * 4)
    assert results == [Report.objects.get().pk] * 4


def test_of_two_editors_at_once_one_writes_and_the_other_is_told(alone: str) -> None:
    unit = office()
    editors = [person(name, unit, Role.REVIEWER) for name in ("li", "wang")]
    report = made(unit)
    results = at_once(
        *[
            lambda who=who, number=number: services.brief_edit(
                report=report, changes={"kept": number}, version=report.version, actor=who, now=NOW
            )
            for number, who in enumerate(editors, 1)
        ]
    )
    assert {type(result) for result in results} == {Report, StaleReport}
    assert Report.objects.get().version == report.version + 1


def test_numbers_given_at_once_are_consecutive(alone: str) -> None:
    unit = office()
    leader = person("zhao", unit, Role.APPROVER)
    reports = [made(unit, DAY - timedelta(days=n)) for n in range(6)]
    at_once(*[lambda r=r: services.brief_issue(report=r, actor=leader, now=NOW) for r in reports])
    assert sorted(Report.objects.values_list("issue", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_of_two_signers_of_one_draft_one_signs(alone: str) -> None:
    unit = office()
    leaders = [person(name, unit, Role.APPROVER) for name in ("zhao", "qian")]
    report = made(unit)
    results = at_once(
        *[lambda who=who: services.brief_issue(report=report, actor=who, now=NOW) for who in leaders]
    )
    assert {type(result) for result in results} == {Report, ReportIssued}
    assert Report.objects.get().issue == 1


def test_corrections_at_once_are_both_kept(alone: str) -> None:
    unit = office()
    leader = person("zhao", unit, Role.APPROVER)
    report = services.brief_issue(report=made(unit), actor=leader, now=NOW)
    at_once(
        *[
            lambda n=n: services.correction_add(report=report, text=f"第{n}处", actor=leader, now=NOW)
            for n in range(4)
        ]
    )
    assert len(services.brief_read(Report.objects.get()).corrections) == 4
