"""报告: what goes on paper, who signed it, and where each figure comes from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.desk.common.clock import local_date, utc_now
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.reports import services
from guanlan.desk.reports.errors import NotIssued, ReportIssued, ReportRefused, StaleReport, UnknownFormat
from guanlan.desk.reports.models import Report, ReportState
from guanlan.desk.reports.papers import FORMATS, file_name, sheet
from guanlan.desk.reports.rules import Brief, Figure, leaves
from guanlan.desk.reports.selectors import records_of, reports_visible
from guanlan.desk.web.feed import address_without
from guanlan.desk.web.report_words import Row, figures_of, passages_of, records_url
from guanlan.desk.web.requests import person, whole_number
from guanlan.desk.web.views.sources import units_for

PAGE = 50
#: Records listed behind one figure; what is more is found on the records' own page.
MOST_RECORDS = 300
DOWNLOADS = (("docx", "Word"), ("pdf", "PDF"), ("html", "HTML"), ("md", "Markdown"))
#: Codes of ReportRefused that are not about one field.
PREFIX = "c:"


@require_http_methods(["GET", "POST"])
def reports(request: HttpRequest) -> HttpResponse:
    """All of them, and a form to make one for a day."""
    user, now = person(request), utc_now()
    problem = ""
    if request.method == "POST":
        require(user, "report")
        unit: Unit = get_object_or_404(
            units_for(user, "report"), pk=whole_number(request.POST.get("unit")) or 0
        )
        day = _day(request.POST.get("day", ""))
        problem = "" if day else _("Choose a day.")
        if day is not None:
            try:
                return redirect("report", pk=services.brief_make(unit=unit, day=day, actor=user, now=now).pk)
            except ReportRefused as refused:
                problem = _("This day is not over and not begun: choose today or an earlier day.")
                if refused.code != "future":
                    problem = _("This day is too long ago.")
    context = {**_listed(request), "problem": problem, "units": units_for(user, "report")}
    return render(request, "web/reports.html", context, status=400 if problem else 200)


def _listed(request: HttpRequest) -> dict[str, Any]:
    """A page of the list. Days are walked by number of row: briefs are few, one a day."""
    rows = reports_visible(person(request)).defer("content")
    offset = min(whole_number(request.GET.get("after")) or 0, 1_000_000)
    page = list(rows[offset : offset + PAGE + 1])
    wanted = _day(request.GET.get("day", "")) or local_date(utc_now()) - timedelta(days=1)
    return {
        "reports": page[:PAGE],
        "older_url": f"?{address_without(request.GET, after=offset + PAGE)}" if len(page) > PAGE else "",
        "newer_url": "?" if offset else "",
        "day": f"{wanted:%Y-%m-%d}",
        "today": f"{local_date(utc_now()):%Y-%m-%d}",
        "may_report": may(person(request), "report"),
    }


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def report_or_404(request: HttpRequest, pk: int) -> Report:
    """A report of the person's units."""
    return get_object_or_404(reports_visible(person(request)), pk=pk)


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper at the left, what to do with it at the right."""
    found = report_or_404(request, pk)
    user = person(request)
    brief = services.brief_read(found)
    return render(
        request,
        "web/report.html",
        {
            "report": found,
            "sheet": sheet(found),
            "figures": figures_of(found, brief),
            "corrections": brief.corrections,
            "downloads": DOWNLOADS,
            "issued": found.state == ReportState.ISSUED,
            "may_report": may(user, "report", found),
            "may_issue": may(user, "issue", found),
        },
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write passages, change figures; what was counted stays beside."""
    found = report_or_404(request, pk)
    require(person(request), "report", found)
    if found.state == ReportState.ISSUED:
        messages.warning(request, _("The brief is issued and stays as it is. Add a correction instead."))
        return redirect("report", pk=pk)
    brief = services.brief_read(found)
    if request.method == "GET":
        return _editor(request, found, brief)
    changes = {
        leaf.code: request.POST[PREFIX + leaf.code]
        for leaf in leaves(brief)
        if PREFIX + leaf.code in request.POST
    }
    version = whole_number(request.POST.get("version")) or 0
    try:
        services.brief_edit(
            report=found, changes=changes, version=version, actor=person(request), now=utc_now()
        )
    except StaleReport as stale:
        found.version = stale.version
        problem = _(
            "Somebody saved the brief while you were writing. "
            "Your text stands here unsaved: look, then save again."
        )
        return _editor(request, found, brief, changes, problem=problem, status=409)
    except ReportRefused as refused:
        problem = _("One figure is not a whole number. Nothing was saved; your text stands here.")
        return _editor(request, found, brief, changes, problem=problem, wrong=refused.code, status=400)
    except ReportIssued:
        messages.warning(
            request, _("The brief was issued meanwhile and stays as it is. Add a correction instead.")
        )
        return redirect("report", pk=pk)
    messages.success(request, _("Saved. Changed figures are marked on the paper."))
    return redirect("report", pk=pk)


