from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.reports import services
from guanlan.desk.reports.errors import NotIssued, ReportIssued, ReportRefused, StaleReport, UnknownFormat
from guanlan.desk.reports.models import Report, ReportState
from guanlan.desk.reports.rules import leaves
from guanlan.desk.reports.selectors import brief_of, reports_visible
from tests.desk.reports.conftest import World

Make = Callable[..., Document]
People = dict[str, User]


@pytest.fixture
def draft(world: World, body: Unit, people: People, day: date, now: datetime) -> Report:
    return services.brief_make(unit=body, day=day, actor=people["reviewer"], now=now)


def leaf(report: Report, code: str) -> Any:
    report.refresh_from_db()
    return next(part for part in leaves(services.brief_read(report)) if part.code == code)


def actions() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="report.")
        .order_by("id")
        .values_list("action", flat=True)
    )


def test_a_draft_is_made_once_and_counted_again(
    draft: Report, body: Unit, people: People, make_document: Make, day: date, now: datetime
) -> None:
    assert (draft.state, draft.issue, draft.year, draft.made_by) == ("draft", None, 2026, people["reviewer"])
    make_document(text="又来")
    again = services.brief_make(unit=body, day=day, actor=people["approver"], now=now + timedelta(hours=1))
    assert (again.pk, again.version, leaf(again, "kept").value) == (draft.pk, 2, 13)
    assert leaf(again, "tail.editor").value == "Reviewer"
    assert actions() == ["report.made"]


def test_counting_again_without_news_disturbs_no_editor(
    draft: Report, body: Unit, people: People, day: date, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    again = services.brief_make(unit=body, day=day, actor=None, now=later)
    assert (again.version, services.brief_read(again).counted_at) == (draft.version, later)


def test_edited_texts_and_figures_outlive_counting_again(
    draft: Report, body: Unit, people: People, make_document: Make, day: date, now: datetime
) -> None:
    services.brief_edit(
        report=draft,
        changes={"kept": "40", "judgement": "建议公布水质"},
        version=1,
        actor=people["reviewer"],
        now=now,
    )
    make_document(text="又来")
    services.brief_make(unit=body, day=day, actor=None, now=now)
    kept = leaf(draft, "kept")
    assert (kept.value, kept.computed, kept.edited) == (40, 13, True)
    assert leaf(draft, "judgement").value == "建议公布水质"


def test_an_edit_is_kept_in_the_audit_with_before_and_after(
    draft: Report, people: People, now: datetime
) -> None:
    services.brief_edit(report=draft, changes={"kept": 40}, version=1, actor=people["reviewer"], now=now)
    entry = AuditEntry.objects.get(action="report.changed")
    assert (entry.data, entry.actor_id) == ({"changes": {"kept": [12, 40]}}, people["reviewer"].pk)


def test_of_two_editors_the_second_is_told(draft: Report, people: People, now: datetime) -> None:
    services.brief_edit(report=draft, changes={"kept": 40}, version=1, actor=people["reviewer"], now=now)
    with pytest.raises(StaleReport) as stale:
        services.brief_edit(
            report=draft, changes={"kept": 50}, version=1, actor=people["case_officer"], now=now
        )
    assert stale.value.version == 2
    assert leaf(draft, "kept").value == 40


def test_an_edit_that_changes_nothing_makes_no_version(draft: Report, people: People, now: datetime) -> None:
    same = services.brief_edit(
        report=draft, changes={"kept": 12}, version=1, actor=people["reviewer"], now=now
    )
    assert same.version == 1
    assert actions() == ["report.made"]


def test_a_refused_value_changes_nothing(draft: Report, people: People, now: datetime) -> None:
    changes = {"judgement": "写了", "kept": "很多"}
    with pytest.raises(ReportRefused, match="kept"):
        services.brief_edit(report=draft, changes=changes, version=1, actor=people["reviewer"], now=now)
    assert (leaf(draft, "judgement").value, draft.version) == ("", 1)


def test_an_issued_brief_has_a_number_a_signer_and_is_locked(
    draft: Report, body: Unit, people: People, make_document: Make, day: date, now: datetime
) -> None:
    issued = services.brief_issue(report=draft, actor=people["approver"], now=now)
    before = issued.content
    assert (issued.state, issued.issue, issued.issued_by, issued.issued_at) == (
        "issued",
        1,
        people["approver"],
        now,
    )
    assert leaf(issued, "tail.signer").value == "Approver"
    assert services.brief_read(issued).head.issue == 1
    make_document(text="迟到")
    assert services.brief_make(unit=body, day=day, actor=people["reviewer"], now=now).pk == issued.pk
    for attempt in (
        lambda: services.brief_edit(
            report=draft, changes={"kept": 1}, version=2, actor=people["reviewer"], now=now
        ),
        lambda: services.brief_issue(report=draft, actor=people["approver"], now=now),
    ):
        with pytest.raises(ReportIssued):
            attempt()
    issued.refresh_from_db()
    assert issued.content == before
    assert actions() == ["report.made", "report.issued"]


def test_only_the_draft_that_was_read_is_signed(draft: Report, people: People, now: datetime) -> None:
    services.brief_edit(report=draft, changes={"kept": 40}, version=1, actor=people["reviewer"], now=now)
    with pytest.raises(StaleReport):
        services.brief_issue(report=draft, actor=people["approver"], now=now, version=1)
    assert services.brief_issue(report=draft, actor=people["approver"], now=now, version=2).issue == 1


def test_numbers_run_by_unit_and_year(body: Unit, school: Unit, people: People, now: datetime) -> None:
    def number(unit: Unit, day: date, at: datetime) -> int | None:
        report = services.brief_make(unit=unit, day=day, actor=None, now=at)
        return services.brief_issue(report=report, actor=people["approver"], now=at).issue

    later = now + timedelta(days=60)
    assert [number(body, now.date() - timedelta(days=n), now) for n in range(3)] == [1, 2, 3]
    assert number(school, now.date(), now) == 1
    assert number(body, date(2027, 1, 1), later) == 1
    assert number(body, date(2026, 12, 31), later) == 4


def test_a_failed_issue_leaves_no_gap(
    draft: Report, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(services, "record", broken)
        with pytest.raises(OSError):
            services.brief_issue(report=draft, actor=people["approver"], now=now)
    draft.refresh_from_db()
    assert (draft.state, draft.issue) == (ReportState.DRAFT, None)
    assert services.brief_issue(report=draft, actor=people["approver"], now=now).issue == 1


def test_a_correction_stands_beside_what_was_printed(draft: Report, people: People, now: datetime) -> None:
    with pytest.raises(NotIssued):
        services.correction_add(report=draft, text="错了", actor=people["approver"], now=now)
    services.brief_issue(report=draft, actor=people["approver"], now=now)
    for text in ("留存应为 13", "又一项"):
        report = services.correction_add(report=draft, text=text, actor=people["approver"], now=now)
    notes = services.brief_read(report).corrections
    assert [(note.text, note.by, note.at) for note in notes] == [
        ("留存应为 13", "Approver", now),
        ("又一项", "Approver", now),
    ]
    assert leaf(report, "kept").value == 12
    with pytest.raises(ReportRefused, match="text"):
        services.correction_add(report=draft, text=" \x00\n", actor=people["approver"], now=now)
    assert actions()[-2:] == ["report.corrected"] * 2


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 11, 24), "future"), (date(9999, 12, 31), "future"), (date(1, 1, 1), "day")]
)
def test_days_to_come_and_days_long_gone_have_no_brief(
    body: Unit, now: datetime, day: date, code: str
) -> None:
    with pytest.raises(ReportRefused, match=code):
        services.brief_make(unit=body, day=day, actor=None, now=now)
    assert not Report.objects.exists()


