"""The worker: uploads are read once, leases protect, several workers agree, a theme looks back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guanlan.desk.documents.models import Document
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import NotAllowed
from guanlan.desk.pipeline import intake, runs, uploads
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker, read_waiting
from guanlan.desk.sources.models import FetchRun, RunKind, RunState, Source
from guanlan.desk.watch.models import Group, GroupMember, Theme, ThemeHit
from guanlan.desk.watch.services import theme_change, theme_create
from guanlan.engines import InlineEngine, Lost
from tests.desk.pipeline.conftest import COMPLAINT, NOTICE, Process, item

CSV = "标题,内容\n水黄,城关镇自来水发黄三天\n路堵,人民路施工没有提前告知\n".encode("gb18030")
People = dict[str, User]


def upload(source: Source, actor: User | None, now: datetime, content: bytes = CSV) -> FetchRun:
    name = uploads.keep([content])
    return intake.import_begin(
        upload=name, upload_name="热线.csv", unit=source.unit, source=source, actor=actor, now=now
    )


def test_an_uploaded_table_is_read_analysed_and_dropped(
    people: People, source: Source, worker: Worker, now: datetime
) -> None:
    run = upload(source, people["monitor"], now)
    assert read_waiting(lambda: now)
    list(worker.run_pending())
    run.refresh_from_db()
    assert (run.state, run.fetched, run.stored) == (RunState.DONE, 2, 2)
    assert not uploads.path_of(run.upload).exists()
    assert not read_waiting(lambda: now)


def test_only_those_who_may_ingest_begin_an_import(people: People, source: Source, now: datetime) -> None:
    for name in ("approver", "auditor", "outsider", "school_monitor"):
        with pytest.raises(NotAllowed):
            upload(source, people[name], now)


def test_a_reader_that_was_cut_off_goes_on_behind_its_last_batch(
    source: Source, worker: Worker, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH", 1)
    run = upload(source, None, now)
    with uploads.path_of(run.upload).open("rb") as stream:
        from guanlan.collect.files import ReadOptions, read_stream

        reading = intake.entries_read(
            run=run, entries=read_stream("热线.csv", stream, ReadOptions(now=now)), clock=lambda: now
        )
        next(reading)  # one row is kept, then the process dies
    later = now + intake.READING_LEASE + timedelta(seconds=1)
    assert not read_waiting(lambda: now)
    assert read_waiting(lambda: later)
    list(Worker(InlineEngine(), clock=lambda: later).run_pending())
    run.refresh_from_db()
    assert (run.fetched, run.stored, run.duplicate) == (2, 2, 0)


def test_a_command_line_import_that_died_is_said_to_be_interrupted(source: Source, now: datetime) -> None:
    run = intake.run_begin(kind=RunKind.IMPORT, label="x.csv", source=source, actor=None, now=now)
    list(intake.entries_read(run=run, entries=[item("1")], clock=lambda: now))
    later = now + timedelta(hours=1)
    assert read_waiting(lambda: later)
    run.refresh_from_db()
    assert (run.state, run.last_error) == (RunState.FAILED, "interrupted")
    assert run.fetched == 0 or Intake.objects.filter(run=run, outcome="").count() == 1


def test_an_upload_over_the_limit_leaves_nothing(settings: object, tmp_path: object) -> None:
    settings.UPLOAD_MAX_BYTES = 10  # type: ignore[attr-defined]
    with pytest.raises(uploads.UploadTooLarge):
        uploads.keep([b"123456", b"7890ab"])
    assert list(uploads.path_of("0" * 32).parent.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../secret", "a" * 31, "G" * 32, "/etc/passwd"])
def test_an_upload_name_that_is_not_ours_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        uploads.path_of(name)


def test_one_entry_by_hand_is_a_run_of_one(
    people: People, source: Source, worker: Worker, now: datetime
) -> None:
    run = intake.item_enter(raw=item("手工").raw, source=source, actor=people["monitor"], now=now)
    list(worker.run_pending())
    run.refresh_from_db()
    assert (run.kind, run.state, run.stored) == (RunKind.MANUAL, RunState.DONE, 1)


def test_two_workers_store_each_row_once(source: Source, now: datetime) -> None:
    run = intake.run_begin(kind=RunKind.IMPORT, label="x", source=source, actor=None, now=now)
    entries = [item(str(n), f"{COMPLAINT}编号{n}") for n in range(30)]
    list(intake.entries_read(run=run, entries=entries, clock=lambda: now))
    runs.reading_finished(run, now=now)
    first, second = (Worker(InlineEngine(), clock=lambda: now) for _ in range(2))
    for stored in first.run_pending():
        list(second.run_pending())
        del stored
    run.refresh_from_db()
    assert (run.state, run.fetched) == (RunState.DONE, 30)
    assert Document.objects.count() == 30 == run.stored


def test_a_second_worker_knows_the_copies_the_first_one_stored(
    process: Process, source: Source, now: datetime
) -> None:
    process(item("1", url="http://a.example/1"))
    run = intake.run_begin(kind=RunKind.IMPORT, label="x", source=source, actor=None, now=now)
    list(intake.entries_read(run=run, entries=[item("2", url="http://b.example/2")], clock=lambda: now))
    list(Worker(InlineEngine(), clock=lambda: now).run_pending())
    assert Document.objects.get(url="http://b.example/2").relation in {"copy", "reprint"}
    assert Group.objects.count() == 1
    assert Group.objects.get().size == 2
    assert Group.objects.get().distinct == 1


def test_a_lost_lease_means_hands_off(process: Process, source: Source, now: datetime) -> None:
    run = intake.run_begin(kind=RunKind.IMPORT, label="x", source=source, actor=None, now=now)
    list(intake.entries_read(run=run, entries=[item("1")], clock=lambda: now))
    slow = Worker(InlineEngine(), clock=lambda: now)
    rows = slow._claim(None)
    later = now + timedelta(minutes=6)
    list(Worker(InlineEngine(), clock=lambda: later).run_pending())
    from guanlan.desk.pipeline.analysing import items_of
    from guanlan.desk.pipeline.judging import judge

    stored = slow._store(rows, judge(items_of(rows)))
    assert stored.documents == []
    assert Document.objects.count() == 1


class _Deadly:
    """An engine whose process dies on one text."""

    name = "deadly"

    def run(self, function, batches, *, initializer=None, initargs=()):  # type: ignore[no-untyped-def]
        for number, batch in enumerate(batches):
            if any("致命" in entry.body for entry in batch):
                yield Lost(number, "killed")
            else:
                yield function(batch)


def test_a_text_that_kills_its_process_is_put_aside_alone(source: Source, now: datetime) -> None:
    run = intake.run_begin(kind=RunKind.IMPORT, label="x", source=source, actor=None, now=now)
    entries = [item("1"), item("2", "致命的一条"), item("3", NOTICE)]
    list(intake.entries_read(run=run, entries=entries, clock=lambda: now))
    runs.reading_finished(run, now=now)
    list(Worker(_Deadly(), clock=lambda: now).run_pending())
    run.refresh_from_db()
    assert (run.stored, run.quarantined) == (2, 1)
    assert Intake.objects.get(position="2").reason == "analysis_failed"


def test_a_new_theme_finds_what_was_off_topic_before(
    people: People, process: Process, water_theme: Theme, worker: Worker, now: datetime
) -> None:
    run = process(item("1"), item("2", NOTICE))
    assert (run.stored, run.off_topic) == (1, 1)
    theme_create(unit=run.unit, name="天气", expression="任一: 气象台", actor=people["reviewer"], now=now)
    assert worker.look_back()
    assert not worker.look_back()
    run.refresh_from_db()
    document = Document.objects.get(text=NOTICE)
    assert document.outcome == "stored"
    assert GroupMember.objects.filter(document=document).exists()
    assert (run.fetched, run.stored, run.off_topic) == (2, 2, 0)


def test_a_changed_theme_drops_hits_it_no_longer_asks_for_but_not_a_persons_word(
    people: People, process: Process, water_theme: Theme, worker: Worker, now: datetime
) -> None:
    process(item("1"), item("2", "停水了，什么时候来水？"))
    kept = ThemeHit.objects.get(document__text=COMPLAINT)
    ThemeHit.objects.filter(pk=kept.pk).update(false_hit=True)
    theme_change(theme=water_theme, actor=people["reviewer"], now=now, expression="任一: 自来水")
    while worker.look_back():
        pass
    assert list(ThemeHit.objects.values_list("document__text", "false_hit")) == [(COMPLAINT, True)]