def _editor(
    request: HttpRequest, found: Report, brief: Brief, typed: dict[str, str] | None = None, *,
    problem: str = "", wrong: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The form, with what was typed where there is something."""

    def shown(row: Row) -> tuple[Row, str, bool]:
        return row, (typed or {}).get(row.leaf.code, row.typed), row.leaf.code == wrong

    context = {
        "report": found, "prefix": PREFIX, "problem": problem,
        "passages": [shown(row) for row in passages_of(brief)],
        "figures": [shown(row) for row in figures_of(found, brief)],
    }  # fmt: skip
    return render(request, "web/report_edit.html", context, status=status)


@require_POST
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the draft again; what people wrote stays."""
    found = report_or_404(request, pk)
    services.brief_make(unit=found.unit, day=found.day, actor=person(request), now=utc_now())
    messages.success(request, _("Counted again. What people wrote was kept."))
    return redirect("report", pk=pk)


@require_POST
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign the draft that was read."""
    found = report_or_404(request, pk)
    version = whole_number(request.POST.get("version"))
    try:
        done = services.brief_issue(report=found, version=version, actor=person(request), now=utc_now())
    except StaleReport:
        messages.warning(
            request,
            _("The brief was changed after you opened it, so it was not issued. Read it again, then issue."),
        )
    except ReportIssued:
        messages.warning(request, _("Somebody issued it before you."))
    else:
        messages.success(request, _("Issued as no. %(n)s under your name.") % {"n": done.issue})
    return redirect("report", pk=pk)


@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a dated correction to an issued brief."""
    found = report_or_404(request, pk)
    try:
        services.correction_add(
            report=found, text=request.POST.get("text", ""), actor=person(request), now=utc_now()
        )
    except ReportRefused:
        messages.error(request, _("Write what is corrected. Nothing was added."))
    except NotIssued:
        messages.warning(request, _("The brief is a draft still: simply edit it."))
    else:
        messages.success(request, _("The correction stands on the paper with your name and the time."))
    return redirect("report", pk=pk)


@require_GET
def paper(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The brief as a file."""
    found = report_or_404(request, pk)
    try:
        content = services.brief_export(report=found, form=form, actor=person(request), now=utc_now())
    except UnknownFormat as error:
        raise Http404 from error
    response = HttpResponse(content, content_type=FORMATS[form])
    response["Content-Disposition"] = content_disposition_header(True, file_name(found, form))
    return response


@require_GET
def figure(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The records behind a figure."""
    found = report_or_404(request, pk)
    wanted = next(
        (row for row in figures_of(found, services.brief_read(found)) if row.leaf.code == code), None
    )
    if wanted is None or not isinstance(wanted.leaf, Figure):
        raise Http404
    kind = wanted.leaf.query.get("records", "")
    if kind in ("documents", "counts"):
        return redirect(records_url(found, wanted.leaf))
    rows = list(records_of(wanted.leaf, person(request))[: MOST_RECORDS + 1])
    context = {
        "report": found, "row": wanted, "kind": kind, "records": rows[:MOST_RECORDS],
        "more": len(rows) > MOST_RECORDS,
    }  # fmt: skip
    return render(request, "web/report_figure.html", context)
