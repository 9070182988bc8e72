"""One document: what it says, where it comes from, why the machine thinks what it thinks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from guanlan.analysis.decode import decode
from guanlan.analysis.errors import AnalysisError
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.common.clock import utc_now
from guanlan.desk.disclosure.selectors import report_of
from guanlan.desk.documents import captures
from guanlan.desk.documents.attached import ENDINGS, PICTURES
from guanlan.desk.documents.handling import proposed_class
from guanlan.desk.documents.models import ITEM_TYPES, KINDS, TONES, Capture, Document, LabelKind
from guanlan.desk.documents.screenshots import pictures_of
from guanlan.desk.documents.selectors import copies, visible
from guanlan.desk.documents.services import NotAWordError, document_kind_set
from guanlan.desk.organisation.permissions import may
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.watch.hits import hit_mark
from guanlan.desk.watch.models import GroupMember, ThemeHit
from guanlan.desk.watch.services import document_tone
from guanlan.desk.web.requests import person
from guanlan.desk.web.tone_words import can_explain, clauses_of, fallback_words
from guanlan.desk.web.views.disclosure import panel_of
from guanlan.desk.web.views.documents import document_or_404
from guanlan.desk.web.words import CLEANED

#: Shown on the page; the rest is a link away.
MOST_COPIES = 50
MOST_HISTORY = 30
#: A page larger than this is offered as a file, not rendered into a frame.
LARGEST_SHOWN = 5 * 1024 * 1024
#: The captured page may bring its own inline style and nothing else: no script, no network, no forms.
CAPTURE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    found = document_or_404(request, pk)
    user = person(request)
    family = visible_copies(request, found)
    hits = list(found.hits.select_related("theme", "marked_by").order_by("theme__name"))
    found.true_hits = [hit for hit in hits if not hit.false_hit]  # type: ignore[attr-defined]
    return render(
        request,
        "web/document.html",
        {
            "document": found,
            "hits": hits,
            "tones": TONES,
            "tone": found.evidence.get("tone", {}),
            **tone_reasons(request, found),
            "cleaned": cleaning_words(found.evidence),
            "copies": family[:MOST_COPIES],
            "copies_count": family.count(),
            "membership": membership(found),
            "items": found.event_items.select_related("event"),
            "kinds": KINDS,
            "kind": found.evidence.get("kind", {}),
            "kind_words": kind_words(found),
            "handling": proposed_class(found),
            **labels_of(found),
            "entries": history(found),
            "intake": Intake.objects.filter(run=found.run_id, document_id=found.pk).order_by("pk").first(),
            "beside": "beside" in request.GET and found.capture_id,
            "item_types": ITEM_TYPES,
            "picture": found.capture is not None and found.capture.media_type in PICTURES,
            "scan": found.capture is not None and found.capture.media_type in ENDINGS,
            "may_screen": may(user, "screen", found),
            "panel": panel_of(sent, user) if (sent := report_of(found)) else None,
        },
    )


def tone_reasons(request: HttpRequest, found: Document) -> dict[str, Any]:
    """Why the compact model judged in the place of another, and on demand the clauses that decided."""
    asked = "clauses" in request.GET
    return {
        "tone_fallback": fallback_words(found.evidence.get("tone", {}).get("fallback", "")),
        "can_explain": not asked and can_explain(found),
        "clauses_asked": asked,
        "clauses": clauses_of(found) if asked else None,
    }


def labels_of(found: Document) -> dict[str, Any]:
    """What people said of the tone and of the kind, newest first."""
    said = list(found.labels.select_related("by"))
    return {
        "tone_labels": [
            (label, dict(TONES).get(label.value)) for label in said if label.kind == LabelKind.TONE
        ],
        "kind_labels": [
            (label, dict(KINDS).get(label.value)) for label in said if label.kind == LabelKind.KIND
        ],
        "type_labels": [
            (label, dict(ITEM_TYPES).get(label.value, _("not said")))
            for label in said
            if label.kind == LabelKind.TYPE
        ],
    }


def kind_words(found: Document) -> list[tuple[str, list[str]]]:
    """The rules that spoke for the kind and the words they found in the title and the text."""
    whole = f"{found.title}\n{found.text}"
    rules = found.evidence.get("kind", {}).get("rules", [])
    return [(code, list(dict.fromkeys(whole[start:end] for start, end in spans))) for code, spans in rules]


def membership(found: Document) -> GroupMember | None:
    """The group the document stands in, if any."""
    return GroupMember.objects.filter(document=found).select_related("group").first()


def visible_copies(request: HttpRequest, found: Document) -> QuerySet[Document]:
    """Copies, reprints and versions, as far as this person may see them."""
    return copies(found).filter(pk__in=visible(person(request)).values("pk"))


def history(found: Document) -> QuerySet[AuditEntry]:
    """What people did to this document itself."""
    return AuditEntry.objects.filter(object_type="document", object_id=str(found.pk))[:MOST_HISTORY]


def cleaning_words(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """What cleaning changed: words and how often."""
    return [(str(CLEANED.get(code, code)), str(value)) for code, value in evidence.get("clean", [])]


@require_POST
def set_tone(request: HttpRequest, pk: int) -> HttpResponse:
    found = document_or_404(request, pk)
    try:
        document_tone(
            document=found, value=request.POST.get("tone", ""), actor=person(request), now=utc_now()
        )
    except NotAWordError as error:
        raise Http404 from error
    messages.success(request, _("The tone is set. What the machine had said stays beside it."))
    return redirect("document", pk=pk)


@require_POST
def set_kind(request: HttpRequest, pk: int) -> HttpResponse:
    found = document_or_404(request, pk)
    try:
        document_kind_set(
            document=found, kind=request.POST.get("kind", ""), actor=person(request), now=utc_now()
        )
    except NotAWordError as error:
        raise Http404 from error
    messages.success(request, _("The kind is set. What the machine had said stays beside it."))
    return redirect("document", pk=pk)


@require_POST
def set_hit(request: HttpRequest, pk: int, hit: int) -> HttpResponse:
    """Mark a theme hit as false, or take that back."""
    found = document_or_404(request, pk)
    row = get_object_or_404(ThemeHit.objects.select_related("document"), pk=hit, document=found)
    false_hit = request.POST.get("false_hit") == "1"
    hit_mark(hit=row, false_hit=false_hit, actor=person(request), now=utc_now())
    said = _("Marked as a false hit; the theme counts it no longer.")
    messages.success(request, said if false_hit else _("Counted as a hit again."))
    return redirect("document", pk=pk)


@require_GET
@xframe_options_sameorigin
def capture(request: HttpRequest, pk: int) -> HttpResponse:
    """The page as received: ``?as=file`` the very bytes, ``?as=text`` its source, else as it looked."""
    found = document_or_404(request, pk)
    if found.capture is None:
        raise Http404
    try:
        content = captures.read(found.capture.sha256)
    except captures.CaptureMissing as error:
        raise Http404 from error
    shape = request.GET.get("as", "")
    if shape == "file" or len(content) > LARGEST_SHOWN:
        return as_file(found.capture, content)
    if found.capture.media_type in PICTURES and shape == "picture":
        return as_picture(found.capture, content)
    if found.capture.media_type in ENDINGS:
        return as_file(found.capture, content)
    kind = "text/plain" if shape == "text" else "text/html"
    known = str(found.evidence.get("encoding", ""))
    text = readable(content, known, found.capture.charset)
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Security-Policy"] = CAPTURE_POLICY
    return response


@require_GET
def screenshot(request: HttpRequest, pk: int, sha256: str) -> HttpResponse:
    """A picture of the document's page; ``?as=file`` to keep it."""
    found = document_or_404(request, pk)
    if sha256 not in {one.sha256 for one in pictures_of(found)}:
        raise Http404
    try:
        content = captures.read(sha256)
    except captures.CaptureMissing as error:
        raise Http404 from error
    response = HttpResponse(content, content_type="image/png")
    if request.GET.get("as") == "file":
        response["Content-Disposition"] = f'attachment; filename="{sha256[:16]}.png"'
    response["Content-Security-Policy"] = CAPTURE_POLICY
    response["Cache-Control"] = "private, max-age=86400, immutable"  # named by its content
    return response


def as_picture(row: Capture, content: bytes) -> HttpResponse:
    """A picture that a person put beside an item, as a picture and nothing else."""
    response = HttpResponse(content, content_type=row.media_type)
    response["Content-Security-Policy"] = CAPTURE_POLICY
    return response


def as_file(row: Capture, content: bytes) -> HttpResponse:
    """The bytes, never opened by the browser itself."""
    ending = ENDINGS.get(row.media_type, "bin")
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{row.sha256[:16]}.{ending}"'
    response["Content-Security-Policy"] = CAPTURE_POLICY
    return response


def readable(content: bytes, known: str, declared: str) -> str:
    """The bytes as text: in the encoding the analysis found, else found now; never an error."""
    try:
        return content.decode(known, errors="replace") if known else decode(content, declared or None).text
    except (AnalysisError, LookupError):
        return content.decode("utf-8", errors="replace")
