"""How long bytes are kept, and that what an event needs is never dropped."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanlan.desk.documents import captures
from guanlan.desk.documents.evidence_chain import Link, append, verify
from guanlan.desk.documents.evidence_models import CaptureEntry, Keeping, Role
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.documents.retention import RetentionTableWrong, captures_drop_due, table
from guanlan.desk.events.excerpts import excerpt_keep
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_create, event_remove_document
from guanlan.desk.organisation.models import Unit, User

pytestmark = pytest.mark.django_db
Keep = Callable[..., str]


@pytest.fixture
def keep(now: datetime) -> Keep:
    def make(content: bytes, **link: Any) -> str:
        row = captures.capture(content, now=now)
        Capture.objects.bulk_create([row], ignore_conflicts=True)
        append([Link(row.sha256, row.size, **link)], now=now)
        return row.sha256

    return make


def dropped(sha256: str) -> bool:
    return not captures.path_of(sha256).exists()


def run(now: datetime, days: int) -> None:
    """Ask the clock every week for ``days`` days."""
    for day in range(0, days + 1, 7):
        captures_drop_due(now=now + timedelta(days=day))
    captures_drop_due(now=now + timedelta(days=days))


def test_the_projects_table_says_that_it_is_a_proposal() -> None:
    found = table()
    assert (found.status, found.off_topic, found.stored) == ("DEF", 90, 1095)


def test_off_topic_bytes_go_after_their_days_and_the_chain_says_by_which_rule(
    keep: Keep, make_document: Callable[..., Document], now: datetime
) -> None:
    sha = keep(b"a recipe")
    document = make_document(capture_id=sha, outcome="off_topic")
    run(now, 89)
    assert not dropped(sha)
    run(now, 91)
    assert dropped(sha)
    last = CaptureEntry.objects.first()
    assert last is not None
    assert (last.act, last.sha256, last.reason) == ("dropped", sha, "off_topic 90 d (default DEF)")
    assert list(verify()[1]) == []
    document.refresh_from_db()
    assert document.text
    assert Keeping.objects.get(pk=sha).dropped_at is not None


def test_stored_bytes_stay_three_years(
    keep: Keep, make_document: Callable[..., Document], now: datetime
) -> None:
    sha = keep(b"water")
    make_document(capture_id=sha)
    run(now, 1094)
    assert not dropped(sha)
    run(now, 1096)
    assert dropped(sha)


def test_what_an_event_holds_is_never_dropped_its_records_neither(
    keep: Keep, make_document: Callable[..., Document], people: dict[str, User], body: Unit, now: datetime
) -> None:
    page = keep(b"the proof")
    record = keep(b"WARC/1.0 ...", role=Role.WARC, of=page)
    document = make_document(capture_id=page, outcome="off_topic")
    event: Event = event_create(
        title="自来水", unit=body, actor=people["reviewer"], now=now, documents=[document]
    )
    run(now, 4000)
    assert not dropped(page)
    assert not dropped(record)
    assert event.items.count() == 1


def test_the_record_goes_with_the_page_it_belongs_to(
    keep: Keep, make_document: Callable[..., Document], now: datetime
) -> None:
    page = keep(b"a recipe")
    record = keep(b"WARC/1.0 ...", role=Role.WARC, of=page)
    make_document(capture_id=page, outcome="off_topic")
    run(now, 100)
    assert dropped(page)
    assert dropped(record)


def test_killed_after_the_commit_the_file_goes_at_the_next_tick(
    keep: Keep, make_document: Callable[..., Document], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = keep(b"a recipe")
    make_document(capture_id=sha, outcome="off_topic")
    path = captures.path_of(sha)
    content = path.read_bytes()
    run(now, 91)
    path.write_bytes(content)
    assert list(verify()[1]) == []
    captures_drop_due(now=now + timedelta(days=91, minutes=1))
    assert dropped(sha)


def test_a_body_puts_its_own_table_in_its_place(
    keep: Keep, make_document: Callable[..., Document], now: datetime, settings: Any, tmp_path: Path
) -> None:
    own = tmp_path / "table.json"
    own.write_text(json.dumps({"name": "县", "days": {"off_topic": 30, "stored": None}}))
    settings.RETENTION_TABLE = str(own)
    off, stored = keep(b"a"), keep(b"b")
    make_document(capture_id=off, outcome="off_topic")
    make_document(capture_id=stored)
    run(now, 3000)
    assert dropped(off)
    assert not dropped(stored)


@pytest.mark.parametrize("days", [{"off_topic": 0}, {"off_topic": "90"}, {"stored": True}, None, []])
def test_a_table_that_is_none_drops_nothing(days: object, tmp_path: Path) -> None:
    own = tmp_path / "table.json"
    own.write_text(json.dumps({"days": days}))
    with pytest.raises(RetentionTableWrong):
        table(str(own))


def test_the_page_of_an_excerpt_kept_as_proof_stays_when_its_text_is_taken_out_of_the_event(
    keep: Keep, make_document: Callable[..., Document], body: Unit, people: dict[str, User], now: datetime
) -> None:
    sha, actor = keep(b"water"), people["reviewer"]
    document = make_document(capture_id=sha, outcome="off_topic", text="自来水发黄三天")
    event = event_create(title="x", unit=body, actor=actor, now=now, documents=[document])
    excerpt_keep(event=event, document=document, text="发黄三天", actor=actor, now=now)
    event_remove_document(event=event, document=document, reason="另一件事", actor=actor, now=now)
    run(now, 400)
    assert not dropped(sha)
