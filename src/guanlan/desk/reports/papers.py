"""The one way from a report to a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from guanlan.desk.reports import pdf, plain, word
from guanlan.desk.reports.content import from_json
from guanlan.desk.reports.errors import UnknownFormat
from guanlan.desk.reports.models import Report
from guanlan.desk.reports.rules import printable
from guanlan.desk.reports.sheet import Sheet
from guanlan.desk.reports.wording import sheet_of

_MAKERS: dict[str, Callable[[Sheet], bytes]] = {
    "docx": word.make,
    "pdf": pdf.make,
    "html": plain.html,
    "md": plain.markdown,
}
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
#: What file systems take (255 bytes) less the ending; a long name loses its beginning, never its day.
NAME_BYTES = 240
#: Format → media type.
FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
}


def render(report: Report, form: str, language: str = "") -> bytes:
    """The report as a file in one of FORMATS; Chinese unless another ``language`` is asked for.

    Raises UnknownFormat.
    """
    if form not in FORMATS:
        raise UnknownFormat(form)
    if form == "json":
        return _json(report)
    return _MAKERS[form](sheet(report, language))


def sheet(report: Report, language: str = "") -> Sheet:
    """What stands on the paper, for a page that shows it."""
    language = language or settings.LANGUAGE_CODE
    with translation.override(language):
        return sheet_of(from_json(report.content), language)


def file_name(report: Report, form: str) -> str:
    """What the file is called: unit, kind, day. Nothing in it can leave its folder."""
    with translation.override(settings.LANGUAGE_CODE):
        name = _("%(unit)s-daily-brief-%(day)s") % {"unit": report.unit.name, "day": report.day.isoformat()}
    name = _NOT_IN_NAMES.sub("_", printable(name)).strip(". ")
    while len(name.encode()) > NAME_BYTES:
        name = name[1:]
    return f"{name}.{form}"


def _json(report: Report) -> bytes:
    facts = {
        "unit": report.unit.code,
        "kind": report.kind,
        "day": report.day.isoformat(),
        "issue": report.issue,
        "state": report.state,
        "version": report.version,
        "brief": report.content,
    }
    return json.dumps(facts, ensure_ascii=False, indent=2).encode(errors="replace") + b"\n"
