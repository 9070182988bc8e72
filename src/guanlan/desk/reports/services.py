"""Making, editing, issuing and correcting briefs. Each keeps who did it in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import local_date
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.reports.content import from_json, to_json
from guanlan.desk.reports.errors import NotIssued, ReportIssued, ReportRefused, StaleReport
from guanlan.desk.reports.matters import brief_figures
from guanlan.desk.reports.models import Report, ReportKind, ReportState
from guanlan.desk.reports.papers import render
from guanlan.desk.reports.rules import (
    Brief,
    Correction,
    Words,
    edited_figures,
    leaves,
    printable,
    printable_lines,
    refreshed,
    revised,
    same_paper,
)

#: Another process can only be ahead of us so often between reading the last number and taking the next.
NUMBER_TRIES = 50
TITLE_CHARACTERS = 200
#: Days before this are typing errors; no desk has records of them.
FIRST_DAY = date(2000, 1, 1)


def brief_make(*, unit: Unit, day: date, actor: User | None, now: datetime) -> Report:
    """The daily brief of a unit, made or counted again; ``actor`` None stands for clock and command.

    A draft keeps everything that people wrote into it. An issued brief is returned as it is.
    Raises ReportRefused("future" or "day").
    """
    if actor is not None:
        require(actor, "report", unit)
    if not FIRST_DAY <= day <= local_date(now):
        raise ReportRefused("future" if day > local_date(now) else "day")
    with transaction.atomic():
        report, created = _draft(unit, day, actor, now)
        if report.state != ReportState.DRAFT:
            return report
        fresh = _signed(brief_figures(unit, day, now), report.made_by)
        old = None if created else brief_read(report)
        brief = fresh if old is None else refreshed(old, fresh)
        _write(report, brief, now, changed=old is not None and not same_paper(old, brief))
        if created:
            record("report.made", actor=actor, now=now, target=report, day=day.isoformat(), unit=unit.pk)
    return report


def brief_edit(
    *, report: Report, changes: Mapping[str, Any], version: int, actor: User, now: datetime
) -> Report:
    """Write figures and passages by code; "" or None takes a change back to what was counted.

    ``version`` is that of the report as it was read. Raises StaleReport, ReportIssued, ReportRefused(code).
    """
    require(actor, "report", report)
    with transaction.atomic():
        standing = _held(report)
        if standing.state != ReportState.DRAFT:
            raise ReportIssued
        if standing.version != version:
            raise StaleReport(standing.version)
        old = brief_read(standing)
        brief = revised(old, changes)
        if not same_paper(old, brief):
            _write(standing, brief, now, changed=True)
            facts = _differences(old, brief)
            record("report.changed", actor=actor, now=now, target=standing, changes=facts)
    return standing


def brief_issue(*, report: Report, actor: User, now: datetime, version: int | None = None) -> Report:
    """Sign a draft: it takes the next number of its unit and year and is locked from then on.

    With ``version`` only the draft that the signer read is issued. Raises ReportIssued, StaleReport.
    """
    require(actor, "issue", report)
    with transaction.atomic():
        standing = _held(report)
        if standing.state != ReportState.DRAFT:
            raise ReportIssued
        if version is not None and standing.version != version:
            raise StaleReport(standing.version)
        brief = brief_read(standing)
        signer = _filled(brief.tail.signer, actor)
        standing.issued_at, standing.issued_by = now, actor
        brief = replace(brief, tail=replace(brief.tail, signer=signer))
        _numbered(standing, brief, now)
        facts = {"issue": standing.issue, "year": standing.year, "edited": len(edited_figures(brief))}
        record("report.issued", actor=actor, now=now, target=standing, **facts)
    return standing


def correction_add(*, report: Report, text: str, actor: User, now: datetime) -> Report:
    """Add a dated note to an issued brief; what was printed stays (F-STAT-8).

    Raises NotIssued for a draft and ReportRefused("text") for an empty note.
    """
    require(actor, "issue", report)
    note = printable_lines(text)
    if not note:
        raise ReportRefused("text")
    with transaction.atomic():
        standing = _held(report)
        if standing.state != ReportState.ISSUED:
            raise NotIssued
        brief = brief_read(standing)
        added = Correction(now, printable(actor), note)
        _write(standing, replace(brief, corrections=(*brief.corrections, added)), now, changed=True)
        record("report.corrected", actor=actor, now=now, target=standing, text=note)
    return standing


def brief_export(*, report: Report, form: str, actor: User | None, now: datetime) -> bytes:
    """The brief as a file in one of FORMATS, with an entry in the audit. Raises UnknownFormat."""
    if actor is not None:
        require(actor, "read", report)
    paper = render(report, form)
    record("report.exported", actor=actor, now=now, target=report, format=form)
    return paper


def brief_read(report: Report) -> Brief:
    """The blocks of a report."""
    return from_json(report.content)


def _draft(unit: Unit, day: date, actor: User | None, now: datetime) -> tuple[Report, bool]:
    with translation.override(settings.LANGUAGE_CODE):
        title = _("%(unit)s: daily brief on public opinion") % {"unit": unit.name}
    values = {
        "year": day.year,
        "title": title[:TITLE_CHARACTERS],
        "made_at": now,
        "made_by": actor,
        "changed_at": now,
    }
    report, created = Report.objects.get_or_create(unit=unit, kind=ReportKind.DAILY, day=day, defaults=values)
    return (report, True) if created else (_held(report), False)


def _held(report: Report) -> Report:
    """The row as it is now, kept from others until the end of the transaction."""
    rows = Report.objects.select_for_update(of=("self",)).select_related("unit")
    return rows.get(pk=report.pk)


def _write(report: Report, brief: Brief, now: datetime, *, changed: bool) -> None:
    report.content = to_json(brief)
    report.changed_at = now
    report.version += changed
    report.save(update_fields=["content", "changed_at", "version"])


def _numbered(report: Report, brief: Brief, now: datetime) -> None:
    """Take the next number with the write itself: what fails leaves no gap, and of two at once the
    unique constraint lets one through while the other counts again."""
    report.state = ReportState.ISSUED
    report.version += 1
    report.changed_at = now
    same = Report.objects.filter(unit=report.unit, kind=report.kind, year=report.year)
    for _try in range(NUMBER_TRIES):
        report.issue = (same.aggregate(last=Max("issue"))["last"] or 0) + 1
        report.content = to_json(replace(brief, head=replace(brief.head, issue=report.issue)))
        try:
            with transaction.atomic():
                report.save()
        except IntegrityError:
            continue
        return
    raise StaleReport(report.version)


def _signed(brief: Brief, maker: User | None) -> Brief:
    """The maker stands as editor until somebody writes another name."""
    if maker is None:
        return brief
    return replace(brief, tail=replace(brief.tail, editor=_filled(brief.tail.editor, maker)))


def _filled(words: Words, person: User) -> Words:
    name = printable(person)
    return words if words.edited else replace(words, value=name, computed=name)


def _differences(old: Brief, new: Brief) -> dict[str, list[Any]]:
    before = {leaf.code: leaf.value for leaf in leaves(old)}
    return {
        leaf.code: [before[leaf.code], leaf.value] for leaf in leaves(new) if before[leaf.code] != leaf.value
    }
