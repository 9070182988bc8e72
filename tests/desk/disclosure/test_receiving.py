"""A report of the public through the intake: one item, one outcome, one receipt; nothing personal besides."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import serializers

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.disclosure.limits import SENDS_A_DAY, SENDS_AN_HOUR, Refusal
from guanlan.desk.disclosure.models import (
    DaySalt,
    NetworkCount,
    PublicChannel,
    PublicReport,
    ReportContact,
    SendHour,
    SentKey,
)
from guanlan.desk.disclosure.selectors import figures, refused_hours
from guanlan.desk.documents.models import Document
from guanlan.desk.pipeline import runs
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.public_reports import SAME_WITHIN, report_receive
from guanlan.desk.sources.models import SourceKind
from guanlan.desk.watch.models import Theme
from tests.desk.disclosure.conftest import STORY, Send, sent

CONTACT = "13800138000 王女士"
Analyse = Callable[[], None]


@pytest.fixture
def other_theme(channel: PublicChannel, now: datetime) -> Theme:
    """A theme that asks for something else, so that off-topic is possible at all."""
    return Theme.objects.create(
        unit=channel.unit,
        name="供水",
        expression="停水",
        created_at=now,
        changed_at=now,
        looked_back_version=1,
    )


def test_a_report_is_one_item_that_is_always_kept_for_screening(
    send: Send, analyse: Analyse, other_theme: Theme
) -> None:
    report = send()
    analyse()
    row = Intake.objects.get(run=report.run)
    document = Document.objects.get(run=report.run)
    assert (row.outcome, row.document_id) == ("stored", document.pk)
    assert (document.source.kind, document.outcome) == (SourceKind.PUBLIC_REPORT, "stored")
    assert (document.screening, document.author) == ("", "")
    assert STORY in document.text
    assert "地点:文庙街" in document.text.replace("：", ":")
    counts = runs.counts(report.run)
    assert counts["fetched"] == counts["stored"] == 1
    report.run.refresh_from_db()
    assert (report.run.state, report.run.stored) == ("done", 1)


def test_a_report_of_signs_only_is_a_counted_rejection_and_keeps_its_receipt(
    send: Send, analyse: Analyse
) -> None:
    report = send(what="？？？", where="", when="")
    analyse()
    assert Intake.objects.get(run=report.run).outcome == "rejected"
    assert PublicReport.objects.get().receipt == report.receipt


def test_two_people_with_the_same_words_are_two_items(
    channel: PublicChannel, analyse: Analyse, now: datetime
) -> None:
    for number in (1, 2):
        report_receive(channel=channel, sent=sent(number, what=STORY), now=now - timedelta(seconds=number))
    analyse()
    assert list(Intake.objects.values_list("outcome", flat=True)) == ["stored", "stored"]
    assert Document.objects.filter(relation="copy").count() == 1


@pytest.mark.parametrize(
    ("again", "same"),
    [
        ({"token": "form-2"}, True),  # typed twice
        ({"what": "别的事"}, True),  # the same form, however it changed on the way
        ({"token": "form-2", "address": "198.51.100.99"}, True),  # the same network
        ({"token": "form-2", "address": "203.0.113.9"}, False),
        ({"token": "form-2", "what": STORY + "补充"}, False),
    ],
)
def test_sent_twice_within_minutes_it_is_the_same_receipt(
    channel: PublicChannel, now: datetime, again: dict[str, str], same: bool
) -> None:
    first = {"what": STORY, "token": "form-1", "address": "198.51.100.7"}
    one = report_receive(channel=channel, sent=sent(1, **first), now=now)
    two = report_receive(channel=channel, sent=sent(1, **{**first, **again}), now=now + timedelta(minutes=2))
    assert (one == two) is same
    assert PublicReport.objects.count() == Intake.objects.count() == (1 if same else 2)


def test_the_same_words_an_hour_later_are_a_new_report(channel: PublicChannel, now: datetime) -> None:
    one = report_receive(channel=channel, sent=sent(1), now=now)
    two = report_receive(
        channel=channel, sent=sent(1, token="t"), now=now + SAME_WITHIN + timedelta(seconds=1)
    )
    assert one != two


def test_how_to_reach_the_person_is_nowhere_but_in_its_own_table(
    send: Send, analyse: Analyse, caplog: pytest.LogCaptureFixture, now: datetime
) -> None:
    caplog.set_level(logging.DEBUG)
    report = send(contact=CONTACT, address="203.0.113.77")
    analyse()
    assert ReportContact.objects.get(report=report).text == CONTACT
    everything = [
        *Intake.objects.all(), *Document.objects.all(), *AuditEntry.objects.all(), *PublicReport.objects.all(),
        *SentKey.objects.all(), *NetworkCount.objects.all(), *SendHour.objects.all(), report.run,
    ]  # fmt: skip
    written = serializers.serialize("json", everything) + caplog.text + str(report.contact)
    for secret in ("13800138000", "王女士", "203.0.113"):
        assert secret not in written
    audit = json.dumps(list(AuditEntry.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert STORY[:6] not in audit
    assert report.receipt not in audit


def test_a_network_is_slowed_after_ten_an_hour_and_the_others_are_not(
    channel: PublicChannel, now: datetime
) -> None:
    near = [
        report_receive(channel=channel, sent=sent(n, address=f"203.0.113.{n}"), now=now)
        for n in range(SENDS_AN_HOUR + 2)
    ]
    assert near[-2:] == [Refusal.NETWORK, Refusal.NETWORK]
    assert all(isinstance(one, PublicReport) for one in near[:-2])
    far = report_receive(channel=channel, sent=sent(99, address="2001:db8:1:200::7"), now=now)
    assert isinstance(far, PublicReport)
    later = report_receive(
        channel=channel, sent=sent(98, address="203.0.113.1"), now=now + timedelta(hours=1)
    )
    assert isinstance(later, PublicReport)
    assert Intake.objects.count() == SENDS_AN_HOUR + 2
    assert (SendHour.objects.get(starts_at=now).over_network, figures(channel, now).refused) == (2, 2)


def test_a_network_is_slowed_after_thirty_a_day(channel: PublicChannel, now: datetime) -> None:
    taken = [
        report_receive(
            channel=channel,
            sent=sent(n, address="203.0.113.1"),
            now=now + timedelta(hours=n // SENDS_AN_HOUR),
        )
        for n in range(SENDS_A_DAY + 1)
    ]
    assert taken[-1] == Refusal.NETWORK
    tomorrow = now + timedelta(days=1)
    again = report_receive(channel=channel, sent=sent(500, address="203.0.113.1"), now=tomorrow)
    assert isinstance(again, PublicReport)


def test_over_the_ceiling_of_the_hour_it_is_counted_and_shown(channel: PublicChannel, now: datetime) -> None:
    PublicChannel.objects.update(hour_ceiling=3)
    channel.refresh_from_db()
    taken = [report_receive(channel=channel, sent=sent(n), now=now) for n in range(5)]
    assert taken[3:] == [Refusal.CEILING, Refusal.CEILING]
    hour = refused_hours(channel, now).get()
    assert (hour.received, hour.over_ceiling, hour.refused) == (3, 2, 2)  # type: ignore[attr-defined]


def test_a_report_sent_again_is_no_new_one_even_when_no_more_are_taken(
    channel: PublicChannel, now: datetime
) -> None:
    PublicChannel.objects.update(hour_ceiling=1)
    channel.refresh_from_db()
    first = report_receive(channel=channel, sent=sent(1), now=now)
    assert report_receive(channel=channel, sent=sent(1), now=now) == first


def test_the_key_of_a_network_is_another_one_every_day(channel: PublicChannel, now: datetime) -> None:
    for day in range(2):
        moment = now + timedelta(days=day)
        report_receive(channel=channel, sent=sent(day, address="203.0.113.1"), now=moment)
    assert DaySalt.objects.count() == 2
    assert NetworkCount.objects.filter(scope="day").values("key").distinct().count() == 2
