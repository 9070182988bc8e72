"""走势, 溯源 and 建议承办单位 on event and group pages; bursts on theme pages; duties of units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from guanlan.analysis.types import Direction
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.common.clock import local_date
from guanlan.desk.events import forecasts, routing, tracing
from guanlan.desk.events.models import Event, Forecast
from guanlan.desk.events.rules import FINAL_AFTER
from guanlan.desk.events.services import event_close, event_create, grade_confirm
from guanlan.desk.events.trend import Trend
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.services import unit_change
from guanlan.desk.watch.models import Theme, ThemeHit
from guanlan.desk.web.matters import rule_words, trend_panel
from tests.desk.web.second import HOSTILE, Make, SignIn, assert_dead, group_of, html, stand_at

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
STORY = "昨天傍晚城关镇北门一带自来水发黄，居民反映停水已经三天，水务局派人取样检测，结果尚未公布。"
People = dict[str, User]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Iterator[None]:
    stand_at(monkeypatch, now)
    cache.clear()
    routing.forget()
    yield
    routing.forget()


@pytest.fixture
def start(now: datetime) -> datetime:
    return now - 8 * HOUR


@pytest.fixture
def duties(water: Unit, school: Unit, people: People, now: datetime) -> None:
    for unit, text in ((water, "自来水 停水 水压\n水质"), (school, "食堂 学生餐")):
        unit_change(unit=unit, actor=people["administrator"], now=now, duties=text)


@pytest.fixture
def event(make_document: Make, body: Unit, people: People, start: datetime) -> Event:
    """Twelve texts of one story in the first half hour."""
    documents = [
        make_document(text=STORY, author="张某某", published_at=start + 2 * number * MINUTE)
        for number in range(12)
    ]
    actor = people["case_officer"]
    return event_create(title="自来水停水发黄", unit=body, actor=actor, now=start + HOUR, documents=documents)


@pytest.fixture
def school_event(make_document: Make, school: Unit, people: People, start: datetime) -> Event:
    documents = [make_document(unit=school, text=STORY, published_at=start + n * MINUTE) for n in range(3)]
    actor = people["school_officer"]
    return event_create(title="学生餐", unit=school, actor=actor, now=start + HOUR, documents=documents)


def page_of(sign_in: SignIn, event: Event, who: str = "case_officer", address: str = "") -> str:
    return html(sign_in(who).get(f"/events/{event.pk}/{address}"))


def test_the_three_panels_stand_on_the_page_without_script(
    sign_in: SignIn, event: Event, duties: None, start: datetime
) -> None:
    forecasts.forecasts_due(now=start + HOUR)
    page = page_of(sign_in, event)
    for title in ("trend-title", "source-title", "unit-title"):
        assert f'id="{title}"' in page
    assert "<polyline points=" in page
    assert page.count("<rect ") == 1  # all texts came within an hour
    assert "Earlier is not excluded." in page
    assert "Searched: 12 of the 12 texts here, from 1 sources over 1 hours." in page
    assert "云川县水务局" in page
    assert "A person decides; nothing is assigned by the machine." in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("school_officer", 200),  # the owner
        ("school_monitor", 200),  # a colleague in the unit
        ("case_officer", 200),  # the superior body
        ("auditor", 200),
        ("water_officer", 404),  # another unit
        ("outsider", 404),  # nobody's role
    ],
)
def test_the_panels_are_for_those_who_see_the_event(
    sign_in: SignIn, school_event: Event, duties: None, who: str, status: int
) -> None:
    response = sign_in(who).get(f"/events/{school_event.pk}/?source=1")
    assert response.status_code == status
    assert ('id="source-title"' in html(response)) == (status == 200)
    assert (STORY[:20] in html(response)) == False or status == 200  # noqa: E712


def test_the_share_of_hits_is_that_of_the_events_a_person_sees(
    sign_in: SignIn, event: Event, school_event: Event, start: datetime
) -> None:
    forecasts.forecasts_due(now=start + 6 * HOUR)
    Forecast.objects.filter(event=event).update(low=1, middle=12, high=20)
    forecasts.forecasts_check(now=start + FINAL_AFTER)
    assert "Of 1 forecasts checked so far, 1 held: 100 %" in page_of(sign_in, event)
    of_school = page_of(sign_in, school_event, "school_officer")
    assert "No forecast has come due yet" in of_school


def test_similar_events_of_other_units_are_not_named(
    sign_in: SignIn, body: Unit, water: Unit, school_event: Event, people: People, now: datetime
) -> None:
    other = event_create(title="学生餐 学生餐 secret", unit=water, actor=people["case_officer"], now=now)
    grade_confirm(event=other, level="III", reason="seen", actor=people["approver"], now=now)
    event_close(event=other, reason="done", actor=people["approver"], now=now)
    assert f"/events/{other.pk}/" in page_of(sign_in, school_event, "case_officer")
    assert "secret" not in page_of(sign_in, school_event, "school_officer")


def test_a_forecast_is_shown_with_its_interval_and_then_with_what_came(
    sign_in: SignIn, event: Event, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasts, "LEAST_FOLLOWED", 5)
    forecasts.forecasts_due(now=start + 6 * HOUR)
    row = Forecast.objects.get()
    page = page_of(sign_in, event)
    assert f"{row.low} to {row.high} texts, most likely {row.middle}" in page
    assert "is counted" in page
    Forecast.objects.update(low=20, middle=30, high=40)
    forecasts.forecasts_check(now=start + FINAL_AFTER)
    page = page_of(sign_in, event)
    assert "12 came: outside" in page
    assert "That is not what is promised: do not rely on it here." in page


def test_looking_at_the_page_makes_no_forecast(sign_in: SignIn, event: Event) -> None:
    assert "The desk is about to make the forecast of this hour." in page_of(sign_in, event)
    assert not Forecast.objects.exists()


def test_a_refusal_is_said_in_words(sign_in: SignIn, school_event: Event, start: datetime) -> None:
    forecasts.forecasts_due(now=start + HOUR)
    assert "too few texts had followed the first one by then" in page_of(sign_in, school_event)


@pytest.mark.parametrize(
    ("first_seen", "said"),
    [
        (None, "The event has no text yet, so nothing is forecast."),
        (20 * MINUTE, "The next forecast is made 1 h after the first text."),
        (30 * HOUR, "the event came to the desk more than 24 h after its first text"),
    ],
)
def test_why_there_is_no_forecast_is_said(
    sign_in: SignIn, body: Unit, people: People, now: datetime, first_seen: timedelta | None, said: str
) -> None:
    found = event_create(title="x", unit=body, actor=people["case_officer"], now=now)
    if first_seen is not None:
        Event.objects.filter(pk=found.pk).update(first_seen_at=now - first_seen)
    assert said in page_of(sign_in, found)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_languages_say_the_same(
    sign_in: SignIn, event: Event, duties: None, start: datetime, settings: Any, language: str
) -> None:
    forecasts.forecasts_due(now=start + 6 * HOUR)
    settings.LANGUAGE_CODE = language
    page = page_of(sign_in, event)
    words = {
        "zh-hans": ("走势", "溯源", "建议承办单位", "更早不能排除"),
        "en": ("Trend", "Earlier is not excluded"),
    }
    assert [word for word in words[language] if word not in page] == []


def test_not_sure_is_said_before_any_unit(
    sign_in: SignIn, duties: None, body: Unit, people: People, now: datetime
) -> None:
    found = event_create(title="某某", unit=body, actor=people["case_officer"], now=now)
    page = page_of(sign_in, found)
    assert page.index("Not sure") < page.index("云川县水务局")


def test_no_account_is_named_in_the_source_panel(sign_in: SignIn, event: Event) -> None:
    page = page_of(sign_in, event)
    panel = page[page.index('id="source-title"') : page.index("</section>", page.index('id="source-title"'))]
    assert "张" not in panel
    assert "云川论坛" in panel


def test_many_texts_are_traced_only_when_asked(
    sign_in: SignIn, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "AT_ONCE", 5)
    page = page_of(sign_in, event)
    assert 'href="?source=1#source"' in page
    assert "Earliest known appearance" not in page
    assert "Earliest known appearance" in page_of(sign_in, event, address="?source=1")
    assert "Earliest known appearance" in page_of(sign_in, event)


def test_a_group_has_trend_and_source_but_no_forecast(
    sign_in: SignIn, make_document: Make, body: Unit, now: datetime
) -> None:
    documents = [make_document(text=STORY, published_at=now - n * HOUR) for n in range(1, 5)]
    group = group_of(body, documents)
    page = html(sign_in("monitor").get(f"/groups/{group.pk}/"))
    assert 'id="trend-title"' in page
    assert "Earlier is not excluded." in page
    assert f"/documents/?group={group.pk}&amp;hour=" in page
    assert 'id="forecast"' not in page
    assert sign_in("outsider").get(f"/groups/{group.pk}/").status_code == 404


def test_a_chart_is_as_high_as_its_fullest_hour() -> None:
    panel = trend_panel(Trend((), Direction.UNKNOWN, 1, 0, 0), str)
    assert (panel.points, panel.line, panel.highest) == ((), "", 0)
    assert "too few to say" in rule_words(Trend((), Direction.UNKNOWN, 1, 0, 0))
    assert "1 of 10" in rule_words(Trend((), Direction.RISING, 3, 2, 20))


def test_titles_of_strangers_stay_text(
    sign_in: SignIn, make_document: Make, body: Unit, people: People, now: datetime
) -> None:
    documents = [make_document(title=HOSTILE, text=f"{HOSTILE}{STORY}", origin=HOSTILE) for _ in range(4)]
    found = event_create(title=HOSTILE, unit=body, actor=people["case_officer"], now=now, documents=documents)
    unit_change(unit=body, actor=people["administrator"], now=now, duties=HOSTILE)
    assert_dead(page_of(sign_in, found))
    assert_dead(html(sign_in("administrator").get("/people/")))


@pytest.mark.parametrize(
    ("who", "status"),
    [("administrator", 302), ("case_officer", 403), ("school_officer", 404), ("outsider", 404)],
)
def test_duties_are_written_by_administrators_alone(
    sign_in: SignIn, water: Unit, who: str, status: int
) -> None:
    response = sign_in(who).post(f"/people/units/{water.pk}/duties/", {"unit-duties": " 停水\r\n水压 "})
    water.refresh_from_db()
    changed = status == 302
    assert response.status_code == (status if who != "outsider" else response.status_code)
    assert response.status_code in {302, 403, 404}
    assert water.duties == ("停水\n水压" if changed else "")
    assert AuditEntry.objects.filter(action="unit.changed").exists() == changed


def test_too_long_a_duty_list_is_refused_with_what_was_typed(sign_in: SignIn, water: Unit) -> None:
    response = sign_in("administrator").post(
        f"/people/units/{water.pk}/duties/", {"unit-duties": "停水 " * 2000}
    )
    assert response.status_code == 400
    assert "停水 停水" in html(response)
    water.refresh_from_db()
    assert water.duties == ""


@pytest.fixture
def theme(body: Unit, now: datetime) -> Theme:
    Unit.objects.filter(pk=body.pk).update(created_at=now - 100 * DAY)
    return Theme.objects.create(
        unit=body, name="供水", expression="停水", created_at=now - 90 * DAY, changed_at=now
    )


def hits(theme: Theme, make: Make, at: datetime, count: int, **fields: object) -> None:
    for number in range(count):
        document = make(published_at=at + number * MINUTE)
        ThemeHit.objects.create(theme=theme, document=document, clause="停水", **fields)


def test_a_theme_shows_its_last_days_and_opens_what_a_day_counts(
    sign_in: SignIn, theme: Theme, make_document: Make, now: datetime
) -> None:
    for back in range(1, 40):
        hits(theme, make_document, now - back * DAY, 20 if back == 3 else 2)
    hits(theme, make_document, now - 3 * DAY, 1, false_hit=True)
    client = sign_in("monitor")
    page = html(client.get(f"/themes/{theme.pk}/"))
    assert 'id="bursts-title"' in page
    assert page.count("bar-of burst") == 1
    assert "standard deviations above" in page
    assert "half-life 28 days" in page
    day = local_date(now - 3 * DAY)
    rows = client.get(f"/themes/{theme.pk}/hits/?day={day}").context["rows"]
    assert len(rows) == 20


@pytest.mark.parametrize("day", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31", "\x00"])
def test_a_day_that_is_none_narrows_nothing(
    sign_in: SignIn, theme: Theme, make_document: Make, now: datetime, day: str
) -> None:
    hits(theme, make_document, now - DAY, 2)
    found = sign_in("monitor").get(f"/themes/{theme.pk}/hits/", {"day": day})
    assert len(found.context["rows"]) == 2


def test_a_new_theme_has_no_bursts_and_a_young_one_says_why(
    sign_in: SignIn, body: Unit, now: datetime
) -> None:
    assert 'id="bursts-title"' not in html(sign_in("reviewer").get("/themes/new/"))
    theme = Theme.objects.create(unit=body, name="新", expression="停水", created_at=now, changed_at=now)
    page = html(sign_in("reviewer").get(f"/themes/{theme.pk}/"))
    assert "Counted for less than two days" in page
    assert "not counted" in page
