from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from guanlan.analysis.errors import ExpressionError
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, EventGroup
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import PERMISSIONS, NotAllowed
from guanlan.desk.watch import services
from guanlan.desk.watch.errors import GroupRefused, RuleRefused, ThemeChanged
from guanlan.desk.watch.models import AlertRule, Group, GroupMember, Theme

People = dict[str, User]
MakeDocument = Callable[..., Document]
MakeGroup = Callable[..., Group]
EVERYBODY = [
    "monitor",
    "reviewer",
    "case_officer",
    "approver",
    "spokesperson",
    "discipline",
    "auditor",
    "administrator",
    "water_officer",
    "outsider",
]


def test_a_theme_is_kept_with_who_and_when(school: Unit, people: People, now: datetime) -> None:
    theme = services.theme_create(
        unit=school, name=" 食堂 ", expression="食堂, 学校", actor=people["school_officer"], now=now
    )
    assert (theme.name, theme.version, theme.changed_by, theme.active) == (
        "食堂",
        1,
        people["school_officer"],
        True,
    )
    assert AuditEntry.objects.get(action="theme.created").data["expression"] == "食堂, 学校"


@pytest.mark.parametrize("expression", ["", "排除: 演习", "/(a+)+$/", "必含: "])
def test_an_expression_that_does_not_parse_surfaces_and_nothing_is_kept(
    expression: str, school: Unit, people: People, theme: Theme, now: datetime
) -> None:
    with pytest.raises(ExpressionError):
        services.theme_create(unit=school, name="x", expression=expression, actor=people["reviewer"], now=now)
    with pytest.raises(ExpressionError):
        services.theme_change(theme=theme, expression=expression, actor=people["reviewer"], now=now)
    assert Theme.objects.get().version == 1


def test_a_name_is_taken_once_in_a_unit(
    body: Unit, school: Unit, people: People, theme: Theme, now: datetime
) -> None:
    with pytest.raises(ValidationError):
        services.theme_create(unit=body, name="供水", expression="水", actor=people["reviewer"], now=now)
    services.theme_create(unit=school, name="供水", expression="水", actor=people["reviewer"], now=now)
    other = services.theme_create(unit=body, name="供电", expression="电", actor=people["reviewer"], now=now)
    with pytest.raises(ValidationError):
        services.theme_change(theme=other, name="供水", actor=people["reviewer"], now=now)
    with pytest.raises(ValidationError):
        services.theme_create(unit=body, name=" ", expression="水", actor=people["reviewer"], now=now)


def test_a_change_counts_the_version_and_keeps_both_texts(
    people: People, theme: Theme, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    services.theme_change(theme=theme, expression="自来水", actor=people["reviewer"], now=later)
    assert (theme.version, theme.expression, theme.changed_at) == (2, "自来水", later)
    data = AuditEntry.objects.get(action="theme.changed").data
    assert (data["before"]["expression"], data["after"]["expression"]) == ("自来水 停水", "自来水")
    services.theme_change(theme=theme, expression="自来水", name="供水", actor=people["reviewer"], now=later)
    assert theme.version == 2


def test_who_saves_second_is_told_and_overwrites_nothing(people: People, theme: Theme, now: datetime) -> None:
    stale = Theme.objects.get()
    services.theme_change(theme=theme, expression="自来水", actor=people["reviewer"], now=now)
    with pytest.raises(ThemeChanged) as caught:
        services.theme_change(theme=stale, expression="停水", actor=people["case_officer"], now=now)
    assert caught.value.theme.expression == Theme.objects.get().expression == "自来水"
    assert AuditEntry.objects.filter(action="theme.changed").count() == 1


def test_a_theme_is_retired_and_resumed(people: People, theme: Theme, now: datetime) -> None:
    services.theme_retire(theme=theme, actor=people["reviewer"], now=now)
    assert not Theme.objects.get().active
    services.theme_retire(theme=theme, actor=people["reviewer"], now=now, active=True)
    assert Theme.objects.get().active


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_change_themes_and_rules(
    who: str, body: Unit, people: People, theme: Theme, now: datetime
) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: services.theme_create(unit=body, name="x", expression="水", actor=people[who], now=now),
        lambda: services.theme_change(theme=theme, name="y", actor=people[who], now=now),
        lambda: services.theme_retire(theme=theme, actor=people[who], now=now),
        lambda: services.rule_create(unit=body, name="r", kind="tone", actor=people[who], now=now),
    ]
    for call in calls:
        if who in PERMISSIONS["theme"]:
            call()
        else:
            with pytest.raises(NotAllowed):
                call()
    assert AlertRule.objects.count() == (who in PERMISSIONS["rule"])


