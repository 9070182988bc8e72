from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanlan.cli import briefing
from guanlan.cli.briefing import UnknownFormat, write_brief
from guanlan.cli.words import Sentence
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.common.clock import local_date, utc_now
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Unit
from guanlan.desk.reports.models import Report
from guanlan.desk.reports.papers import FORMATS
from guanlan.desk.reports.services import brief_edit, brief_read

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(briefing, "utc_now", lambda: utc_now().replace(year=2026, month=11, day=23))


@pytest.fixture
def office(db: None) -> Unit:
    return organisation.unit_create(code="wxb", name="云川县网信办", actor=None, now=utc_now())


@pytest.fixture
def school(office: Unit) -> Unit:
    return organisation.unit_create(code="yz", name="县一中", parent=office, actor=None, now=utc_now())


def test_the_draft_is_made_and_written_once_in_each_format(office: Unit, tmp_path: Path) -> None:
    folder = tmp_path / "纸" / "日报"
    paths = write_brief(DAY, [*FORMATS, " DOCX "], folder, "")
    assert [path.suffix for path in paths] == [".docx", ".pdf", ".html", ".md", ".json"]
    assert sorted(folder.iterdir()) == sorted(paths)
    assert all("2026-11-20" in path.name and path.name.startswith("云川县网信办") for path in paths)
    assert paths[0].read_bytes().startswith(b"PK")
    assert paths[1].read_bytes().startswith(b"%PDF-")
    assert json.loads(paths[4].read_text(encoding="utf-8"))["unit"] == "wxb"
    assert AuditEntry.objects.filter(action="report.exported").count() == 5


def test_a_second_time_the_same_draft_is_written_with_what_people_wrote(
    office: Unit, tmp_path: Path, django_user_model: Any
) -> None:
    write_brief(DAY, ["json"], tmp_path, "")
    report = Report.objects.get()
    brief = brief_read(report)
    person, _ = organisation.person_create(
        username="li",
        display_name="李",
        unit=office,
        actor=None,
        now=utc_now(),
        roles=["reviewer"],
        email="l@y.example",
    )
    brief_edit(report=report, changes={"kept": 7}, version=report.version, actor=person, now=utc_now())
    (path,) = write_brief(DAY, ["json"], tmp_path, "")
    facts = json.loads(path.read_text(encoding="utf-8"))["brief"]["numbers"]["kept"]
    assert (facts["value"], facts["computed"], brief.numbers.kept.value) == (7, 0, 0)
    assert Report.objects.count() == 1


def test_a_unit_is_chosen_by_its_code_and_today_is_the_day_when_none_is_given(
    school: Unit, tmp_path: Path
) -> None:
    write_brief(None, ["md"], tmp_path, "yz")
    report = Report.objects.get()
    assert (report.unit, report.day) == (school, local_date(briefing.utc_now()))


@pytest.mark.parametrize("formats", [["docx", "odt"], [], ["", " "]])
def test_an_unknown_format_leaves_nothing_behind(office: Unit, tmp_path: Path, formats: list[str]) -> None:
    with pytest.raises(UnknownFormat):
        write_brief(DAY, formats, tmp_path, "")
    assert not Report.objects.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda folder: write_brief(DAY, ["md"], folder, "nobody"),
        lambda folder: write_brief(DAY + timedelta(days=400), ["md"], folder, ""),
        lambda folder: write_brief(date(1, 1, 1), ["md"], folder, ""),
        lambda folder: write_brief(DAY, ["md"], folder / "file" / "below", ""),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    office: Unit, tmp_path: Path, wrong: Callable[[Path], Any]
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Sentence) as said:
        wrong(tmp_path)
    assert str(said.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_write_that_breaks_off_leaves_the_old_paper_and_no_scrap(
    office: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = write_brief(DAY, ["md"], tmp_path, "")
    path.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(briefing.os, "fsync", full)
    with pytest.raises(Sentence, match="disk full"):
        write_brief(DAY, ["md"], tmp_path, "")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
