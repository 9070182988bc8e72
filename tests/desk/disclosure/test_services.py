"""Keeping a channel and answering: who may, what is refused, what the audit says, what goes when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.disclosure import selectors, services
from guanlan.desk.disclosure.models import (
    DaySalt,
    NetworkCount,
    PublicAnswer,
    PublicChannel,
    PublicReport,
    ReceptionDay,
    ReportContact,
    ReportPhoto,
    SentKey,
)
from guanlan.desk.disclosure.photos import PNG, Photo
from guanlan.desk.disclosure.rules import Standing
from guanlan.desk.documents.models import Document
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.pipeline.clock import tick
from guanlan.desk.sources.models import SourceKind
from guanlan.desk.watch.services import document_screen
from tests.desk.alerts.conftest import Memory
from tests.desk.disclosure.conftest import WORDS, Send

Analyse = Callable[[], None]
People = dict[str, User]
THURSDAY = date(2026, 11, 26)
ANSWERERS = {"reviewer", "case_officer", "approver", "spokesperson"}


def allowed(call: Callable[[User], Any], people: People) -> set[str]:
    found = set()
    for name, actor in people.items():
        try:
            call(actor)
        except NotAllowed:
            continue
        found.add(name)
    return found


def test_only_an_administrator_keeps_channels(channel: PublicChannel, people: People, now: datetime) -> None:
    calls = [
        lambda actor: services.public_channel_change(
            channel=channel, actor=actor, now=now, phone=actor.username
        ),
        lambda actor: services.public_channel_switch(channel=channel, on=True, actor=actor, now=now),
        lambda actor: services.reception_day_set(
            channel=channel, day=THURSDAY, moved_to=None, note="", actor=actor, now=now
        ),
    ]
    for call in calls:
        assert allowed(call, people) == {"administrator"}


def test_a_report_is_answered_by_those_of_its_unit_and_above(
    send: Send, people: People, now: datetime
) -> None:
    report = send()
    assert (
        allowed(lambda a: services.report_answer(report=report, text=a.username, actor=a, now=now), people)
        == ANSWERERS
    )
    assert (
        allowed(
            lambda a: services.report_status_set(report=report, status="in_hand", actor=a, now=now), people
        )
        == ANSWERERS
    )


def test_a_superior_answers_for_a_unit_below_and_a_neighbour_does_not(
    school: Unit, people: People, now: datetime
) -> None:
    channel = services.public_channel_create(
        unit=school, actor=people["administrator"], now=now, slug="school", **WORDS
    )
    report = PublicReport(channel=channel, pk=1)
    for name, may in {
        "case_officer": True,
        "school_officer": True,
        "water_officer": False,
        "outsider": False,
    }.items():
        if may:
            services.require(people[name], "answer", report)
        else:
            with pytest.raises(NotAllowed):
                services.require(people[name], "answer", report)
    assert list(selectors.visible_channels(people["school_monitor"])) == [channel]
    assert not selectors.visible_channels(people["water_officer"]).exists()
    assert not selectors.visible_channels(people["outsider"]).exists()


def test_a_contact_is_read_by_case_officers_and_approvers_and_each_reading_is_kept(
    send: Send, people: People, now: datetime
) -> None:
    report = send(contact="13800138000")
    readers = allowed(lambda a: services.contact_read(report=report, actor=a, now=now), people)
    assert readers == {"case_officer", "approver"}
    entries = AuditEntry.objects.filter(action="public_report.contact_read", object_id=str(report.pk))
    assert entries.count() == 2
    assert set(entries.values_list("actor", flat=True)) == {"Case_Officer", "Approver"}
    assert not any("13800138000" in str(entry.data) for entry in AuditEntry.objects.all())


def test_a_channel_starts_closed_with_a_source_of_its_own(body: Unit, people: People, now: datetime) -> None:
    made = services.public_channel_create(
        unit=body, actor=people["administrator"], now=now, slug="yunchuan", **WORDS
    )
    assert not made.open
    assert selectors.open_channel("yunchuan") is None
    assert (made.source.kind, made.source.unit, made.source.interval_minutes) == (
        SourceKind.PUBLIC_REPORT,
        body,
        None,
    )


@pytest.mark.parametrize(
    "fields",
    [{"slug": ""}, {"slug": "with space"}, {"slug": "中文"}, {"purpose": ""}, {"keeping": ""}, {"intro": ""}],
)
def test_a_channel_without_an_address_or_without_saying_what_for_is_refused(
    body: Unit, people: People, now: datetime, fields: dict[str, str]
) -> None:
    given = {"slug": "yunchuan", **WORDS, **fields}
    with pytest.raises(ValidationError):
        services.public_channel_create(unit=body, actor=people["administrator"], now=now, **given)
    assert not PublicChannel.objects.exists()


def test_one_unit_has_one_channel_and_one_address_one_unit(
    channel: PublicChannel, school: Unit, people: People, now: datetime
) -> None:
    for unit, slug in ((channel.unit, "other"), (school, "yunchuan")):
        with pytest.raises(ValidationError):
            services.public_channel_create(
                unit=unit, actor=people["administrator"], now=now, slug=slug, **WORDS
            )


def test_opening_twice_is_one_entry_of_the_audit(
    channel: PublicChannel, people: People, now: datetime
) -> None:
    services.public_channel_switch(channel=channel, on=True, actor=people["administrator"], now=now)
    assert AuditEntry.objects.filter(action="public_channel.opened").count() == 1
    services.public_channel_switch(channel=channel, on=False, actor=people["administrator"], now=now)
    assert AuditEntry.objects.filter(action="public_channel.closed").count() == 1


@pytest.mark.parametrize(
    ("day", "moved_to"),
    [
        (date(2026, 11, 25), None),  # a Wednesday
        (date(2026, 11, 19), None),  # past
        (date(2027, 12, 2), None),  # over a year ahead
        (THURSDAY, THURSDAY),
    ],
)
def test_only_coming_reception_days_are_changed(
    channel: PublicChannel, people: People, now: datetime, day: date, moved_to: date | None
) -> None:
    with pytest.raises(ValidationError):
        services.reception_day_set(
            channel=channel, day=day, moved_to=moved_to, note="", actor=people["administrator"], now=now
        )


def test_a_changed_day_is_set_again_and_taken_back(
    channel: PublicChannel, people: People, now: datetime
) -> None:
    actor = people["administrator"]
    for to in (None, date(2026, 11, 27)):
        services.reception_day_set(
            channel=channel, day=THURSDAY, moved_to=to, note="会", actor=actor, now=now
        )
    assert selectors.coming_receptions(channel, now)[0].held_on == date(2026, 11, 27)
    services.reception_day_reset(exception=ReceptionDay.objects.get(), actor=actor, now=now)
    assert selectors.coming_receptions(channel, now)[0].held_on == THURSDAY
    actions = AuditEntry.objects.filter(action__startswith="reception_day").values_list("action", flat=True)
    assert sorted(actions) == ["reception_day.reset", "reception_day.set", "reception_day.set"]


def test_an_answer_is_corrected_beside_the_first_one(send: Send, people: People, now: datetime) -> None:
    report, actor = send(), people["spokesperson"]
    services.report_answer(report=report, text="已修好", actor=actor, now=now)
    services.report_answer(report=report, text="已修好两盏", actor=actor, now=now + timedelta(hours=1))
    assert list(report.answers.values_list("text", flat=True)) == ["已修好两盏", "已修好"]
    report.refresh_from_db()
    assert report.answered_at == now
    assert AuditEntry.objects.filter(action="public_report.answer_corrected").count() == 1


@pytest.mark.parametrize("text", ["", "  \n", "字" * 4001, "已修好"])
def test_an_answer_that_says_nothing_new_is_refused(
    send: Send, people: People, now: datetime, text: str
) -> None:
    report, actor = send(), people["spokesperson"]
    services.report_answer(report=report, text="已修好", actor=actor, now=now)
    with pytest.raises(ValidationError):
        services.report_answer(report=report, text=text, actor=actor, now=now)
    assert PublicAnswer.objects.count() == 1


@pytest.mark.parametrize("status", ["answered", "", "closed"])
def test_what_only_an_answer_says_is_not_set_by_hand(
    send: Send, people: People, now: datetime, status: str
) -> None:
    with pytest.raises(ValidationError):
        services.report_status_set(report=send(), status=status, actor=people["reviewer"], now=now)


def test_how_it_stands_follows_the_document(
    send: Send, analyse: Analyse, people: People, now: datetime
) -> None:
    report = send()

    def stands() -> Standing:
        fresh = PublicReport.objects.get()
        return selectors.Standings([fresh]).of(fresh)

    assert stands() is Standing.RECEIVED
    analyse()
    assert stands() is Standing.RECEIVED
    document = Document.objects.get(run=report.run)
    document_screen(documents=[document], state="relevant", actor=people["monitor"], now=now)
    assert stands() is Standing.LOOKED_AT
    event_create(
        title="路灯", unit=report.unit, actor=people["case_officer"], now=now,
        documents=[Document.objects.get(pk=document.pk)],
    )  # fmt: skip
    assert stands() is Standing.IN_HAND
    services.report_answer(report=report, text="已修好", actor=people["approver"], now=now)
    assert stands() is Standing.ANSWERED


def test_the_figures_are_those_of_the_lists(send: Send, people: People, now: datetime) -> None:
    reports = [send() for _ in range(4)]
    for hours, report in zip((1, 3, 8), reports, strict=False):
        services.report_answer(
            report=report, text="好", actor=people["approver"], now=now + timedelta(hours=hours)
        )
    found = selectors.figures(reports[0].channel, now)
    assert (found.received, found.waiting, found.answered, found.hours) == (4, 1, 3, 3.0)
    user = people["monitor"]
    for state, count in (("", 4), ("waiting", 1), ("answered", 3)):
        assert selectors.visible_reports(user, state).count() == count


def test_without_an_answer_there_is_no_median(channel: PublicChannel, now: datetime) -> None:
    assert selectors.figures(channel, now).hours is None


def test_contacts_and_photos_go_when_their_time_is_over(send: Send, now: datetime) -> None:
    report = send(contact="13800138000", photos=[Photo(PNG, b"picture")])
    channel = report.channel
    before = now + timedelta(days=channel.contact_days) - timedelta(minutes=1)
    tick(now=before, transport=Memory())
    assert ReportContact.objects.exists()
    tick(now=before + timedelta(minutes=1), transport=Memory())
    assert not ReportContact.objects.exists()
    assert ReportPhoto.objects.exists()
    tick(now=now + timedelta(days=channel.photo_days), transport=Memory())
    assert not ReportPhoto.objects.exists()
    dropped = AuditEntry.objects.filter(
        action__in=["public_report.contact_dropped", "public_report.photo_dropped"]
    )
    assert dropped.count() == 2
    assert PublicReport.objects.filter(pk=report.pk).exists()


def test_a_photo_that_an_event_needs_stays(
    send: Send, analyse: Analyse, people: People, now: datetime
) -> None:
    report = send(photos=[Photo(PNG, b"picture")])
    analyse()
    event_create(
        title="路灯", unit=report.unit, actor=people["case_officer"], now=now,
        documents=list(Document.objects.filter(run=report.run)),
    )  # fmt: skip
    later = now + timedelta(days=400)
    services.personal_drop_due(now=later)
    assert ReportPhoto.objects.get().drop_at == later + services.LOOK_AGAIN


def test_keys_and_salts_of_past_days_are_forgotten(send: Send, now: datetime) -> None:
    send()
    services.personal_drop_due(now=now + timedelta(hours=30))
    assert DaySalt.objects.exists()
    services.personal_drop_due(now=now + timedelta(days=3))
    assert not any(model.objects.exists() for model in (DaySalt, NetworkCount, SentKey))
    assert PublicReport.objects.count() == 1


def test_looking_at_a_photo_is_kept(send: Send, people: People, now: datetime) -> None:
    send(photos=[Photo(PNG, b"picture")])
    photo = ReportPhoto.objects.get()
    assert services.photo_read(photo=photo, actor=people["monitor"], now=now) == b"picture"
    assert AuditEntry.objects.get(action="public_report.photo_read").data == {"photo": photo.pk}
    with pytest.raises(NotAllowed):
        services.photo_read(photo=photo, actor=people["outsider"], now=now)
