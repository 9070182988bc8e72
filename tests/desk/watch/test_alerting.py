from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.alerts.models import Alert
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.watch import alerting
from guanlan.desk.watch.models import AlertRule, Group, GroupMember, Theme, ThemeHit
from tests.desk.watch.conftest import hits_of

MakeDocument = Callable[..., Document]
MakeRule = Callable[..., AlertRule]
MakeGroup = Callable[..., Group]


def evaluate(
    documents: Sequence[Document],
    hits: Sequence[ThemeHit],
    now: datetime,
    members: Sequence[GroupMember] = (),
) -> list[Alert]:
    return alerting.evaluate_stored(documents=documents, hits=hits, members=members, now=now)


def grouped(group: Group) -> list[GroupMember]:
    return list(group.members.all())


def test_a_theme_rule_opens_an_alert_that_names_its_documents(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    rule = make_rule("theme", theme=theme, name="供水来信")
    document = make_document(title="自来水又黄了")
    alert = evaluate([document], hits_of(theme, [document]), now)[0]
    assert (alert.kind, alert.rule, alert.rule_key, alert.title) == (
        "theme",
        "供水来信",
        f"rule:{rule.pk}",
        "自来水又黄了",
    )
    assert alert.cause == {"documents": [document.pk]}
    assert (alert.fetched_at, alert.stored_at, alert.opened_at) == (
        document.fetched_at,
        document.stored_at,
        now,
    )


def test_a_group_calls_once_for_all_its_copies_and_follow_ups(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    make_rule("theme", theme=theme)
    documents = [make_document() for _ in range(3)]
    members = grouped(make_group(documents))
    first = evaluate(documents[:2], hits_of(theme, documents[:2]), now, members[:2])
    again = evaluate(documents[2:], hits_of(theme, documents[2:]), now + timedelta(days=2), members[2:])
    assert [alert.cause["documents"] for alert in first] == [[documents[0].pk, documents[1].pk]]
    assert again == []


def test_each_rule_calls_for_itself(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("theme", theme=theme)
    make_rule("tone", probability=0.85)
    document = make_document(tone_probability=0.9)
    opened = evaluate([document], hits_of(theme, [document]), now)
    assert {alert.kind for alert in opened} == {"theme", "tone"}
    tone = next(alert for alert in opened if alert.kind == "tone")
    assert (tone.cause["value"], tone.cause["threshold"]) == (0.9, 0.85)


def test_silent_rules_and_retired_themes_do_not_call(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("theme", theme=theme, active=False)
    make_rule("tone", theme=theme)
    Theme.objects.update(active=False)
    document = make_document()
    assert evaluate([document], hits_of(theme, [document]), now) == []


def test_off_topic_documents_call_for_nothing(
    make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("tone")
    assert evaluate([make_document(outcome="off_topic")], [], now) == []


def test_a_units_rule_sees_documents_of_the_unit_and_below_only(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, school: Unit, water: Unit, now: datetime
) -> None:
    make_rule("tone", unit=school)
    mine, other = make_document(unit=school), make_document(unit=water)
    opened = evaluate([mine, other], [], now)
    assert [(alert.unit, alert.cause["documents"]) for alert in opened] == [(school, [mine.pk])]


def test_volume_calls_at_the_threshold_and_names_documents_value_and_window(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("volume", theme=theme, threshold=5, window_minutes=60)
    documents = [make_document(published_at=now - timedelta(minutes=10 * n)) for n in range(5)]
    hits = hits_of(theme, documents[1:])
    assert evaluate(documents[1:], hits, now) == []
    alert = evaluate(documents[:1], hits_of(theme, documents[:1]), now)[0]
    assert (alert.title, alert.cause["value"], alert.cause["threshold"]) == ("供水", 5, 5)
    assert alert.cause["documents"] == sorted((document.pk for document in documents), reverse=True)


def test_a_volume_rule_without_theme_counts_stored_documents_of_its_units(
    make_rule: MakeRule, make_document: MakeDocument, school: Unit, now: datetime
) -> None:
    make_rule("volume", unit=school, threshold=2, window_minutes=60)
    make_document(unit=school, published_at=now - timedelta(minutes=63))
    make_document(unit=school, outcome="off_topic", published_at=now - timedelta(minutes=3))
    make_document(published_at=now - timedelta(minutes=3))
    first = make_document(unit=school, published_at=now - timedelta(minutes=2))
    assert evaluate([first], [], now) == []
    second = make_document(unit=school, published_at=now - timedelta(minutes=1))
    assert evaluate([second], [], now)[0].cause["documents"] == [second.pk, first.pk]


def test_false_hits_do_not_count(
    theme: Theme, make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("volume", theme=theme, threshold=2)
    documents = [make_document() for _ in range(2)]
    hits = hits_of(theme, documents)
    ThemeHit.objects.filter(pk=hits[0].pk).update(false_hit=True)
    assert evaluate(documents, hits, now) == []


def test_a_burst_calls_once_though_it_runs_over_the_hour_and_again_when_it_goes_on(
    make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("volume", threshold=3, window_minutes=60)

    def burst(minute: int) -> list[Alert]:
        at = now + timedelta(minutes=minute)
        documents = [make_document(published_at=at - timedelta(seconds=n)) for n in range(3)]
        return evaluate(documents, [], at)

    assert [len(burst(minute)) for minute in (50, 58, 62, 115, 121)] == [1, 0, 0, 1, 0]


def test_late_texts_of_a_burst_that_was_told_do_not_tell_it_again(
    make_rule: MakeRule, make_document: MakeDocument, now: datetime
) -> None:
    make_rule("volume", threshold=3, window_minutes=60)

    def texts(minute: int) -> list[Document]:
        at = now + timedelta(minutes=minute)
        return [make_document(published_at=at - timedelta(seconds=n)) for n in range(3)]

    assert len(evaluate(texts(62), [], now + timedelta(minutes=63))) == 1
    assert evaluate(texts(58), [], now + timedelta(minutes=64)) == []


def test_an_old_burst_is_history(make_rule: MakeRule, make_document: MakeDocument, now: datetime) -> None:
    make_rule("volume", threshold=2)
    assert evaluate([make_document(published_at=now - timedelta(days=9)) for _ in range(9)], [], now) == []


def test_a_flood_becomes_twenty_alerts_and_a_collective_one_an_hour(
    make_rule: MakeRule, make_document: MakeDocument, people: dict[str, User], now: datetime
) -> None:
    rule = make_rule("tone", name="负面")
    documents = [make_document() for _ in range(60)]
    first = evaluate(documents[:30], [], now)
    assert len(first) == 21
    assert first[-1].title == "负面"
    assert first[-1].cause["flood"]
    assert first[-1].cause["value"] == 10
    assert evaluate(documents[30:50], [], now + timedelta(minutes=1)) == []
    later = evaluate(documents[50:], [], now + timedelta(hours=2))
    assert len(later) == 10
    assert Alert.objects.filter(rule_key=f"rule:{rule.pk}").count() == 31


def test_a_batch_costs_a_handful_of_queries_however_large(
    theme: Theme,
    make_rule: MakeRule,
    make_document: MakeDocument,
    people: dict[str, User],
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(10):
        make_rule("volume", theme=theme, threshold=1000 + number)
        make_rule("volume", threshold=1000 + number)
        make_rule("theme", theme=theme)
    documents = [make_document() for _ in range(60)]
    with django_assert_max_num_queries(4):
        assert evaluate(documents, [], now) == []
    hits = hits_of(theme, documents[:1])
    with django_assert_max_num_queries(20):
        assert len(evaluate(documents, hits, now)) == 10


def test_without_rules_or_documents_nothing_is_asked(
    make_document: MakeDocument, now: datetime, django_assert_num_queries: Any
) -> None:
    document = make_document()
    with django_assert_num_queries(1):
        assert evaluate([document], [], now) == []
    with django_assert_num_queries(0):
        assert evaluate([], [], now) == []


@pytest.mark.parametrize(("level", "count"), [("I", 1), ("III", 1), ("IV", 0), (None, 0)])
def test_grade_rules_call_from_their_level_once_for_a_change(
    level: str | None, count: int, make_rule: MakeRule, school: Unit, now: datetime
) -> None:
    make_rule("grade", level="III")
    make_rule("grade", level="watch", active=False)

    def tell(assessment: int) -> list[Alert]:
        return alerting.evaluate_grade(
            unit=school,
            level=level,
            title="E-0001 自来水",
            cause={"event": 1},
            assessment=assessment,
            now=now,
        )

    opened = tell(1)
    assert len(opened) == count
    assert tell(1) == []
    assert len(tell(2)) == count
    assert [alert.cause for alert in opened] == [{"event": 1, "value": level, "threshold": "III"}] * count
