from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from guanlan.desk.alerts import services
from guanlan.desk.alerts.errors import AlreadyAcknowledged, ChannelRefused
from guanlan.desk.alerts.models import Alert, Channel, Delivery
from guanlan.desk.alerts.services import AlertDraft
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import PERMISSIONS, NotAllowed
from tests.desk.alerts.conftest import opened

Make = Callable[..., Alert]
People = dict[str, User]


def draft(unit: Unit, key: str) -> AlertDraft:
    return AlertDraft(unit, "theme", "供水", "rule:1", key, f"标题 {key}")


def channel(unit: Unit, now: datetime, **fields: Any) -> Channel:
    values = {"kind": "webhook", "name": "群", "address": "feishu://abcdefgh12345678", "created_at": now}
    return Channel.objects.create(unit=unit, **{**values, **fields})


def test_opening_tells_every_receiver_of_the_unit_in_the_desk(
    school: Unit, people: People, make_alert: Make
) -> None:
    alert = make_alert(school)
    told = set(alert.deliveries.values_list("person__username", "channel", "state"))
    assert told == {
        (name, "app", "pending")
        for name in ("reviewer", "case_officer", "approver", "school_officer", "school_approver")
    }


def test_email_goes_to_those_with_an_address_only_where_there_is_a_mail_server(
    school: Unit, people: People, make_alert: Make, settings: Any
) -> None:
    settings.MAIL_URL = "mailtos://u:p@mail.example"
    User.objects.filter(username="reviewer").update(email="")
    alert = make_alert(school)
    written = alert.deliveries.filter(channel="email").values_list("person__username", flat=True)
    assert set(written) == {"case_officer", "approver", "school_officer", "school_approver"}


def test_webhooks_of_the_unit_and_those_above_are_told_but_not_of_others_or_switched_off(
    body: Unit, school: Unit, water: Unit, make_alert: Make, now: datetime
) -> None:
    mine = channel(school, now, name="校")
    above = channel(body, now, name="县")
    channel(water, now, name="水务")
    channel(school, now, name="旧", active=False)
    alert = make_alert(school)
    assert set(alert.deliveries.values_list("through", flat=True)) == {mine.pk, above.pk}


def test_the_same_cause_opens_once(school: Unit, people: People, make_alert: Make, now: datetime) -> None:
    make_alert(school)
    deliveries = Delivery.objects.count()
    assert opened(school, now + timedelta(hours=3)) is None
    assert Alert.objects.count() == 1
    assert Delivery.objects.count() == deliveries


def test_opening_is_undone_with_the_transaction_that_caused_it(
    school: Unit, people: People, now: datetime
) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        opened(school, now)
        raise ZeroDivisionError
    assert not Alert.objects.exists()
    assert not Delivery.objects.exists()


def test_many_alerts_open_in_as_many_queries_as_one(
    school: Unit, body: Unit, people: People, now: datetime, django_assert_max_num_queries: Any
) -> None:
    drafts = [draft(school if number % 2 else body, f"k{number}") for number in range(20)]
    with django_assert_max_num_queries(16):
        alerts = services.alerts_open(drafts=drafts, now=now)
    assert len(alerts) == 20
    assert all(alert.pk for alert in alerts)


