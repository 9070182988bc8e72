"""Pages of counts: the grid, one figure, tables, the export, and who sees which of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guanlan.desk.alerts.models import Alert
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.common.clock import local_date, utc_now
from guanlan.desk.counts.entering import entries_save
from guanlan.desk.counts.models import CountEntry, CountPlace, CountSeries
from guanlan.desk.counts.planning import Given
from guanlan.desk.counts.services import SeriesFacts, series_create
from guanlan.desk.organisation.models import Unit, User

SignIn = Callable[[str], Client]
FORM = {
    "name": "畜禽异常死亡", "measure": "头", "definition": "不明原因死亡", "purpose": "动物防疫法", "rhythm": "daily",
    "due_time": "17:00", "places": "青石镇\n柳河镇\n县一中", "weekday": "4",
}  # fmt: skip


@pytest.fixture
def today() -> date:
    return local_date(utc_now())


@pytest.fixture
def make(body: Unit, people: dict[str, User]) -> Callable[..., CountSeries]:
    """A series that is due at the last minute of the day, begun ten days ago."""

    def create(**fields: Any) -> CountSeries:
        values = {
            "name": "晨检缺课", "measure": "人", "definition": "因病缺课", "purpose": "条例", "due_time": time(23, 59)
        }  # fmt: skip
        facts = SeriesFacts(**{**values, **fields})
        begun: datetime = utc_now() - timedelta(days=10)
        return series_create(
            unit=body, facts=facts, places=["县一中", "县二小"], actor=people["reviewer"], now=begun
        )

    return create


@pytest.fixture
def series(make: Callable[..., CountSeries], school: Unit) -> CountSeries:
    return make(about_people=True)


def key(series: CountSeries, place: str, day: date) -> str:
    return f"{series.places.get(name=place).pk}-{day:%Y%m%d}"


def put(series: CountSeries, place: str, value: int, actor: User, day: date) -> CountEntry:
    row = CountPlace.objects.get(series=series, name=place)
    entries_save(series=series, given=[Given(row, day, value)], actor=actor, now=utc_now(), confirmed=True)
    return CountEntry.objects.get(place=row, day=day)


def post(client: Client, series: CountSeries, **fields: Any) -> Any:
    """The grid as a person sends it: what its page said was seen, and what was typed."""
    address = f"/counts/{series.pk}/enter/"
    page = client.get(address)
    typed = {
        f"v-{cell.key}": cell.value for _place, cells in page.context["grid"].rows for cell in cells if cell.expected
    }  # fmt: skip
    return client.post(address, {"seen": page.context["seen"], **typed, **fields})


def test_a_series_is_set_up_on_one_page(sign_in: SignIn, school: Unit) -> None:
    client = sign_in("reviewer")
    assert "No series yet" in client.get("/counts/").content.decode()
    unit = Unit.objects.get(parent=None)
    answer = client.post("/counts/new/", {**FORM, "unit": unit.pk, "place_limit": "10"}, follow=True)
    assert "The series is there" in answer.content.decode()
    made = CountSeries.objects.get()
    assert (made.place_limit, made.places.count(), made.places.get(name="县一中").unit) == (10, 3, school)
    assert "畜禽异常死亡" in client.get("/counts/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("places", "张伟\n李秀英", "could be names of persons: 张伟、李秀英"),
        ("places", "甲村\n甲村", "stands there twice"),
        ("share_limit", "5", "needs to know how many were checked"),
        ("name", "  ", "This field is required"),
    ],
)
def test_what_cannot_be_set_up_is_said_at_its_field(
    sign_in: SignIn, body: Unit, field: str, value: str, sentence: str
) -> None:
    answer = sign_in("reviewer").post("/counts/new/", {**FORM, "unit": body.pk, field: value})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not CountSeries.objects.exists()


def test_the_grid_keeps_figures_zero_and_emptiness_apart(
    sign_in: SignIn, series: CountSeries, today: date
) -> None:
    fields = {f"v-{key(series, '县一中', today)}": "12", f"v-{key(series, '县二小', today)}": "0"}
    answer = post(sign_in("monitor"), series, **fields)
    assert answer.status_code == 302
    found = {(row.place.name, row.day, row.value) for row in series.entries.all()}
    assert found == {("县一中", today, 12), ("县二小", today, 0)}


def test_a_correction_asks_why_and_loses_nothing_that_was_typed(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    put(series, "县一中", 12, people["monitor"], today)
    client = sign_in("monitor")
    fields = {f"v-{key(series, '县一中', today)}": "15", f"v-{key(series, '县二小', today)}": "3"}
    answer = post(client, series, **fields)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing was saved yet" in text
    assert 'value="15"' in text
    assert 'name="reason"' in text
    assert series.entries.count() == 1
    assert post(client, series, **fields, reason="补报").status_code == 302
    assert sorted(series.entries.values_list("value", flat=True)) == [3, 15]


def test_what_somebody_else_entered_meanwhile_is_shown_and_not_written_over(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    client, address = sign_in("monitor"), f"/counts/{series.pk}/enter/"
    seen = client.get(address).context["seen"]
    put(series, "县一中", 12, people["case_officer"], today)
    fields = {f"v-{key(series, '县一中', today)}": "15", "seen": seen}
    answer = client.post(address, fields)
    assert "Case_Officer wrote 12 meanwhile" in answer.content.decode()
    assert series.entries.get().value == 12
    again = client.post(address, {**fields, "seen": answer.context["seen"], "reason": "核对过"})
    assert again.status_code == 302
    assert series.entries.get().value == 15


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("-1", "never below zero"), ("36.8", "measured value"), ("约20", "no count"), ("99999999", "9,999,999")],
)
def test_what_is_no_count_is_said_at_its_cell(
    sign_in: SignIn, series: CountSeries, today: date, typed: str, sentence: str
) -> None:
    answer = post(sign_in("monitor"), series, **{f"v-{key(series, '县一中', today)}": typed})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not series.entries.exists()


def test_a_jump_is_asked_about_and_then_confirmed(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    for back in range(1, 5):
        put(series, "县一中", 3, people["monitor"], today - timedelta(days=back))
    client, fields = sign_in("monitor"), {f"v-{key(series, '县一中', today)}": "300"}
    answer = post(client, series, **fields)
    assert "far more than usual here" in answer.content.decode()
    assert not series.entries.filter(day=today).exists()
    post(client, series, **fields, confirm="1")
    assert series.entries.get(day=today).value == 300


def test_checked_and_found_are_two_fields_of_one_cell(
    sign_in: SignIn, make: Callable[..., CountSeries], today: date
) -> None:
    series = make(checked_measure="测温人数")
    name = key(series, "县二小", today)
    answer = post(sign_in("monitor"), series, **{f"v-{name}": "3"})
    assert "How many were checked is missing" in answer.content.decode()
    post(sign_in("monitor"), series, **{f"v-{name}": "3", f"c-{name}": "412"})
    assert (series.entries.get().value, series.entries.get().checked) == (3, 412)


def test_a_school_enters_its_own_place_and_sees_no_other(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    put(series, "县二小", 37, people["monitor"], today)
    client = sign_in("school_monitor")
    pages = [
        f"/counts/{series.pk}/",
        f"/counts/{series.pk}/enter/",
        f"/counts/{series.pk}/entries/?day={today}",
        "/counts/",
    ]
    for address in pages:
        text = client.get(address).content.decode()
        assert "县二小" not in text, address
        assert "37" not in re.sub(r"<[^>]*>", " ", text), address  # tags hold tokens, which hold any figure
    post(
        client, series, **{f"v-{key(series, '县一中', today)}": "4", f"v-{key(series, '县二小', today)}": "9"}
    )
    assert {(row.place.name, row.value) for row in series.entries.all()} == {("县一中", 4), ("县二小", 37)}
    other = series.places.get(name="县二小")
    assert client.get(f"/counts/{series.pk}/places/{other.pk}/{today}/").status_code == 404
    assert client.get(f"/counts/{series.pk}/counts.csv").status_code == 403


@pytest.mark.parametrize("name", ["outsider", "water_officer"])
def test_others_find_nothing(sign_in: SignIn, series: CountSeries, name: str, today: date) -> None:
    client = sign_in(name)
    assert series.name not in client.get("/counts/").content.decode()
    for address in ("", "enter/", "entries/", "table/", "edit/", "counts.csv"):
        assert client.get(f"/counts/{series.pk}/{address}").status_code == 404, address
    assert client.post(f"/counts/{series.pk}/switch/", {"reason": "x"}).status_code == 404


def test_monitors_enter_and_do_not_keep_the_series(sign_in: SignIn, series: CountSeries) -> None:
    client = sign_in("monitor")
    assert client.get(f"/counts/{series.pk}/edit/").status_code == 403
    assert client.get("/counts/new/").status_code == 403
    for act in ("switch/", "days/"):
        data = {"reason": "x", "starts_on": "2026-11-23", "ends_on": "2026-11-23", "expected": "no"}
        assert client.post(f"/counts/{series.pk}/{act}", data).status_code == 403, act


def test_one_figure_shows_every_state_it_was_in(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    entry = put(series, "县一中", 12, people["monitor"], today)
    client, address = sign_in("monitor"), f"/counts/{series.pk}/places/{entry.place_id}/{today}/"
    seen = client.get(address).context["version"]
    refused = client.post(address, {"value": "14", "note": "已送检", "seen": seen})
    assert "the older figure is kept" in refused.content.decode()
    note = client.post(address, {"value": "14", "note": "电话 13800138000", "reason": "补报", "seen": seen})
    assert "speaks of a person" in note.content.decode()
    kept = client.post(
        address, {"value": "14", "note": "已送检", "reason": "补报", "seen": seen}, follow=True
    )
    text = kept.content.decode()
    assert "补报" in text
    assert [row.value for row in kept.context["revisions"]] == [14, 12]


def test_an_empty_figure_says_that_it_is_not_zero(sign_in: SignIn, series: CountSeries, today: date) -> None:
    place = series.places.get(name="县一中")
    client = sign_in("monitor")
    assert (
        "This is not zero" in client.get(f"/counts/{series.pk}/places/{place.pk}/{today}/").content.decode()
    )
    for wrong in ("2999-01-01", "1999-12-31", "x"):
        assert client.get(f"/counts/{series.pk}/places/{place.pk}/{wrong}/").status_code == 404


def test_totals_open_their_figures_and_say_their_coverage(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    put(series, "县一中", 12, people["monitor"], today)
    client = sign_in("monitor")
    page = client.get(f"/counts/{series.pk}/")
    assert f"/counts/{series.pk}/entries/?day={today}" in page.content.decode()
    assert page.context["chart"]["covered"][-1] == "1/2"
    behind = client.get(f"/counts/{series.pk}/entries/?day={today}").content.decode()
    assert "reported by 1 of 2 places" in behind
    assert "not reported" in behind
    of_place = client.get(f"/counts/{series.pk}/entries/?place={series.places.get(name='县一中').pk}")
    assert [row.value for row in of_place.context["rows"]] == [12]


@pytest.mark.parametrize(
    "query", ["?day=x", "?from=9999-12-31&to=0001-01-01", "?place=99999999999999999999", "?from=0001-01-01"]
)
def test_an_address_typed_by_hand_breaks_nothing(sign_in: SignIn, series: CountSeries, query: str) -> None:
    client = sign_in("monitor")
    assert client.get(f"/counts/{series.pk}/entries/{query}").status_code == 200
    assert client.get(f"/counts/{series.pk}/counts.csv{query}").status_code == 200
    assert client.get(f"/counts/{series.pk}/enter/?upto=0001-01-01&after=999999").status_code in (200, 404)
    for seen in ("", "[]", "{", json.dumps({"1-20261123": "x"}), "[" * 1000):
        assert client.post(f"/counts/{series.pk}/enter/", {"seen": seen}).status_code == 302


def test_the_export_hides_small_counts_of_people_and_is_audited(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    put(series, "县一中", 3, people["monitor"], today)
    put(series, "县二小", 37, people["monitor"], today)
    answer = sign_in("monitor").get(f"/counts/{series.pk}/counts.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == ["place,day,count,note", f"县一中,{today},<10,", f"县二小,{today},37,"]
    assert AuditEntry.objects.get(action="counts.exported").data == {"rows": 2, "hidden": 1}


def upload(client: Client, series: CountSeries, text: str, name: str = "counts.csv") -> Any:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(f"/counts/{series.pk}/table/", {"file": file}, follow=True)


def test_a_table_is_looked_at_before_anything_is_stored(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    put(series, "县一中", 12, people["monitor"], today)
    client = sign_in("monitor")
    text = f"学校,日期,缺课人数\n县一中,{today},14\n县二小,{today},3\n县三小,{today},5\n县二小,{today - timedelta(days=1)},约4\n"
    page = upload(client, series, text)
    context = page.context
    assert (context["new"], context["change_count"], context["fault_count"]) == (1, 1, 2)
    assert "does not report in this series" in page.content.decode()
    assert series.entries.count() == 1
    address = page.request["PATH_INFO"]
    lacking = client.post(address, {"digest": context["digest"]})
    assert lacking.status_code == 400
    assert series.entries.get().value == 12
    done = client.post(address, {"digest": context["digest"], "reason": "表上更正"}, follow=True)
    assert "1 new, 1 corrected" in done.content.decode()
    assert sorted(series.entries.values_list("value", flat=True)) == [3, 14]
    assert set(CountEntry.objects.get(value=14).revisions.values_list("way", flat=True)) == {"page", "table"}


def test_a_table_that_would_do_something_else_by_now_is_shown_again(
    sign_in: SignIn, series: CountSeries, people: dict[str, User], today: date
) -> None:
    client = sign_in("monitor")
    page = upload(client, series, f"学校,日期,人数\n县一中,{today},14\n")
    put(series, "县一中", 12, people["case_officer"], today)
    answer = client.post(page.request["PATH_INFO"], {"digest": page.context["digest"], "reason": "x"})
    assert "Look again" in answer.content.decode()
    assert series.entries.get().value == 12


def test_a_table_about_persons_is_refused_and_not_kept(
    sign_in: SignIn, series: CountSeries, settings: Any, today: date
) -> None:
    answer = upload(sign_in("monitor"), series, f"学校,日期,人数,学生姓名\n县一中,{today},1,张某\n")
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "these columns name persons: 学生姓名" in text
    assert "张某" not in text
    assert not settings.UPLOAD_ROOT.exists() or not list(settings.UPLOAD_ROOT.iterdir())


def test_of_a_table_a_school_stores_only_its_own_places(
    sign_in: SignIn, series: CountSeries, today: date
) -> None:
    client = sign_in("school_monitor")
    page = upload(client, series, f"学校,日期,人数\n县一中,{today},4\n县二小,{today},5\n")
    assert (page.context["new"], page.context["fault_count"]) == (1, 1)
    client.post(page.request["PATH_INFO"], {"digest": page.context["digest"]})
    assert {(row.place.name, row.value) for row in series.entries.all()} == {("县一中", 4)}


def test_somebody_elses_upload_cannot_be_confirmed(sign_in: SignIn, series: CountSeries, today: date) -> None:
    page = upload(sign_in("monitor"), series, f"学校,日期,人数\n县一中,{today},4\n")
    answer = sign_in("case_officer").post(
        page.request["PATH_INFO"], {"digest": page.context["digest"]}, follow=True
    )
    assert "no longer here" in answer.content.decode()
    assert not series.entries.exists()


def test_holidays_are_set_on_the_page_and_taken_back(
    sign_in: SignIn, series: CountSeries, today: date
) -> None:
    client = sign_in("reviewer")
    data = {"starts_on": today, "ends_on": today, "expected": "no", "reason": "放假"}
    assert "放假" in client.post(f"/counts/{series.pk}/days/", data, follow=True).content.decode()
    row = series.special_days.get()
    assert not row.expected
    client.post(f"/counts/{series.pk}/days/{row.pk}/drop/")
    assert not series.special_days.exists()


def test_a_series_is_changed_and_closed_with_a_reason(sign_in: SignIn, series: CountSeries) -> None:
    client = sign_in("reviewer")
    page = client.get(f"/counts/{series.pk}/edit/")
    data = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
    data |= {"due_time": "09:30", "version": series.version, "places": "县一中\n县二小\n县三小"}
    assert client.post(f"/counts/{series.pk}/edit/", data).status_code == 302
    series.refresh_from_db()
    assert (series.due_time, series.places.count()) == (time(9, 30), 3)
    client.post(f"/counts/{series.pk}/switch/", {"active": "0", "reason": "学期结束"})
    series.refresh_from_db()
    assert not series.active
    assert "Closed series" in client.get("/counts/").content.decode()
    assert client.get(f"/counts/{series.pk}/enter/").status_code == 302


def test_the_desk_says_who_is_late_and_links_to_the_grid(
    sign_in: SignIn, make: Callable[..., CountSeries], make_document: Callable[..., Any], people: dict[str, User], today: date
) -> None:  # fmt: skip
    make_document()
    series = make(due_time=time(0, 0))
    text = sign_in("monitor").get("/").content.decode()
    assert f'href="/counts/{series.pk}/enter/"' in text
    assert "2 places have not reported" in text
    for place in ("县一中", "县二小"):
        put(series, place, 0, people["monitor"], today)
    assert f'href="/counts/{series.pk}/enter/"' not in sign_in("monitor").get("/").content.decode()


def test_an_alert_of_a_series_gives_its_reasons_and_its_figures(
    sign_in: SignIn, make: Callable[..., CountSeries], people: dict[str, User], today: date
) -> None:
    series = make(place_limit=5)
    put(series, "县一中", 12, people["monitor"], today)
    text = sign_in("case_officer").get(f"/alerts/{Alert.objects.get().pk}/").content.decode()
    assert "12 reported, called from 5 on" in text
    assert "reported by 1 of 2 places" in text
    assert f"/counts/{series.pk}/entries/?day={today}" in text


def test_there_is_no_field_for_a_person() -> None:
    """X11: the figures, their history and what is typed hold nothing but numbers, a place and a note."""
    from guanlan.desk.counts import models

    fields = {
        field.name
        for model in (models.CountEntry, models.CountRevision, models.CountPlace)
        for field in model._meta.get_fields()
    }
    assert fields == {
        "id", "series", "place", "day", "value", "checked", "note", "version", "first_at", "entered_at",
        "entered_by", "revisions", "entry", "number", "reason", "way", "at", "by", "name", "unit", "position",
        "since", "until", "silent_since", "entries",
    }  # fmt: skip
