"""预警: alerts with their stages, rules in plain words, channels whose addresses stay secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.models import Alert, Channel, Delivery
from guanlan.desk.alerts.outbox import message_of
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.events.services import event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch.models import AlertRule, Theme
from tests.desk.web.conftest import FRAME_QUERIES
from tests.desk.web.second import HOSTILE, Make, SignIn, assert_dead, group_of, html, stand_at

SECRET = "wecombot://aaaabbbb-cccc-dddd-eeee-ffff00001111"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    stand_at(monkeypatch, now)


@pytest.fixture
def theme(body: Unit, now: datetime) -> Theme:
    return Theme.objects.create(unit=body, name="供水", expression="自来水", created_at=now, changed_at=now)


def alert(unit: Unit, opened_at: datetime, **fields: Any) -> Alert:
    values = {"kind": "theme", "rule": "供水", "rule_key": "rule:1", "title": "自来水又黄了", **fields}
    return Alert.objects.create(
        unit=unit, opened_at=opened_at, once_key=f"{Alert.objects.count()}:{values['title'][:60]}", **values
    )


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_an_empty_list_leads_to_the_rules(sign_in: SignIn) -> None:
    page = html(sign_in("monitor").get("/alerts/"))
    assert "No alert is open" in page
    assert 'href="/alerts/rules/"' in page


def test_each_stage_shows_when_and_how_long_it_took(sign_in: SignIn, body: Unit, now: datetime) -> None:
    alert(
        body, now, fetched_at=now - timedelta(seconds=90), stored_at=now - timedelta(seconds=5),
        handed_over_at=now + timedelta(minutes=3),
    )  # fmt: skip
    response = sign_in("monitor").get("/alerts/")
    stages = response.context["rows"][0].stages
    assert [stage.words for stage in stages] == ["fetched", "stored", "called", "handed over", "acknowledged"]
    assert [stage.after for stage in stages] == [
        None, timedelta(seconds=85), timedelta(seconds=5), timedelta(minutes=3), None,
    ]  # fmt: skip
    page = html(response)
    assert "+1 min" in page
    assert "+5 s" in page


def test_an_alert_leads_to_its_causes(
    sign_in: SignIn, make_document: Make, body: Unit, people: dict[str, User], now: datetime
) -> None:
    documents = [make_document(title=f"cause {number}") for number in range(6)]
    group = group_of(body, documents)
    event = event_create(title="noise", unit=body, actor=people["case_officer"], now=now)
    found = alert(
        body, now, cause={"documents": [row.pk for row in documents], "group": group.pk, "event": event.pk}
    )
    client = sign_in("monitor")
    page = html(client.get("/alerts/"))
    assert f'href="/events/{event.pk}/"' in page
    assert f'href="/groups/{group.pk}/"' in page
    assert "cause 3" in page
    assert "cause 4" not in page
    assert "2 more" in page
    assert "cause 5" in html(client.get(f"/alerts/{found.pk}/"))


def test_causes_of_other_units_and_broken_ones_are_left_out(
    sign_in: SignIn, make_document: Make, school: Unit, now: datetime
) -> None:
    foreign = make_document(title="of the whole body")
    alert(school, now, cause={"documents": [foreign.pk, 12, "x"], "event": "no number", "group": None})
    response = sign_in("school_officer").get("/alerts/")
    row = response.context["rows"][0]
    assert (row.documents, row.event, row.group) == ([], None, None)


def test_alerts_of_other_units_do_not_exist(sign_in: SignIn, body: Unit, school: Unit, now: datetime) -> None:
    ours, theirs = alert(body, now, title="of the body"), alert(school, now, title="of the school")
    client = sign_in("school_officer")
    assert [row.alert for row in client.get("/alerts/").context["rows"]] == [theirs]
    assert client.get(f"/alerts/{ours.pk}/").status_code == 404
    assert client.post(f"/alerts/{ours.pk}/acknowledge/").status_code == 404
    assert sign_in("outsider").get("/alerts/").context["rows"] == []


def test_acknowledging_keeps_the_name_and_the_note_and_the_first_wins(
    sign_in: SignIn, body: Unit, people: dict[str, User], now: datetime
) -> None:
    found = alert(body, now)
    sign_in("monitor").post(f"/alerts/{found.pk}/acknowledge/", {"note": "called the works"})
    found.refresh_from_db()
    assert (found.acknowledged_by, found.note, found.acknowledged_at) == (
        people["monitor"],
        "called the works",
        now,
    )
    second = sign_in("approver").post(f"/alerts/{found.pk}/acknowledge/", {"note": "mine"}, follow=True)
    assert "Monitor acknowledged it before you" in said(second)
    found.refresh_from_db()
    assert found.note == "called the works"
    page = html(sign_in("monitor").get("/alerts/?show=all"))
    assert "Acknowledged by Monitor" in page
    assert "called the works" in page


def test_auditors_read_alerts_and_take_none(sign_in: SignIn, body: Unit, now: datetime) -> None:
    found = alert(body, now)
    client = sign_in("auditor")
    assert "acknowledge/" not in html(client.get("/alerts/"))
    assert client.post(f"/alerts/{found.pk}/acknowledge/").status_code == 403
    assert client.post(f"/alerts/{found.pk}/false/").status_code == 403


def test_a_false_alarm_can_be_taken_back(sign_in: SignIn, body: Unit, now: datetime) -> None:
    found = alert(body, now)
    client = sign_in("monitor")
    client.post(f"/alerts/{found.pk}/false/", {"note": "a drill", "next": "/alerts/?show=all"})
    found.refresh_from_db()
    assert (found.false_alarm, found.note) == (True, "a drill")
    assert len(client.get("/alerts/?show=false").context["rows"]) == 1
    client.post(f"/alerts/{found.pk}/false/", {"false": "0"})
    assert len(client.get("/alerts/?show=false").context["rows"]) == 0


def test_after_an_act_one_is_back_where_one_was_but_never_elsewhere(
    sign_in: SignIn, body: Unit, now: datetime
) -> None:
    client = sign_in("monitor")
    for given, back in (("/alerts/?show=all", "/alerts/?show=all"), ("", "/alerts/")):
        response = client.post(f"/alerts/{alert(body, now).pk}/acknowledge/", {"next": given})
        assert response["Location"] == back
    away = client.post(f"/alerts/{alert(body, now).pk}/acknowledge/", {"next": "https://evil.example/"})
    assert "evil" not in away["Location"]


def test_the_alerts_own_page_says_who_was_told(
    sign_in: SignIn, body: Unit, people: dict[str, User], now: datetime
) -> None:
    found = alert(body, now)
    Delivery.objects.create(
        alert=found, channel="app", person=people["case_officer"], state="failed", last_error=HOSTILE,
        created_at=now,
    )  # fmt: skip
    page = sign_in("monitor").get(f"/alerts/{found.pk}/").content.decode()
    assert "Case_Officer" in page
    assert "Given up" in page
    assert_dead(page)


def test_text_of_strangers_stays_text(
    sign_in: SignIn, make_document: Make, body: Unit, theme: Theme, now: datetime
) -> None:
    document = make_document(title=HOSTILE)
    alert(
        body,
        now,
        title=HOSTILE,
        rule=HOSTILE,
        note=HOSTILE,
        cause={"documents": [document.pk], "value": HOSTILE, "threshold": 1},
    )
    AlertRule.objects.create(unit=body, name=HOSTILE, kind="theme", theme=theme, created_at=now)
    Channel.objects.create(unit=body, kind="webhook", name=HOSTILE, address=SECRET, created_at=now)
    client = sign_in("case_officer")
    for address in ("/alerts/", "/alerts/rules/", "/alerts/channels/"):
        assert_dead(client.get(address).content.decode())


def test_a_page_of_alerts_asks_a_bounded_number_of_questions(
    sign_in: SignIn, make_document: Make, body: Unit, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for _ in range(25):
        alert(body, now, cause={"documents": [make_document().pk]})
    client = sign_in("monitor")
    with django_assert_max_num_queries(FRAME_QUERIES + 9):
        assert len(client.get("/alerts/").context["rows"]) == 25


def test_the_list_is_walked_by_number(sign_in: SignIn, body: Unit, now: datetime) -> None:
    for _ in range(32):
        alert(body, now)
    client = sign_in("monitor")
    first = client.get("/alerts/")
    second = client.get("/alerts/" + first.context["older_url"])
    assert (len(first.context["rows"]), len(second.context["rows"])) == (30, 2)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("theme", {}, "A text meets the theme “供水”"),
        ("tone", {"probability": 85}, "A text of “供水” is negative, 85 % sure or more"),
        ("volume", {"threshold": 12, "window_minutes": 30}, "“供水”: 12 texts or more within 30 minutes"),
        ("grade", {"level": "II"}, "An event reaches “II major” or more"),
    ],
)
def test_rules_of_each_kind_are_made_and_said_in_plain_words(
    sign_in: SignIn, body: Unit, theme: Theme, kind: str, fields: dict[str, Any], sentence: str
) -> None:
    client = sign_in("case_officer")
    assert client.get(f"/alerts/rules/new/{kind}/").status_code == 200
    given = {"name": "rule", "unit": body.pk, **fields} | ({} if kind == "grade" else {"theme": theme.pk})
    client.post(f"/alerts/rules/new/{kind}/", given)
    rule = AlertRule.objects.get()
    assert rule.kind == kind
    assert sentence in html(client.get("/alerts/rules/"))
    assert client.get(f"/alerts/rules/{rule.pk}/").status_code == 200


def test_a_rule_that_cannot_work_is_explained_at_its_field(sign_in: SignIn, body: Unit, theme: Theme) -> None:
    client = sign_in("case_officer")
    wrong = {"name": "rule", "unit": body.pk, "threshold": 5, "window_minutes": 1}
    response = client.post("/alerts/rules/new/volume/", wrong)
    assert response.status_code == 400
    assert "window_minutes" in response.context["form"].errors
    assert client.post("/alerts/rules/new/nonsense/", wrong).status_code == 404
    assert not AlertRule.objects.exists()


def test_a_rule_is_changed_rests_and_watches_again(
    sign_in: SignIn, body: Unit, theme: Theme, now: datetime
) -> None:
    rule = AlertRule.objects.create(unit=body, name="tone", kind="tone", created_at=now)
    client = sign_in("reviewer")
    client.post(f"/alerts/rules/{rule.pk}/", {"name": "tone of water", "theme": theme.pk, "probability": 90})
    rule.refresh_from_db()
    assert (rule.name, rule.theme, rule.probability) == ("tone of water", theme, 0.9)
    client.post(f"/alerts/rules/{rule.pk}/switch/", {"active": "0"})
    assert "resting" in html(client.get("/alerts/rules/"))
    client.post(f"/alerts/rules/{rule.pk}/switch/", {"active": "1"})
    rule.refresh_from_db()
    assert rule.active


def test_the_rate_of_false_alarms_stands_beside_its_rule(
    sign_in: SignIn, body: Unit, theme: Theme, now: datetime
) -> None:
    rule = AlertRule.objects.create(unit=body, name="water", kind="theme", theme=theme, created_at=now)
    for number in range(4):
        alert(body, now - timedelta(days=1), rule_key=f"rule:{rule.pk}", false_alarm=number == 0)
    page = html(sign_in("monitor").get("/alerts/rules/"))
    assert f'href="/alerts/?show=all&amp;rule=rule:{rule.pk}">4<' in page
    assert "25 %" in page


@pytest.mark.parametrize("address", ["/alerts/rules/new/theme/", "/alerts/channels/", "/alerts/rules/1/"])
def test_monitors_keep_neither_rules_nor_channels(
    sign_in: SignIn, body: Unit, theme: Theme, now: datetime, address: str
) -> None:
    AlertRule.objects.create(pk=1, unit=body, name="water", kind="theme", theme=theme, created_at=now)
    assert sign_in("monitor").get(address).status_code == 403
    assert "Add a rule" not in html(sign_in("monitor").get("/alerts/rules/"))


def test_rules_and_channels_of_other_units_do_not_exist(
    sign_in: SignIn, body: Unit, theme: Theme, now: datetime
) -> None:
    rule = AlertRule.objects.create(unit=body, name="water", kind="theme", theme=theme, created_at=now)
    channel = Channel.objects.create(unit=body, kind="email", name="m", address="a@b.example", created_at=now)
    client = sign_in("school_officer")
    assert client.get(f"/alerts/rules/{rule.pk}/").status_code == 404
    assert client.post(f"/alerts/rules/{rule.pk}/switch/").status_code == 404
    assert client.get(f"/alerts/channels/{channel.pk}/").status_code == 404
    assert client.post(f"/alerts/channels/{channel.pk}/act/", {"act": "test"}).status_code == 404


def test_a_saved_address_is_never_shown_again(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("case_officer")
    client.post("/alerts/channels/", {"kind": "webhook", "name": "群", "address": SECRET, "unit": body.pk})
    client.post(
        "/alerts/channels/",
        {"kind": "email", "name": "邮箱", "address": "duty@yunchuan.example", "unit": body.pk},
    )
    assert Channel.objects.count() == 2
    for address in [
        "/alerts/channels/",
        *(f"/alerts/channels/{pk}/" for pk in Channel.objects.values_list("pk", flat=True)),
    ]:
        page = html(client.get(address))
        assert "aaaabbbb" not in page
        assert "duty@" not in page
    page = html(client.get("/alerts/channels/"))
    assert "wecombot://…" in page
    assert "d…@yunchuan.example" in page


@pytest.mark.parametrize(
    ("kind", "address"),
    [("webhook", "file:///etc/passwd"), ("webhook", "not an address"), ("email", "nobody"), ("app", SECRET)],
)
def test_addresses_that_lead_astray_are_refused(sign_in: SignIn, body: Unit, kind: str, address: str) -> None:
    response = sign_in("case_officer").post(
        "/alerts/channels/", {"kind": kind, "name": "x", "address": address, "unit": body.pk}
    )
    assert response.status_code == 400
    assert not Channel.objects.exists()


def test_an_empty_new_address_leaves_the_old_one(sign_in: SignIn, body: Unit, now: datetime) -> None:
    channel = Channel.objects.create(unit=body, kind="webhook", name="old", address=SECRET, created_at=now)
    client = sign_in("case_officer")
    client.post(f"/alerts/channels/{channel.pk}/", {"name": "new", "address": ""})
    channel.refresh_from_db()
    assert (channel.name, channel.address) == ("new", SECRET)
    refused = client.post(f"/alerts/channels/{channel.pk}/", {"name": "new", "address": "file:///x"})
    assert refused.status_code == 400
    assert "This kind of address is not on the list" in html(refused)


def test_a_test_goes_through_the_outbox_and_calls_nobody(
    sign_in: SignIn, body: Unit, theme: Theme, now: datetime
) -> None:
    channel = Channel.objects.create(unit=body, kind="webhook", name="群", address=SECRET, created_at=now)
    client = sign_in("case_officer")
    client.post(f"/alerts/channels/{channel.pk}/act/", {"act": "test"})
    delivery = Delivery.objects.get()
    assert (delivery.through, delivery.person, delivery.next_action_at) == (channel, None, now)
    assert message_of(delivery).title.startswith("Test · ")
    assert client.get("/alerts/").context["rows"] == []
    assert AuditEntry.objects.filter(action="channel.tested").count() == 1
    page = html(client.get("/alerts/channels/"))
    assert "Waiting" in page
    assert SECRET not in page
    shown = html(client.get("/alerts/?show=all"))
    assert "Test of the channel" in shown
    assert "Not false after all" not in shown


def test_a_channel_is_switched_off_and_on(sign_in: SignIn, body: Unit, now: datetime) -> None:
    channel = Channel.objects.create(unit=body, kind="webhook", name="群", address=SECRET, created_at=now)
    client = sign_in("case_officer")
    client.post(f"/alerts/channels/{channel.pk}/act/", {"act": "off"})
    assert not Channel.objects.get().active
    client.post(f"/alerts/channels/{channel.pk}/act/", {"act": "on"})
    assert Channel.objects.get().active
    assert client.post(f"/alerts/channels/{channel.pk}/act/", {"act": "explode"}).status_code == 404