def test_a_key_that_another_process_took_meanwhile_does_not_stop_the_others(
    school: Unit, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.alerts_open(drafts=[draft(school, "k1")], now=now)
    first = Alert.objects.get()
    monkeypatch.setattr(Alert.objects, "filter", lambda **kw: Alert.objects.none())
    alerts = services.alerts_open(drafts=[draft(school, "k1"), draft(school, "k2")], now=now)
    monkeypatch.undo()
    assert [alert.once_key for alert in alerts] == ["k2"]
    assert first.deliveries.count() == alerts[0].deliveries.count() == 5


def test_acknowledging_keeps_who_when_and_a_note(
    school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    alert = services.alert_acknowledge(
        alert=make_alert(school), actor=people["school_officer"], now=now, note="已联系后勤"
    )
    assert (alert.acknowledged_by, alert.acknowledged_at, alert.note) == (
        people["school_officer"],
        now,
        "已联系后勤",
    )
    assert AuditEntry.objects.filter(action="alert.acknowledged", object_id=str(alert.pk)).count() == 1


def test_the_second_person_is_told_who_was_first(
    school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    alert = make_alert(school)
    services.alert_acknowledge(alert=Alert.objects.get(), actor=people["school_officer"], now=now)
    with pytest.raises(AlreadyAcknowledged) as caught:
        services.alert_acknowledge(alert=alert, actor=people["reviewer"], now=now + timedelta(minutes=1))
    assert (caught.value.by, caught.value.at) == (people["school_officer"], now)
    alert.refresh_from_db()
    assert alert.acknowledged_by == people["school_officer"]


def test_the_same_person_twice_changes_nothing(
    school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    alert = make_alert(school)
    services.alert_acknowledge(alert=alert, actor=people["reviewer"], now=now)
    services.alert_acknowledge(alert=alert, actor=people["reviewer"], now=now + timedelta(hours=1))
    assert alert.acknowledged_at == now


@pytest.mark.parametrize(
    "who",
    [
        "monitor",
        "reviewer",
        "case_officer",
        "approver",
        "spokesperson",
        "discipline",
        "auditor",
        "administrator",
        "school_monitor",
        "school_officer",
        "water_officer",
        "outsider",
    ],
)
def test_who_may_acknowledge(who: str, school: Unit, people: People, make_alert: Make, now: datetime) -> None:
    alert = make_alert(school)
    role = who.removeprefix("school_").replace("officer", "case_officer").replace("case_case", "case")
    allowed = role in PERMISSIONS["acknowledge"] and who not in {"water_officer", "outsider"}
    if allowed:
        assert services.alert_acknowledge(alert=alert, actor=people[who], now=now).acknowledged_at == now
    else:
        with pytest.raises(NotAllowed):
            services.alert_acknowledge(alert=alert, actor=people[who], now=now)
        with pytest.raises(NotAllowed):
            services.alert_mark_false(alert=alert, actor=people[who], now=now)
        assert not Alert.objects.filter(acknowledged_at__isnull=False).exists()


def test_marking_a_false_alarm_acknowledges_it_and_can_be_taken_back(
    school: Unit, people: People, make_alert: Make, now: datetime
) -> None:
    alert = services.alert_mark_false(
        alert=make_alert(school), actor=people["reviewer"], now=now, note="旧闻"
    )
    assert (alert.false_alarm, alert.acknowledged_by, alert.note) == (True, people["reviewer"], "旧闻")
    later = services.alert_mark_false(alert=alert, actor=people["approver"], now=now, false=False)
    assert (later.false_alarm, later.acknowledged_by) == (False, people["reviewer"])


def test_a_channel_is_created_without_its_secret_in_the_audit(
    school: Unit, people: People, now: datetime
) -> None:
    made = services.channel_create(
        unit=school,
        kind="webhook",
        name=" 值班群 ",
        address="feishu://abcdefgh12345678",
        actor=people["school_officer"],
        now=now,
    )
    services.channel_change(
        channel=made, actor=people["school_officer"], now=now, address="feishu://zyxwvuts87654321"
    )
    assert made.name == "值班群"
    assert not [
        entry
        for entry in AuditEntry.objects.all()
        if "abcdefgh" in str(entry.data) or "zyxw" in str(entry.data)
    ]


@pytest.mark.parametrize(
    ("kind", "address", "code"),
    [
        ("webhook", "syslog://", "schema"),
        ("webhook", "http://hooks.example", "schema"),
        ("email", "nobody", "address"),
        ("app", "", "kind"),
        ("email", "mailtos://u:p@mail.example", "address"),
    ],
)
def test_channels_we_do_not_hand_anything_to_are_refused(
    kind: str, address: str, code: str, school: Unit, people: People, now: datetime
) -> None:
    with pytest.raises(ChannelRefused) as caught:
        services.channel_create(
            unit=school, kind=kind, name="x", address=address, actor=people["school_officer"], now=now
        )
    assert caught.value.code == code
    assert not Channel.objects.exists()


def test_a_change_to_a_refused_address_leaves_the_channel_as_it_was(
    school: Unit, people: People, now: datetime
) -> None:
    made = channel(school, now)
    with pytest.raises(ChannelRefused):
        services.channel_change(channel=made, actor=people["school_officer"], now=now, address="dbus://")
    made.refresh_from_db()
    assert made.address == "feishu://abcdefgh12345678"


def test_a_channel_can_be_switched_off_and_nothing_changed_leaves_no_trace(
    school: Unit, people: People, now: datetime
) -> None:
    made = channel(school, now)
    actor = people["school_officer"]
    services.channel_change(channel=made, actor=actor, now=now, name="群")
    assert not AuditEntry.objects.filter(action="channel.changed").exists()
    services.channel_change(channel=made, actor=actor, now=now, active=False)
    assert not Channel.objects.get().active
    assert AuditEntry.objects.filter(action="channel.changed").count() == 1


@pytest.mark.parametrize("who", ["school_monitor", "school_approver", "water_officer", "outsider"])
def test_channels_are_for_those_who_keep_the_rules_of_the_unit(
    who: str, school: Unit, people: People, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        services.channel_create(
            unit=school,
            kind="webhook",
            name="x",
            address="feishu://abcdefgh12345678",
            actor=people[who],
            now=now,
        )
    with pytest.raises(NotAllowed):
        services.channel_change(channel=channel(school, now), actor=people[who], now=now, active=False)
