"""Settings: the grading table of the body, and how good its machine is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.test import Client

from guanlan.analysis.grade import preset
from guanlan.analysis.tone import Adapted, Correction, ToneModel
from guanlan.desk.events.models import Event
from guanlan.desk.events.presets import grading_choose
from guanlan.desk.events.services import event_change, event_create
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline.own_tone import files_of, keep

SignIn = Callable[[str], Client]
People = dict[str, User]


@pytest.fixture(autouse=True)
def _data(settings: LazySettings, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture
def event(school: Unit, people: People, now: datetime) -> Event:
    return event_create(title="食堂腹泻", unit=school, actor=people["reviewer"], now=now)


def test_an_administrator_chooses_the_table_and_everybody_may_look(sign_in: SignIn, body: Unit) -> None:
    page = sign_in("administrator").get("/settings/").content.decode()
    assert "Grade by this one" in page
    answer = sign_in("administrator").post("/settings/grading/", {"preset": "school-three"}, follow=True)
    assert "The body now grades by “School, three levels”." in answer.content.decode()
    body.refresh_from_db()
    assert body.grading == "school-three"
    looked = sign_in("school_monitor").get("/settings/").content.decode()
    assert "School, three levels" in looked
    assert "Grade by this one" not in looked


@pytest.mark.parametrize(
    ("name", "sees", "changes"),
    [
        ("administrator", 200, 302),
        ("monitor", 200, 403),
        ("approver", 200, 403),
        ("school_officer", 200, 403),
        ("outsider", 403, 403),
    ],
)
def test_who_sees_and_who_changes(sign_in: SignIn, body: Unit, name: str, sees: int, changes: int) -> None:
    client = sign_in(name)
    assert client.get("/settings/").status_code == sees
    assert client.get("/settings/quality/").status_code == sees
    assert client.post("/settings/grading/", {"preset": "four-levels"}).status_code == changes
    body.refresh_from_db()
    assert body.grading == ("four-levels" if changes == 302 else "")


def test_a_table_that_does_not_exist_is_not_found(sign_in: SignIn) -> None:
    assert sign_in("administrator").post("/settings/grading/", {"preset": "../etc"}).status_code == 404


def test_the_event_asks_for_what_the_chosen_table_needs(
    sign_in: SignIn, body: Unit, people: People, event: Event, now: datetime
) -> None:
    table = preset("sensitivity-background-influence")
    code = next(band.code for band in table.indicators[0].bands if band.level == "major")
    grading_choose(root=body, code=table.preset, actor=people["administrator"], now=now)
    client = sign_in("case_officer")
    page = client.get(f"/events/{event.pk}/").content.decode()
    for rule in table.indicators:
        assert f'name="given_{rule.fact}"' in page
    assert 'name="floors"' not in page
    assert 'name="nature"' not in page
    fields = {"title": event.title, "given_sensitivity": code, "given_background": ""}
    client.post(f"/events/{event.pk}/change/", fields)
    event.refresh_from_db()
    assert event.given == {"sensitivity": code}
    page = client.get(f"/events/{event.pk}/").content.decode()
    major = next(level for level in table.levels if level.code == "major")
    assert f"{table.words.en}: {major.words.en}" in page
    assert "Before this can be confirmed, the table asks for" in page
    refused = client.post(f"/events/{event.pk}/grade/", {"level": "II", "reason": "x"})
    assert refused.status_code == 400
    assert "Fill in under “Facts” first" in refused.content.decode()
    event.refresh_from_db()
    assert event.level == ""


def test_taking_an_answer_back_leaves_it_unknown_and_keeps_those_of_other_tables(
    sign_in: SignIn, body: Unit, people: People, event: Event, now: datetime
) -> None:
    grading_choose(root=body, code="education-three-numbers", actor=people["administrator"], now=now)
    event_change(event=event, actor=people["case_officer"], now=now, given={"hot_list": "top50"})
    Event.objects.filter(pk=event.pk).update(given={"hot_list": "top50", "spread": "wide"}, floors=["death"])
    fields = {"title": event.title, "given_hot_list": ""}
    sign_in("case_officer").post(f"/events/{event.pk}/change/", fields)
    event.refresh_from_db()
    assert (event.given, event.floors) == ({"spread": "wide"}, ["death"])


def test_a_score_is_a_number_within_its_bounds(
    sign_in: SignIn, body: Unit, people: People, event: Event, now: datetime
) -> None:
    grading_choose(root=body, code="risk-bands", actor=people["administrator"], now=now)
    client = sign_in("case_officer")
    url = f"/events/{event.pk}/change/"
    assert client.post(url, {"title": event.title, "given_risk_score": "101"}).status_code == 400
    client.post(url, {"title": event.title, "given_risk_score": "85"})
    event.refresh_from_db()
    assert (event.given, event.proposed_level) == ({"risk_score": 85.0}, "I")
    assert "Executives" in client.get(f"/events/{event.pk}/").content.decode().title()


def test_the_page_of_quality_says_which_model_is_in_use(sign_in: SignIn, _data: Path, now: datetime) -> None:
    client = sign_in("administrator")
    page = client.get("/settings/quality/").content.decode()
    assert "The shipped model</b>" in page
    assert "guanlan train tone-body --back" in page
    model = ToneModel.load()
    weights = np.zeros((len(model.table.names), 3), np.float32)
    correction = Correction(model.digest, weights, np.zeros(3, np.float32), 64)
    own = model.corrected(correction)
    keep(Adapted(own, "accepted", 64, 0.6, 0.75, 0.8, 0.8), {"negative": 40, "positive": 24}, _data, now=now)
    page = client.get("/settings/quality/").content.decode()
    assert own.version in page
    assert "shipped 60 %, with the correction 75 %" in page
    card = files_of(_data)[1]
    card.write_text(card.read_text().replace(model.digest, "00000000"))
    assert "so it is not used" in client.get("/settings/quality/").content.decode()
