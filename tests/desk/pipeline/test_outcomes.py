"""Every item ends in exactly one counted outcome, and the counts add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guanlan.collect.files import BadRow
from guanlan.desk.documents import captures, search
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.organisation.models import Unit
from guanlan.desk.pipeline import runs
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.sources.models import RunState, Source, SourceKind
from guanlan.desk.watch.models import Theme, ThemeHit
from tests.desk.pipeline.conftest import COMPLAINT, NOTICE, Process, item, page

HTML = (
    "<html><head><meta charset=gbk><title>自来水发黄 三天无人管_云川网</title></head><body><div><h1>自来水发黄"
    " 三天无人管</h1><p>2026-11-22 08:30 来源：云川日报</p>"
    + f"<p>{COMPLAINT}</p>" * 6
    + "</div></body></html>"
)


def outcomes() -> dict[str, tuple[str, str]]:
    return {row.position: (row.outcome, row.reason) for row in Intake.objects.all()}


def test_a_wanted_text_is_stored_with_its_hit(process: Process, water_theme: Theme) -> None:
    process(item("1"))
    document = Document.objects.get()
    hit = ThemeHit.objects.get(document=document)
    start, end = hit.spans[0]
    assert document.outcome == "stored"
    assert f"{document.title}\n{document.text}"[start:end] == "自来水"


def test_an_unwanted_text_is_off_topic_but_kept_and_found(process: Process, water_theme: Theme) -> None:
    process(item("1", NOTICE))
    document = Document.objects.get()
    assert document.outcome == "off_topic"
    assert search.search_ids("气象台", limit=5) == [document.pk]


def test_a_body_that_has_no_theme_yet_keeps_everything(process: Process) -> None:
    process(item("1", NOTICE))
    assert Document.objects.get().outcome == "stored"


def test_what_was_addressed_to_the_body_is_never_off_topic(
    process: Process, water_theme: Theme, source: Source
) -> None:
    source.kind = SourceKind.HOTLINE
    source.save()
    process(item("1", NOTICE))
    assert Document.objects.get().outcome == "stored"


def test_the_same_text_at_the_same_address_is_a_duplicate(process: Process) -> None:
    address = "http://bbs.example/1"
    process(item("1", url=address), item("2", url=address), item("3", url="http://bbs.example/2"))
    first = Document.objects.get(url=address)
    assert outcomes()["2"] == ("duplicate", "same_text")
    assert Intake.objects.get(position="2").document_id == first.pk
    assert Document.objects.count() == 2  # the other address is a copy, not a duplicate
    assert Document.objects.get(url="http://bbs.example/2").copy_of == first


def test_importing_the_same_file_again_stores_nothing_twice(process: Process, now: datetime) -> None:
    rows = [item(str(n), f"第{n}号工单：{COMPLAINT}{n}", published_at=now) for n in range(5)]
    process(*rows)
    run = process(*rows)
    assert (run.fetched, run.duplicate, run.stored) == (5, 5, 0)
    assert Document.objects.count() == 5


def test_two_people_with_the_same_words_are_two_documents(process: Process, now: datetime) -> None:
    process(item("1", published_at=now), item("2", published_at=now - timedelta(hours=3)))
    assert Document.objects.count() == 2


def test_another_text_at_a_known_address_is_a_version(process: Process) -> None:
    address = "http://news.example/1"
    process(item("1", url=address))
    process(item("2", COMPLAINT + "供水公司刚刚答复：今晚冲洗管道。", url=address))
    newer = Document.objects.order_by("-sequence")[0]
    assert newer.relation == "version"
    assert newer.copy_of is not None


def test_bad_rows_are_settled_and_their_neighbours_are_not_touched(process: Process) -> None:
    run = process(item("1"), BadRow("2", "wrong_columns", "3 of 5", "a,b,c"), item("3", NOTICE))
    assert outcomes() == {"1": ("stored", ""), "2": ("rejected", "wrong_columns"), "3": ("stored", "")}
    assert (run.fetched, run.stored, run.rejected) == (3, 2, 1)


@pytest.mark.parametrize(
    ("content", "outcome", "reason"),
    [
        (b"", "rejected", "empty"),
        (b"   \n ", "rejected", None),
        (b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 500, "rejected", "binary"),
        (b"%PDF-1.7\n" + b"\xff\x00" * 500, "rejected", "binary"),
        (b"<html>" + b"x" * 10_000_001, "rejected", "too_large"),
        (b"<html><body><script>1</script></body></html>", "rejected", None),
        (b"<div>" * 100_000 + COMPLAINT.encode() + b"</div>" * 100_000, None, None),
        (HTML.encode("gbk")[: len(HTML.encode("gbk")) // 2], "stored", ""),
        (HTML.encode("utf-8"), "stored", ""),
        (HTML.encode("big5", "replace"), "stored", ""),
    ],
    ids=["empty", "blank", "png", "pdf", "huge", "no text", "deep", "cut", "wrong charset", "big5"],
)
def test_a_bad_page_is_a_counted_outcome(
    process: Process, content: bytes, outcome: str | None, reason: str | None
) -> None:
    run = process(page("bad", content), page("good", HTML.encode("gbk"), url="http://x.example/good"))
    found = outcomes()
    assert found["good"][0] == "stored"
    assert found["bad"][0] in ({outcome} if outcome else {"stored", "rejected", "quarantined"})
    if reason is not None:
        assert found["bad"][1] == reason
    assert run.state == RunState.DONE
    assert run.fetched == 2 == run.stored + run.duplicate + run.off_topic + run.rejected + run.quarantined


def test_a_page_keeps_its_capture_time_and_title(process: Process) -> None:
    process(page("1", HTML.encode("gbk"), url="http://x.example/1"))
    document = Document.objects.get()
    assert captures.read(document.capture_id) == HTML.encode("gbk")
    assert document.published_at == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert document.title == "自来水发黄 三天无人管"
    assert document.origin == "云川日报"


def test_a_page_whose_capture_is_gone_is_put_aside(
    process: Process, worker: Worker, source: Source, now: datetime
) -> None:
    from guanlan.desk.pipeline import intake
    from guanlan.desk.sources.models import RunKind

    run = intake.run_begin(kind=RunKind.IMPORT, label="x", source=source, actor=None, now=now)
    entries = [page("1", HTML.encode("gbk")), item("2")]
    list(intake.entries_read(run=run, entries=entries, clock=lambda: now))
    captures.path_of(Capture.objects.get().sha256).unlink()
    runs.reading_finished(run, now=now)
    list(worker.run_pending())
    assert outcomes() == {"1": ("quarantined", "capture_missing"), "2": ("stored", "")}


@pytest.mark.parametrize(
    "wrong",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC), datetime(1989, 12, 31, tzinfo=UTC)],
)
def test_an_impossible_date_is_unknown_not_believed(process: Process, wrong: datetime, now: datetime) -> None:
    process(item("1", published_at=wrong))
    document = Document.objects.get()
    assert document.published_at is None
    assert document.fetched_at == now


def test_engagement_is_the_sum_of_what_is_known(process: Process) -> None:
    process(item("1", extra={"reposts": "3", "likes": "4"}), item("2", NOTICE, extra={"reposts": "many"}))
    assert list(Document.objects.order_by("sequence").values_list("engagement", flat=True)) == [7, None]


def test_a_row_that_names_a_known_source_belongs_to_it(process: Process, source: Source) -> None:
    Source.objects.create(
        code="daily", name="云川日报", kind="news", unit=source.unit, created_at=source.created_at
    )
    process(item("1", extra={"source": "云川日报"}), item("2", NOTICE, origin="别处"))
    assert Document.objects.get(text=COMPLAINT).source.code == "daily"
    assert Document.objects.get(origin="别处").source == source


def test_a_storing_fault_puts_one_row_aside_and_stores_the_rest(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = search.index

    def broken(documents: list[Document]) -> None:
        if any("毒" in document.text for document in documents):
            raise RuntimeError("poison")
        real(documents)

    monkeypatch.setattr(search, "index", broken)
    run = process(item("1"), item("2", "有毒的一条"), item("3", NOTICE))
    assert outcomes()["2"] == ("quarantined", "store_failed")
    assert (run.state, run.stored, run.quarantined) == (RunState.DONE, 2, 1)
    assert Document.objects.count() == 2


def test_machine_labels_carry_their_reasons(process: Process) -> None:
    process(item("1"))
    document = Document.objects.get()
    assert document.tone == document.effective_tone == "negative"
    words = document.evidence["tone"]["words"]
    text = f"{document.title}\n{document.text}"
    assert words
    assert all(text[start:end] == word for word, _, start, end in words)


def test_what_a_text_does_is_stored_with_the_rules_that_spoke(process: Process) -> None:
    process(item("1", "请问户口迁入需要哪些材料？烦请告知，谢谢。"))
    document = Document.objects.get()
    assert document.kind == document.effective_kind == "question"
    assert 0 < (document.kind_probability or 0) <= 1
    kind = document.evidence["kind"]
    text = f"{document.title}\n{document.text}"
    found = [text[start:end] for _code, spans in kind["rules"] for start, end in spans]
    assert "请问" in found
    assert sum(kind["probabilities"]) == pytest.approx(1, abs=0.001)
    assert kind["version"]


def test_no_run_is_closed_while_a_row_waits(process: Process, source: Source, now: datetime) -> None:
    run = process(item("1"))
    Intake.objects.create(run=run, source=source, position="late", fetched_at=now, next_action_at=now)
    type(run).objects.filter(pk=run.pk).update(state=RunState.ANALYSING)
    runs.close_finished([run.pk], now=now)
    run.refresh_from_db()
    assert run.state == RunState.ANALYSING


def test_captures_lie_in_the_folder_of_this_test(tmp_path: Path, process: Process) -> None:
    process(page("1", HTML.encode("gbk")))
    assert list((tmp_path / "captures").rglob("*"))


def test_a_row_cannot_put_itself_under_another_units_source(
    process: Process, source: Source, school: Unit, body: Unit
) -> None:
    theirs = Source.objects.create(
        code="daily", name="云川日报", kind="news", unit=body, created_at=source.created_at
    )
    Source.objects.filter(pk=source.pk).update(unit=school)
    source.refresh_from_db()
    process(item("1", extra={"source": "云川日报"}))
    assert Document.objects.get().source == source != theirs
    assert Document.objects.get().unit == school