def test_a_trial_says_what_would_match_and_where(make_document: MakeDocument, now: datetime) -> None:
    wet = [make_document(title=f"停水通知 {n}", text="请储水") for n in range(3)]
    dry = make_document(title="烧烤摊油烟", text="夜里太吵")
    make_document(title="停水", published_at=now - timedelta(days=31))
    trial = services.theme_test(
        expression="停水", documents=Document.objects.all(), since=now - services.TEST_PERIOD, limit=2
    )
    assert (trial.examined, trial.matched, trial.complete) == (4, 3, True)
    assert [found.id for found in trial.would] == [wet[0].pk, wet[1].pk]
    assert [found.id for found in trial.would_not] == [dry.pk]
    span = trial.would[0].spans[0]
    assert f"{trial.would[0].title}\n{trial.would[0].text}"[span.start : span.end] == "停水"


def test_a_trial_says_what_was_found_another_way(make_document: MakeDocument, now: datetime) -> None:
    make_document(text="找zf评理，警察也来了")
    trial = services.theme_test(
        expression="政府 警察\n变体: 开", documents=Document.objects.all(), since=now - services.TEST_PERIOD
    )
    assert [found.via for found in trial.would] == [(("zf", "政府"),)]


def test_a_trial_stops_at_its_measure_and_says_so(
    make_document: MakeDocument, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "TEST_DOCUMENTS", 3)
    for _ in range(4):
        make_document()
    trial = services.theme_test(
        expression="自来水", documents=Document.objects.all(), since=now - timedelta(days=30)
    )
    assert (trial.examined, trial.matched, trial.complete) == (3, 3, False)


def test_a_trial_of_a_wrong_expression_surfaces(db: None, now: datetime) -> None:
    with pytest.raises(ExpressionError):
        services.theme_test(expression="必含:", documents=Document.objects.all(), since=now)


def test_a_rule_is_kept_changed_and_audited(body: Unit, people: People, theme: Theme, now: datetime) -> None:
    rule = services.rule_create(
        unit=body,
        name="供水增多",
        kind="volume",
        actor=people["reviewer"],
        now=now,
        theme=theme,
        threshold=20,
    )
    services.rule_change(rule=rule, actor=people["reviewer"], now=now, threshold=30, active=False)
    assert (rule.threshold, rule.active, rule.theme) == (30, False, theme)
    data = AuditEntry.objects.get(action="rule.changed").data
    assert (data["before"]["threshold"], data["after"]["threshold"]) == (20, 30)


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("theme", {}, "theme"),
        ("volume", {"window_minutes": 1}, "window"),
        ("tone", {"probability": 7.0}, "probability"),
        ("grade", {"level": "V"}, "level"),
        ("rumour", {}, "kind"),
    ],
)
def test_rules_that_cannot_work_are_refused(
    kind: str, fields: dict[str, Any], code: str, body: Unit, people: People, now: datetime
) -> None:
    with pytest.raises(RuleRefused) as caught:
        services.rule_create(unit=body, name="r", kind=kind, actor=people["reviewer"], now=now, **fields)
    assert caught.value.code == code
    assert not AlertRule.objects.exists()


