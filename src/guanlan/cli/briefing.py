"""The daily brief as files in a folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from guanlan.cli.words import Sentence, fail
from guanlan.desk.common.clock import local_date, utc_now
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.selectors import body
from guanlan.desk.reports.errors import ReportRefused, UnknownFormat
from guanlan.desk.reports.models import Report
from guanlan.desk.reports.papers import FORMATS, file_name
from guanlan.desk.reports.services import brief_export, brief_make

__all__ = ["UnknownFormat", "write_brief"]


def write_brief(day: date | None, formats: Sequence[str], folder: Path, unit_code: str) -> list[Path]:
    """Count the brief of ``day`` (None: today) and write it once in each format; the paths written.

    A draft is counted again and keeps what people wrote into it; an issued brief is printed as it is.
    Raises UnknownFormat before anything is written, Sentence for an unknown unit, day or folder.
    """
    wanted = list(dict.fromkeys(form.strip().lower() for form in formats if form.strip()))
    for form in wanted:
        if form not in FORMATS:
            raise UnknownFormat(form)
    if not wanted:
        raise UnknownFormat(",".join(formats))
    report = _report(day, unit_code)
    papers = [(form, brief_export(report=report, form=form, actor=None, now=utc_now())) for form in wanted]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_written(folder / file_name(report, form), paper) for form, paper in papers]
    except OSError as error:
        raise fail(f"不能写入 {folder}：{error}", f"Cannot write to {folder}: {error}") from error


def _report(day: date | None, unit_code: str) -> Report:
    now = utc_now()
    day = day or local_date(now)
    try:
        return brief_make(unit=_unit(unit_code), day=day, actor=None, now=now)
    except ReportRefused as error:
        raise _wrong_day(day) from error


def _unit(code: str) -> Unit:
    unit = Unit.objects.filter(code=code).first() if code else body()
    if unit is None:
        raise fail(f"没有这个单位：{code}", f"No such unit: {code}")
    return unit


def _wrong_day(day: date) -> Sentence:
    return fail(f"{day} 不能出日报：还没到，或者太早", f"No brief for {day}: not come yet, or too long ago")


def _written(path: Path, paper: bytes) -> Path:
    """Write beside the place and put it there in one step: nobody meets half a file."""
    handle, name = tempfile.mkstemp(prefix=".brief-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(paper)
            target.flush()
            os.fsync(target.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
