"""A small fictional body: two units below the root, one person for each role and an outsider."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from guanlan.desk.common.ids import time_ordered_id
from guanlan.desk.documents.models import Document
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role, Unit, User
from guanlan.desk.sources.models import FetchRun, RunKind, Source, SourceKind
from tests.desk.real_file import alone, file_desk, migrated_file, migrated_template

# Named here and nowhere else: a fixture of the session is made anew for each module that imports it.
__all__ = ["alone", "file_desk", "migrated_file", "migrated_template"]

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Yunchuan
PASSWORD = "river-stone-lamp-7"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def body(db: None) -> Unit:
    return organisation.unit_create(
        code="yunchuan", name="云川县网信办", short_name="网信办", actor=None, now=NOW
    )


@pytest.fixture
def school(body: Unit) -> Unit:
    return organisation.unit_create(
        code="school", name="云川县第一中学", short_name="县一中", parent=body, actor=None, now=NOW
    )


@pytest.fixture
def water(body: Unit) -> Unit:
    return organisation.unit_create(
        code="water", name="云川县水务局", short_name="水务局", parent=body, actor=None, now=NOW
    )


def person(username: str, unit: Unit, *roles: str) -> User:
    user, _ = organisation.person_create(
        username=username,
        display_name=username.title(),
        unit=unit,
        actor=None,
        now=NOW,
        roles=roles,
        email=f"{username}@yunchuan.example",
    )
    user.set_password(PASSWORD)
    user.must_change_password = False
    user.save()
    return user


@pytest.fixture
def people(body: Unit, school: Unit, water: Unit) -> dict[str, User]:
    """Role name → person in the root unit; ``school_*`` hold the role in the school only."""
    found = {str(role): person(str(role), body, role) for role in Role.values}
    found["school_monitor"] = person("school_monitor", school, Role.MONITOR)
    found["school_officer"] = person("school_officer", school, Role.CASE_OFFICER, Role.REVIEWER)
    found["school_approver"] = person("school_approver", school, Role.APPROVER)
    found["water_officer"] = person("water_officer", water, Role.CASE_OFFICER)
    found["outsider"] = person("outsider", water)
    return found


@pytest.fixture
def source(body: Unit) -> Source:
    return Source.objects.create(
        code="forum", name="云川论坛", kind=SourceKind.FORUM, tier="local_forum", unit=body, created_at=NOW
    )


@pytest.fixture
def run(source: Source) -> FetchRun:
    return FetchRun.objects.create(kind=RunKind.IMPORT, source=source, unit=source.unit, started_at=NOW)


@pytest.fixture
def make_document(run: FetchRun) -> Callable[..., Document]:
    count = iter(range(1, 100_000))

    def make(**fields: Any) -> Document:
        number = next(count)
        published = fields.pop("published_at", NOW - timedelta(minutes=number))
        text = fields.pop("text", f"第{number}条：自来水发黄，三天了没人管。")
        tone = fields.pop("tone", "negative")
        values = {
            "id": time_ordered_id(published, number),
            "sequence": number,
            "source": run.source,
            "unit": run.unit,
            "run": run,
            "title": f"自来水又黄了 {number}",
            "text": text,
            "published_at": published,
            "fetched_at": NOW,
            "stored_at": NOW,
            "exact": hashlib.blake2b(text.encode(), digest_size=16).digest(),
            "signature": b"",
            "tone": tone,
            "effective_tone": tone,
            "tone_probability": 0.9,
            "analysis_version": "1",
        }
        return Document.objects.create(**{**values, **fields})

    return make
