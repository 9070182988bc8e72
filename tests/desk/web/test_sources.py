"""信源 and runs: health in words, figures that add up, and rows that went wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.health import Health, health
from guanlan.desk.sources.models import FetchRun, RunState, Source
from guanlan.desk.sources.services import free_code, source_change, source_create, source_pause
from guanlan.desk.web.source_words import FETCH
from guanlan.desk.web.views.runs import PAGE
from guanlan.desk.web.words import why_not_stored
from tests.desk.web.conftest import FRAME_QUERIES

SignIn = Callable[[str], Client]
FIELDS = {
    "name": "云川吧",
    "kind": "forum",
    "url": "https://bar.example/",
    "interval_minutes": "60",
    "credibility": "2",
}


@pytest.mark.parametrize(
    ("active", "interval", "ago", "word"),
    [
        (False, 60, 5, Health.PAUSED),
        (True, None, None, Health.NO_RHYTHM),
        (True, 60, None, Health.NEVER),
        (True, 60, 120, Health.ON_TIME),
        (True, 60, 121, Health.LATE),
    ],
)
def test_a_source_is_late_after_two_silent_intervals(
    now: datetime, active: bool, interval: int | None, ago: int | None, word: Health
) -> None:
    last = now - timedelta(minutes=ago) if ago is not None else None
    assert health(active=active, interval_minutes=interval, last_success_at=last, now=now) is word


def test_a_source_is_added_changed_paused_and_resumed(sign_in: SignIn, body: Unit) -> None:
    client = sign_in("reviewer")
    made = client.post("/sources/new/", {**FIELDS, "unit": body.pk})
    source = Source.objects.get()
    assert made["Location"] == f"/sources/{source.pk}/"
    assert (source.name, source.code, source.interval_minutes) == ("云川吧", "云川吧", 60)
    client.post(f"/sources/{source.pk}/edit/", {**FIELDS, "name": "云川贴吧", "interval_minutes": ""})
    client.post(f"/sources/{source.pk}/pause/", {"reason": "改版"})
    page = client.get(f"/sources/{source.pk}/").content.decode()
    assert "Paused" in page
    assert "改版" in page
    client.post(f"/sources/{source.pk}/resume/")
    source.refresh_from_db()
    assert (source.name, source.interval_minutes, source.active, source.paused_reason) == (
        "云川贴吧",
        None,
        True,
        "",
    )
    said = (
        AuditEntry.objects.filter(action__startswith="source.")
        .order_by("id")
        .values_list("action", flat=True)
    )
    assert list(said) == ["source.created", "source.changed", "source.paused", "source.resumed"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"interval_minutes": "1"}, "greater than or equal to 5"),
        ({"kind": "x"}, "Select a valid choice"),
        ({"unit": "999"}, "Select a valid choice"),
        ({"credibility": "9"}, "Select a valid choice"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(
    sign_in: SignIn, body: Unit, fields: dict[str, str], said: str
) -> None:
    page = sign_in("reviewer").post("/sources/new/", {**FIELDS, "unit": body.pk, **fields})
    assert page.status_code == 400
    assert said in page.content.decode()
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("name", "read", "change"),
    [
        ("reviewer", 200, 200),
        ("case_officer", 200, 200),
        ("monitor", 200, 403),
        ("auditor", 200, 403),
        ("school_officer", 404, 404),
        ("outsider", 404, 404),
    ],
)
def test_who_reads_and_who_keeps_a_source_of_the_body(
    sign_in: SignIn, source: Source, name: str, read: int, change: int
) -> None:
    client = sign_in(name)
    assert client.get(f"/sources/{source.pk}/").status_code == read
    assert client.get(f"/sources/{source.pk}/edit/").status_code == change
    paused = client.post(f"/sources/{source.pk}/pause/", {"reason": "x"}).status_code
    assert paused == (302 if change == 200 else change)
    source.refresh_from_db()
    assert source.active is (change != 200)


def test_an_officer_below_adds_sources_for_the_own_unit_only(
    sign_in: SignIn, body: Unit, school: Unit, people: dict[str, object], now: datetime
) -> None:
    client = sign_in("school_officer")
    assert client.post("/sources/new/", {**FIELDS, "unit": body.pk}).status_code == 400
    assert client.post("/sources/new/", {**FIELDS, "unit": school.pk}).status_code == 302
    with pytest.raises(NotAllowed):
        source_create(name="x", kind="news", unit=body, actor=people["school_officer"], now=now)  # type: ignore[arg-type]


def test_codes_are_made_from_names_and_never_clash(source: Source) -> None:
    assert free_code("云川 论坛！") == "云川-论坛"
    assert free_code("！！") == "source"
    again = free_code("forum")
    assert again.startswith("forum-")
    assert again != "forum"


def test_nothing_is_written_when_nothing_differs(
    source: Source, people: dict[str, object], now: datetime
) -> None:
    actor = people["reviewer"]
    before = AuditEntry.objects.count()
    source_change(source=source, actor=actor, now=now, name=source.name, active=False)  # type: ignore[arg-type]
    source.refresh_from_db()
    assert source.active
    assert AuditEntry.objects.count() == before


def test_the_list_counts_health_and_narrows(
    sign_in: SignIn, source: Source, body: Unit, people: dict[str, object], now: datetime
) -> None:
    late = Source.objects.create(
        code="late",
        name="Late one",
        kind="news",
        unit=body,
        created_at=now,
        interval_minutes=5,
        last_success_at=now - timedelta(days=900),
        last_error="<b>gone</b>",
    )
    source_pause(source=source, reason="r", actor=people["reviewer"], now=now)  # type: ignore[arg-type]
    client = sign_in("monitor")
    page = client.get("/sources/")
    assert {code: count for code, _, count in page.context["totals"] if count} == {"late": 1, "paused": 1}
    assert "&lt;b&gt;gone" in page.content.decode()
    Source.objects.filter(pk=late.pk).update(last_error="timeout: 30 s")
    assert str(FETCH["timeout"]) in client.get("/sources/").content.decode()
    assert [row.pk for row, _ in client.get("/sources/?health=late").context["page"]] == [late.pk]
    assert [row.pk for row, _ in client.get("/sources/?q=论坛").context["page"]] == [source.pk]
    assert [row.pk for row, _ in client.get("/sources/?kind=news").context["page"]] == [late.pk]
    assert "No source fits" in client.get("/sources/?q=zzz").content.decode()


def test_a_hundred_sources_ask_no_more_than_one(
    sign_in: SignIn, body: Unit, now: datetime, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    Source.objects.bulk_create(
        Source(code=f"s{n}", name=f"S{n}", kind="news", unit=body, created_at=now) for n in range(100)
    )
    client = sign_in("monitor")
    with django_assert_max_num_queries(FRAME_QUERIES + 3):
        client.get("/sources/")


def test_without_a_source_the_page_says_what_to_do(sign_in: SignIn) -> None:
    assert 'href="/sources/new/"' in sign_in("reviewer").get("/sources/").content.decode()
    assert 'href="/sources/new/"' not in sign_in("monitor").get("/sources/").content.decode()


@pytest.fixture
def rows(run: FetchRun, now: datetime) -> list[Intake]:
    made = [
        ("stored", "", {}),
        ("stored", "", {}),
        ("duplicate", "same_text", {}),
        ("off_topic", "", {}),
        ("rejected", "empty_row", {"excerpt": "=cmd|' /C calc'!A0"}),
        ("quarantined", "failed", {"title": "@SUM(1)"}),
        ("", "", {}),
    ]
    return Intake.objects.bulk_create(
        Intake(
            run=run,
            source=run.source,
            position=f"a.csv row {n}",
            outcome=outcome,
            reason=reason,
            payload=payload,
            fetched_at=now,
            done_at=now if outcome else None,
            detail="-1 <b>",
        )
        for n, (outcome, reason, payload) in enumerate(made)
    )


def test_the_outcomes_of_a_run_add_up_at_every_moment(
    sign_in: SignIn, run: FetchRun, rows: list[Intake]
) -> None:
    context = sign_in("monitor").get(f"/runs/{run.pk}/").context
    tally = context["tally"]
    assert tally["fetched"] == len(rows)
    assert tally["fetched"] == sum(count for _, _, count in context["outcomes"]) + tally["pending"]
    assert context["share"] == 86


def test_each_item_that_was_not_stored_has_its_sentence(
    sign_in: SignIn, run: FetchRun, rows: list[Intake]
) -> None:
    client = sign_in("monitor")
    page = client.get(f"/runs/{run.pk}/").content.decode()
    assert "The row has no title, text or link." in page
    assert "-1 &lt;b&gt;" in page
    assert "-1 <b>" not in page
    only = client.get(f"/runs/{run.pk}/?outcome=duplicate").context["items"]
    assert [item.outcome for item, _, _ in only] == ["duplicate"]
    off = client.get(f"/runs/{run.pk}/?outcome=off_topic").context["items"]
    assert "kept and searchable" in off[0][1]


def test_a_run_of_many_bad_rows_is_paged(sign_in: SignIn, run: FetchRun, now: datetime) -> None:
    Intake.objects.bulk_create(
        Intake(
            run=run,
            source=run.source,
            position=str(n),
            outcome="rejected",
            reason="empty_row",
            fetched_at=now,
        )
        for n in range(PAGE + 5)
    )
    client = sign_in("monitor")
    first = client.get(f"/runs/{run.pk}/")
    assert len(first.context["items"]) == PAGE
    assert len(client.get(f"/runs/{run.pk}/{first.context['older_url']}").context["items"]) == 5


def test_bad_rows_leave_as_a_table_that_computes_nothing(
    sign_in: SignIn, run: FetchRun, rows: list[Intake]
) -> None:
    answer = sign_in("monitor").get(f"/runs/{run.pk}/bad-rows.csv")
    raw = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(table) == 3
    for row in table[1:]:
        assert not any(text.startswith(("=", "+", "-", "@")) for text in row)
    assert AuditEntry.objects.filter(action="run.bad_rows_exported").count() == 1


def test_progress_is_asked_again_until_the_run_is_over(
    sign_in: SignIn, run: FetchRun, rows: list[Intake]
) -> None:
    client = sign_in("monitor")
    part = client.get(f"/runs/{run.pk}/progress/")
    assert 'hx-trigger="every 2s"' in part.content.decode()
    assert "HX-Refresh" not in part.headers
    FetchRun.objects.filter(pk=run.pk).update(state=RunState.DONE)
    over = client.get(f"/runs/{run.pk}/progress/")
    assert "hx-trigger" not in over.content.decode()
    assert over["HX-Refresh"] == "true"


def test_a_run_that_failed_says_what_was_kept(sign_in: SignIn, run: FetchRun) -> None:
    FetchRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, last_error="interrupted")
    page = sign_in("monitor").get(f"/runs/{run.pk}/").content.decode()
    assert "What was read is kept." in page
    assert "Reading was cut off" in page


@pytest.mark.parametrize("name", ["school_monitor", "outsider"])
def test_runs_of_other_units_do_not_exist(sign_in: SignIn, run: FetchRun, name: str) -> None:
    client = sign_in(name)
    for more in ("", "progress/", "bad-rows.csv"):
        assert client.get(f"/runs/{run.pk}/{more}").status_code == 404
    assert client.get("/runs/").context["runs"] == []


def test_an_unknown_reason_is_shown_rather_than_hidden(db: None) -> None:
    assert why_not_stored("brand_new_code", "rejected") == "brand_new_code"
    assert why_not_stored("", "rejected") == "rejected"