def test_a_rule_over_a_theme_one_does_not_see_is_refused(
    school: Unit, people: People, theme: Theme, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        services.rule_create(
            unit=school, name="r", kind="theme", theme=theme, actor=people["school_officer"], now=now
        )
    with pytest.raises(TypeError):
        services.rule_create(
            unit=school, name="r", kind="tone", actor=people["school_officer"], now=now, colour=1
        )


def test_many_documents_are_screened_in_one_go(
    people: People, make_document: MakeDocument, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_AT_ONCE", 2)
    documents = [make_document() for _ in range(5)]
    assert (
        services.document_screen(documents=documents, state="relevant", actor=people["monitor"], now=now) == 5
    )
    assert set(Document.objects.values_list("screening", flat=True)) == {"relevant"}
    with pytest.raises(NotAllowed):
        services.document_screen(documents=documents, state="irrelevant", actor=people["auditor"], now=now)


def test_a_persons_tone_is_counted_in_the_group(
    people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    documents = [make_document() for _ in range(2)]
    group = make_group(documents)
    label = services.document_tone(document=documents[0], value="neutral", actor=people["monitor"], now=now)
    group.refresh_from_db()
    assert (label.value, label.machine_value, group.negative, group.size) == ("neutral", "negative", 1, 2)


def test_merging_moves_documents_and_counts_anew(
    people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    documents = [make_document(published_at=now - timedelta(hours=n)) for n in range(4)]
    repost = make_document(copy_of=documents[0], relation="reprint", tone="neutral")
    into, other = make_group(documents[:2]), make_group([*documents[2:], repost])
    moved = services.group_merge(into=into, others=[other], actor=people["monitor"], now=now)
    other.refresh_from_db()
    assert {row.pk for row in moved} == {documents[2].pk, documents[3].pk, repost.pk}
    assert (into.size, into.distinct, into.negative) == (5, 4, 4)
    assert (into.first_at, into.last_at) == (now - timedelta(hours=3), now)
    assert (other.size, other.merged_into) == (0, into)
    assert GroupMember.objects.filter(by_person=True).count() == 3


def test_a_group_merged_twice_leads_to_the_last_one(
    people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    a, b, c = (make_group([make_document()]) for _ in range(3))
    services.group_merge(into=b, others=[a], actor=people["monitor"], now=now)
    services.group_merge(into=c, others=[b], actor=people["monitor"], now=now)
    assert set(Group.objects.filter(merged_into=c)) == {a, b}
    with pytest.raises(GroupRefused, match="merged"):
        services.group_merge(into=c, others=[Group.objects.get(pk=a.pk)], actor=people["monitor"], now=now)


def test_groups_of_two_events_are_not_merged_but_an_empty_merge_is_refused_too(
    body: Unit, people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    groups = [make_group([make_document()]) for _ in range(2)]
    for number, group in enumerate(groups, 1):
        event = Event.objects.create(
            unit=body, year=2026, number=number, title="x", opened_by=people["reviewer"], opened_at=now
        )
        EventGroup.objects.create(event=event, group=group, at=now)
    with pytest.raises(GroupRefused, match="other_event"):
        services.group_merge(into=groups[0], others=groups[1:], actor=people["monitor"], now=now)
    with pytest.raises(GroupRefused, match="nothing"):
        services.group_merge(into=groups[0], others=groups[:1], actor=people["monitor"], now=now)
    EventGroup.objects.update(event=Event.objects.order_by("number")[0])
    groups = list(Group.objects.order_by("pk"))
    services.group_merge(into=groups[0], others=groups[1:], actor=people["monitor"], now=now)
    assert EventGroup.objects.get().group == groups[0]


def test_splitting_takes_documents_out_and_counts_both(
    people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    documents = [make_document(title=f"题目 {n}") for n in range(3)]
    group = make_group(documents)
    fresh = services.group_split(group=group, documents=documents[1:], actor=people["monitor"], now=now)
    group.refresh_from_db()
    assert (group.size, fresh.size, fresh.title) == (1, 2, "题目 2")
    assert set(fresh.members.values_list("by_person", flat=True)) == {True}


def test_splitting_nothing_everything_or_strangers_is_refused(
    people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    documents = [make_document() for _ in range(2)]
    group, actor = make_group(documents), people["monitor"]
    for chosen, code in (([], "nothing"), (documents, "everything"), ([make_document()], "not_member")):
        with pytest.raises(GroupRefused, match=code):
            services.group_split(group=group, documents=chosen, actor=actor, now=now)
    assert Group.objects.count() == 1


def test_a_group_is_dismissed_for_a_reason_that_stays(
    people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    group = make_group([make_document()])
    with pytest.raises(GroupRefused, match="reason"):
        services.group_dismiss(group=group, reason="  ", actor=people["monitor"], now=now)
    services.group_dismiss(group=group, reason="外地旧闻", actor=people["monitor"], now=now)
    services.group_dismiss(group=group, reason="别的", actor=people["reviewer"], now=now)
    assert (group.dismissed_reason, group.dismissed_by, group.dismissed_at) == (
        "外地旧闻",
        people["monitor"],
        now,
    )
    assert AuditEntry.objects.filter(action="group.dismissed").count() == 1


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_correct_groups(
    who: str, people: People, make_document: MakeDocument, make_group: MakeGroup, now: datetime
) -> None:
    documents = [make_document() for _ in range(3)]
    group, other = make_group(documents[:2]), make_group(documents[2:])
    actor = people[who]
    calls: list[Callable[[], Any]] = [
        lambda: services.group_split(group=group, documents=documents[:1], actor=actor, now=now),
        lambda: services.group_merge(into=group, others=[other], actor=actor, now=now),
        lambda: services.group_dismiss(group=group, reason="旧", actor=actor, now=now),
    ]
    for call in calls:
        if who in PERMISSIONS["screen"]:
            call()
        else:
            with pytest.raises(NotAllowed):
                call()
    assert AuditEntry.objects.filter(action__startswith="group.").count() == (
        3 if who in PERMISSIONS["screen"] else 0
    )
