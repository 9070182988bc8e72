"""Which unit may answer: duty lists alone first, closed events then, and doubt said as doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.events import routing, services
from guanlan.desk.events.models import Event
from guanlan.desk.events.routing import Suggestion, suggest_units
from guanlan.desk.events.selectors import events_visible
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.services import unit_change
from tests.desk.events.conftest import MakeEvent

People = dict[str, User]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    routing.forget()
    yield
    routing.forget()


@pytest.fixture
def duties(school: Unit, water: Unit, people: People, now: datetime) -> None:
    lines = {school: "食堂 学生餐\n晚自习 宿舍", water: "自来水 停水 水压\n水质 爆管"}
    for unit, text in lines.items():
        unit_change(unit=unit, actor=people["administrator"], now=now, duties=text)


def asked(event: Event) -> Suggestion:
    found = suggest_units(event, seen=Event.objects.all())
    assert found is not None
    return found


def test_duty_lists_alone_suggest_a_unit_with_its_reasons(
    duties: None, body: Unit, water: Unit, make_event: MakeEvent
) -> None:
    found = asked(make_event(unit=body, title="自来水停水三天，水质发黄"))
    assert found.candidates[0].unit == water
    assert "停水" in found.candidates[0].duties
    assert not found.unsure
    assert (found.files, found.listed) == (0, 2)
    assert found.candidates[0].probability > found.candidates[1].probability


def test_nothing_known_is_said_as_not_sure(duties: None, body: Unit, make_event: MakeEvent) -> None:
    assert asked(make_event(unit=body, title="某某")).unsure


def test_the_texts_of_an_event_are_read_beside_its_title(
    duties: None, body: Unit, water: Unit, make_event: MakeEvent, make_document: Callable[..., Document]
) -> None:
    event = make_event(unit=body, title="居民反映", documents=[make_document(title="停水", text="水压太低")])
    assert asked(event).candidates[0].unit == water
    assert "水压太低" in routing.text_of(event)


def test_closed_events_teach_and_similar_ones_are_named_to_those_who_see_them(
    body: Unit, school: Unit, water: Unit, people: People, make_event: MakeEvent
) -> None:
    titles = ["校门口接送学生堵车", "放学接送通道堵车严重", "校门口接送混乱"]
    taught = [make_event("closed", unit=school, title=title) for title in titles]
    make_event("closed", unit=water, title="河道采砂船夜间作业")
    event = make_event(unit=body, title="放学时校门口接送堵车")
    found = asked(event)
    assert found.files == 4
    assert found.candidates[0].unit == school
    assert found.candidates[0].words
    assert set(found.similar) & set(taught)
    hidden = suggest_units(event, seen=events_visible(people["water_officer"]))
    assert hidden is not None
    assert not set(hidden.similar) & set(taught)


def test_the_model_is_fitted_again_only_when_what_it_rests_on_changed(
    duties: None, body: Unit, water: Unit, people: People, make_event: MakeEvent, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fits = []
    fit = routing._fit
    monkeypatch.setattr(routing, "_fit", lambda *args: fits.append(1) or fit(*args))
    event = make_event(unit=body, title="夜里施工")
    for _ in range(3):
        asked(event)
    assert len(fits) == 1
    unit_change(unit=water, actor=people["administrator"], now=now, duties="夜里施工")
    assert asked(event).candidates[0].unit == water
    assert len(fits) == 2
    closed = make_event("closed", unit=water, title="施工噪音")
    asked(event)
    assert len(fits) == 3
    services.event_reopen(event=closed, reason="again", actor=people["approver"], now=now)
    asked(event)
    assert len(fits) == 4


def test_a_unit_out_of_use_is_not_suggested(
    duties: None, body: Unit, school: Unit, water: Unit, people: People, make_event: MakeEvent, now: datetime
) -> None:
    extra = Unit.objects.create(
        code="extra", name="应急局", parent=body, path=f"{body.path}9/", created_at=now
    )
    unit_change(unit=water, actor=people["administrator"], now=now, active=False)
    found = asked(make_event(unit=body, title="自来水停水"))
    assert {one.unit for one in found.candidates} == {school, extra}


def test_one_unit_alone_is_no_choice(body: Unit, now: datetime) -> None:
    event = Event(unit=body, title="停水", pk=1)
    assert suggest_units(event, seen=Event.objects.all()) is None


def test_asking_assigns_nothing(duties: None, body: Unit, make_event: MakeEvent) -> None:
    event = make_event(unit=body, title="自来水停水")
    before = Event.objects.values().get(pk=event.pk)
    asked(event)
    assert Event.objects.values().get(pk=event.pk) == before