MAKERS = {"reviewer", "case_officer", "approver"}


@pytest.mark.parametrize(
    "who",
    ["monitor", "reviewer", "case_officer", "approver", "administrator", "auditor", "school_officer",
     "school_approver", "water_officer", "outsider"],
)  # fmt: skip
def test_who_may_make_edit_and_issue_the_brief_of_the_body(
    who: str, draft: Report, body: Unit, people: People, day: date, now: datetime
) -> None:
    actor = people[who]
    writing = [
        lambda: services.brief_make(unit=body, day=day, actor=actor, now=now),
        lambda: services.brief_edit(report=draft, changes={"kept": 9}, version=1, actor=actor, now=now),
    ]
    signing = [
        lambda: services.brief_issue(report=draft, actor=actor, now=now),
        lambda: services.correction_add(report=draft, text="更正", actor=actor, now=now),
    ]
    for acts, allowed in ((writing, who in MAKERS), (signing, who == "approver")):
        for act in acts:
            if allowed:
                act()
            else:
                with pytest.raises(NotAllowed):
                    act()


def test_a_superior_writes_the_brief_of_a_unit_below_and_a_neighbour_does_not(
    school: Unit, people: People, day: date, now: datetime
) -> None:
    report = services.brief_make(unit=school, day=day, actor=people["school_officer"], now=now)
    services.brief_edit(report=report, changes={"kept": 9}, version=1, actor=people["reviewer"], now=now)
    with pytest.raises(NotAllowed):
        services.brief_edit(
            report=report, changes={"kept": 8}, version=2, actor=people["water_officer"], now=now
        )
    with pytest.raises(NotAllowed):
        services.brief_export(report=report, form="md", actor=people["water_officer"], now=now)
    assert services.brief_issue(report=report, actor=people["school_approver"], now=now).issue == 1


def test_people_see_the_reports_of_their_units_and_below(
    draft: Report, school: Unit, people: People, day: date, now: datetime
) -> None:
    services.brief_make(unit=school, day=day, actor=None, now=now)
    seen = {
        who: reports_visible(people[who]).count()
        for who in ("monitor", "school_monitor", "water_officer", "outsider")
    }
    assert seen == {"monitor": 2, "school_monitor": 1, "water_officer": 0, "outsider": 0}
    assert brief_of(draft.unit, day) == draft
    assert brief_of(draft.unit, day - timedelta(days=1)) is None


def test_an_export_is_kept_in_the_audit(draft: Report, people: People, now: datetime) -> None:
    assert services.brief_export(report=draft, form="json", actor=people["auditor"], now=now)
    assert AuditEntry.objects.get(action="report.exported").data == {"format": "json"}
    with pytest.raises(UnknownFormat, match="odt"):
        services.brief_export(report=draft, form="odt", actor=people["auditor"], now=now)
