"""Names of the figures and passages of a brief, and where each figure's records are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanlan.desk.documents.models import ITEM_TYPES
from guanlan.desk.events.models import Level
from guanlan.desk.reports.models import Report
from guanlan.desk.reports.rules import Brief, Entry, Figure, Leaf, Words, leaves
from guanlan.desk.reports.selectors import feed_address
from guanlan.desk.sources.models import SourceKind

#: code of a leaf → its name
NAMES: dict[str, Promise] = {
    "head.title": gettext_lazy("Title of the brief"),
    "head.secrecy": gettext_lazy("Secrecy"),
    "verdict": gettext_lazy("Verdict of the day"),
    "judgement": gettext_lazy("Judgement and advice"),
    "collected": gettext_lazy("Came in"),
    "kept": gettext_lazy("Kept"),
    "texts": gettext_lazy("Distinct texts"),
    "negative": gettext_lazy("Negative"),
    "negative_texts": gettext_lazy("Distinct negative texts"),
    "kept_before": gettext_lazy("Kept the day before"),
    "negative_before": gettext_lazy("Negative the day before"),
    "negative_texts_before": gettext_lazy("Distinct negative texts the day before"),
    "events.open": gettext_lazy("Open events"),
    "events.unjudged": gettext_lazy("Events not yet judged"),
    "alerts.open": gettext_lazy("Alerts nobody has taken"),
    "sources.checked": gettext_lazy("Sources checked"),
    "sources.active": gettext_lazy("Sources in use"),
    "sources.missed": gettext_lazy("Sources missed"),
    "hours": gettext_lazy("Hours with a check"),
    "tail.report_to": gettext_lazy("Reported to"),
    "tail.send_to": gettext_lazy("Sent to"),
    "tail.issue_to": gettext_lazy("Issued to"),
    "tail.editor": gettext_lazy("Edited by"),
    "tail.reviewer": gettext_lazy("Reviewed by"),
    "tail.signer": gettext_lazy("Signed by"),
    "tail.phone": gettext_lazy("Telephone"),
}
PARTS: dict[str, Promise] = {
    "items": gettext_lazy("texts"),
    "negative": gettext_lazy("negative"),
    "engagement": gettext_lazy("reposts, comments and likes"),
    "note": gettext_lazy("what to say of it"),
}
#: Passages of several lines.
LONG = ("verdict", "judgement")


@dataclass(frozen=True, slots=True)
class Row:
    """A figure or passage as the page shows it. ``url`` opens the records of a figure."""

    leaf: Leaf
    name: str
    url: str = ""
    error: str = ""

    @property
    def long(self) -> bool:
        """Whether it takes several lines."""
        return self.leaf.code in LONG or self.leaf.code.endswith(".note")

    @property
    def typed(self) -> str:
        """What stands in its field."""
        return "" if self.leaf.value is None else str(self.leaf.value)


def figures_of(report: Report, brief: Brief) -> list[Row]:
    """Every figure, in the order of the paper."""
    return [
        Row(leaf, name_of(brief, leaf.code), records_url(report, leaf))
        for leaf in leaves(brief)
        if isinstance(leaf, Figure)
    ]


def passages_of(brief: Brief) -> Iterator[Row]:
    """Every passage a person may write, in the order of the paper."""
    for leaf in leaves(brief):
        if isinstance(leaf, Words):
            yield Row(leaf, name_of(brief, leaf.code))


def records_url(report: Report, figure: Figure) -> str:
    """The page with the records behind a figure; empty when it has none."""
    kind = figure.query.get("records", "")
    if kind == "documents":
        return f"{reverse('documents')}?{feed_address(figure.query)}"
    if kind == "counts":
        return f"{reverse('count-entries', args=[figure.query['series']])}?day={figure.query['day']}"
    return reverse("report-figure", args=[report.pk, figure.code]) if kind else ""


def name_of(brief: Brief, code: str) -> str:
    """ "Open events", "Open events of II major", "Forum: negative", "Water is yellow: texts"."""
    if code in NAMES:
        return str(NAMES[code])
    head, _dot, rest = code.partition(".")
    if head == "level":
        level = Level(rest).label if rest in Level.values else _("not graded")
        return _("Open events: %(level)s") % {"level": level}
    if head == "type":
        return str(dict(ITEM_TYPES).get(rest, rest))
    if head == "count":
        return next((line.name for line in brief.counts if line.value.code == code), code)
    if head == "kind":
        kind, _dot, part = rest.partition(".")
        label = str(SourceKind(kind).label) if kind in SourceKind.values else kind
        return f"{label} · {PARTS['negative'] if part else PARTS['items']}"
    key, _dot, part = code.rpartition(".")
    entry: Entry | None = next((one for one in brief.focus if one.key == key), None)
    return f"{entry.title if entry else key} · {PARTS.get(part, part)}"
