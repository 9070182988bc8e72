"""Words kept as proof: as they stand there, attached to the matter, with the page they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.events.errors import EventClosed, EventRefused
from guanlan.desk.events.evidence import evidence_counts, evidence_then
from guanlan.desk.events.evidence_pack import PackOptions, evidence_pack
from guanlan.desk.events.excerpt_models import Excerpt
from guanlan.desk.events.excerpts import excerpt_keep, excerpt_take_back, excerpts_of
from guanlan.desk.events.grading import grade_confirm
from guanlan.desk.events.models import Event
from guanlan.desk.events.services import event_add_documents, event_close
from guanlan.desk.organisation.models import User
from guanlan.desk.organisation.permissions import NotAllowed
from tests.desk.events.conftest import MakeEvent
from tests.desk.events.test_evidence_pack import HANDLE, PLAIN, everything, kept, opened

pytestmark = pytest.mark.django_db
WORDS = "食堂饭菜有异味"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def document(make_document: Callable[..., Document], people: dict[str, User], now: datetime) -> Document:
    return make_document(
        text=f"昨天中午，食堂饭菜\n有异味，{HANDLE}说孩子没敢吃。",
        author=HANDLE,
        capture_id=kept(PLAIN, now),
        unit=people["reviewer"].unit,
    )


@pytest.fixture
def event(make_event: MakeEvent, document: Document, people: dict[str, User], now: datetime) -> Event:
    found = make_event()
    event_add_documents(event=found, documents=[document], actor=people["reviewer"], now=now)
    return found


def test_words_are_kept_with_their_page_in_the_timeline_and_the_audit(
    event: Event, document: Document, people: dict[str, User], now: datetime
) -> None:
    row = excerpt_keep(event=event, document=document, text=f" {WORDS} ", actor=people["reviewer"], now=now)
    assert (row.text, row.capture_id, row.by, row.at) == (WORDS, document.capture_id, people["reviewer"], now)
    assert event.timeline.get(code="excerpt_kept").document == document
    data = AuditEntry.objects.get(action="event.excerpt_kept").data
    assert data["sha256"] == hashlib.sha256(WORDS.encode()).hexdigest()
    assert WORDS not in str(data)


@pytest.mark.parametrize("text", ["", "  ", "食堂饭菜很香", "食" * 2001])
def test_only_words_that_stand_there_are_kept(
    text: str, event: Event, document: Document, people: dict[str, User], now: datetime
) -> None:
    with pytest.raises(EventRefused, match="excerpt"):
        excerpt_keep(event=event, document=document, text=text, actor=people["reviewer"], now=now)
    assert not Excerpt.objects.exists()


def test_a_text_of_another_matter_gives_no_excerpt(
    event: Event, make_document: Callable[..., Document], people: dict[str, User], now: datetime
) -> None:
    other = make_document(text=WORDS)
    with pytest.raises(EventRefused, match="nothing"):
        excerpt_keep(event=event, document=other, text=WORDS, actor=people["reviewer"], now=now)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("reviewer", True), ("case_officer", True), ("approver", True), ("monitor", False), ("auditor", False),
        ("outsider", False), ("water_officer", False), ("school_monitor", False),
    ],
)  # fmt: skip
def test_who_may_keep_and_take_back(
    name: str, good: bool, event: Event, document: Document, people: dict[str, User], now: datetime
) -> None:
    if good:
        row = excerpt_keep(event=event, document=document, text=WORDS, actor=people[name], now=now)
        excerpt_take_back(excerpt=row, actor=people[name], now=now)
        return
    with pytest.raises(NotAllowed):
        excerpt_keep(event=event, document=document, text=WORDS, actor=people[name], now=now)
    row = excerpt_keep(event=event, document=document, text=WORDS, actor=people["reviewer"], now=now)
    with pytest.raises(NotAllowed):
        excerpt_take_back(excerpt=row, actor=people[name], now=now)


def test_a_closed_file_takes_none_and_gives_none_back(
    event: Event, document: Document, people: dict[str, User], now: datetime
) -> None:
    row = excerpt_keep(event=event, document=document, text=WORDS, actor=people["reviewer"], now=now)
    grade_confirm(event=event, level="IV", reason="小", actor=people["approver"], now=now)
    event_close(event=event, reason="已答复", actor=people["approver"], now=now)
    with pytest.raises(EventClosed):
        excerpt_keep(event=event, document=document, text=WORDS, actor=people["reviewer"], now=now)
    with pytest.raises(EventClosed):
        excerpt_take_back(excerpt=row, actor=people["reviewer"], now=now)


def test_what_was_taken_back_stays_in_the_books(
    event: Event, document: Document, people: dict[str, User], now: datetime
) -> None:
    row = excerpt_keep(event=event, document=document, text=WORDS, actor=people["reviewer"], now=now)
    for _ in range(2):
        excerpt_take_back(excerpt=row, actor=people["reviewer"], now=now + MINUTE)
    assert not excerpts_of(event).exists()
    assert Excerpt.objects.get().text == WORDS
    assert AuditEntry.objects.filter(action="event.excerpt_taken_back").count() == 1


def test_the_pack_holds_the_words_with_the_handle_masked(
    event: Event, document: Document, people: dict[str, User], now: datetime
) -> None:
    text = f"有异味，{HANDLE}说"
    excerpt_keep(event=event, document=document, text=text, actor=people["reviewer"], now=now)
    said = everything(opened(event, people["reviewer"], now))
    assert "证据摘录" in said
    assert "有异味，云*说" in said
    assert HANDLE not in said
    assert evidence_pack(event=event, options=PackOptions(), actor=people["reviewer"], now=now).documents == 1


def test_each_step_has_the_evidence_that_existed_at_that_minute(
    event: Event, document: Document, make_document: Callable[..., Document], people: dict[str, User], now: datetime
) -> None:  # fmt: skip
    later = now + 3 * MINUTE
    more = make_document(capture_id=kept("<p>后来的</p>", later), unit=people["reviewer"].unit)
    event_add_documents(event=event, documents=[more], actor=people["reviewer"], now=later)
    row = excerpt_keep(event=event, document=document, text=WORDS, actor=people["reviewer"], now=now + MINUTE)
    excerpt_take_back(excerpt=row, actor=people["reviewer"], now=now + 2 * MINUTE)
    moments = [now - MINUTE, now, now + 2 * MINUTE, later]
    assert evidence_counts(event, moments) == [0, 1, 1, 2]
    then = [evidence_then(event, moment) for moment in moments]
    assert [one.total for one in then] == [0, 1, 1, 2]
    assert [len(one.excerpts) for one in then] == [0, 0, 0, 0]
    assert len(evidence_then(event, now + MINUTE).excerpts) == 1
    assert [one.position for one in then] == [0, 2, 2, 4]
    assert then[3].pages == (document, more)
