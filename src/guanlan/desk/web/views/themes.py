"""专题: what do we listen for, and does it hear the right things?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.analysis.errors import ExpressionError
from guanlan.desk.common.clock import day_bounds, utc_now
from guanlan.desk.common.ids import first_id
from guanlan.desk.documents.selectors import visible
from guanlan.desk.organisation.models import Unit
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.watch.bursts import theme_bursts
from guanlan.desk.watch.errors import ThemeChanged
from guanlan.desk.watch.hits import hit_mark
from guanlan.desk.watch.models import Theme, ThemeHit
from guanlan.desk.watch.selectors import themes_visible
from guanlan.desk.watch.services import TEST_PERIOD, theme_change, theme_create, theme_retire
from guanlan.desk.watch.trial import Trial, theme_compare
from guanlan.desk.web.feed import address_without
from guanlan.desk.web.forms import DeskForm, choose
from guanlan.desk.web.requests import is_part, person, whole_number
from guanlan.desk.web.views.sources import units_for

PAGE = 50
#: Hits and false hits on the list are those of this time.
RECENT = timedelta(days=7)
#: Longer than any list kept by hand; a body's whole word list goes in by the command line.
MOST_TYPED = 100_000
#: Days that ids can stand for, with room at both ends.
FIRST_DAY, LAST_DAY = date(1971, 1, 1), date(2200, 1, 1)
#: Characters shown around a fault.
AROUND = 18

#: ExpressionError codes → sentence (guanlan.analysis.expression and regex_guard)
FAULTS: dict[str, Promise] = {
    "empty": gettext_lazy("There is nothing to look for yet."),
    "too_long": gettext_lazy("The expression is too long."),
    "term_too_long": gettext_lazy("This word is longer than 100 characters."),
    "too_many_terms": gettext_lazy("There are too many words."),
    "unknown_label": gettext_lazy(
        "This label is not known. Labels are 必含, 任一, 排除, 相近, 地点, 别名 and 变体."
    ),
    "empty_alternative": gettext_lazy("A word is missing beside the |."),
    "unclosed_quote": gettext_lazy("This quotation mark is not closed."),
    "unclosed_regex": gettext_lazy("This pattern has no closing /."),
    "bad_distance": gettext_lazy("The distance must be a number from 1 to 500."),
    "near_needs_two": gettext_lazy("相近 needs two words or more."),
    "near_too_many": gettext_lazy("相近 takes 20 words at most."),
    "too_many_patterns": gettext_lazy("There are too many patterns; write plain words."),
    "broken_character": gettext_lazy("A character is broken; write it anew."),
    "too_many_words": gettext_lazy("All themes together have too many words."),
    "bad_mark": gettext_lazy("A ~ must be followed by a word."),
    "bad_option": gettext_lazy("变体 is 开, 关 or 全部."),
    "alias_without_equals": gettext_lazy("An alias is written 名称=别名,别名."),
    "nothing_required": gettext_lazy(
        "Only exclusions: this would match nearly everything. Add what must be there."
    ),
}  # fmt: skip
BAD_PATTERN = gettext_lazy("This pattern cannot be used: it is not valid, or it could take too long.")


@dataclass(frozen=True, slots=True)
class Fault:
    """Where an expression breaks: a sentence, line and column from 1, and the words around."""

    sentence: str
    line: int
    column: int
    before: str
    at: str
    after: str


class ThemeForm(DeskForm):
    """A name, a unit for a new theme, and what is asked for."""

    name = forms.CharField(label=_("Name"), max_length=60)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    expression = forms.CharField(
        label=_("What is asked for"), max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "false", "class": "expression"}),
    )  # fmt: skip
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, units: QuerySet[Unit] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if units is None:
            del self.fields["unit"]
        else:
            choose(self.fields["unit"], units)


@require_GET
def themes(request: HttpRequest) -> HttpResponse:
    user = person(request)
    found = list(themes_visible(user).defer("expression"))
    hits, false = counts_of(found)
    rows = [
        (
            theme,
            hits.get(theme.pk, 0),
            false.get(theme.pk, 0),
            share(false.get(theme.pk, 0), hits.get(theme.pk, 0)),
        )
        for theme in found
    ]
    return render(request, "web/themes.html", {"rows": rows, "may_theme": may(user, "theme")})


def counts_of(found: Sequence[Theme]) -> tuple[dict[int, int], dict[int, int]]:
    """Hits and false hits of the last days by theme."""
    recent = ThemeHit.objects.filter(theme__in=found, document__gte=first_id(utc_now() - RECENT)).order_by()
    hits = dict(recent.values_list("theme").annotate(Count("pk")))
    false = dict(recent.filter(false_hit=True).values_list("theme").annotate(Count("pk")))
    return hits, false


def share(part: int, whole: int) -> float | None:
    """0..1, unknown without anything to count."""
    return part / whole if whole else None


@require_http_methods(["GET", "POST"])
def theme_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    require(user, "theme")
    form = ThemeForm(request.POST or None, units=units_for(user, "theme"))
    if _wants_trial(request):
        return _trial_page(request, form, None)
    fault = None
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = theme_create(
                unit=values["unit"], name=values["name"], expression=values["expression"], actor=user,
                now=utc_now(),
            )  # fmt: skip
        except ExpressionError as error:
            fault = fault_of(values["expression"], error)
        except ValidationError as refused:
            form.add_error("name", refused.messages)
        else:
            messages.success(request, _("The desk listens for “%(name)s” from now on.") % {"name": made.name})
            return redirect("theme", pk=made.pk)
    return _editor(request, form, None, fault=fault)


@require_http_methods(["GET", "POST"])
def theme(request: HttpRequest, pk: int) -> HttpResponse:
    found = theme_or_404(request, pk)
    initial = {"name": found.name, "expression": found.expression, "version": found.version}
    form = ThemeForm(request.POST or None, units=None, initial=initial)
    if request.method == "POST":
        require(person(request), "theme", found)
    if _wants_trial(request):
        return _trial_page(request, form, found)
    fault = None
    if request.method == "POST" and form.is_valid():
        fault = _save(request, form, found)
        if fault is None and not form.errors:
            return redirect("theme", pk=pk)
    return _editor(request, form, found, fault=fault)


def _save(request: HttpRequest, form: ThemeForm, found: Theme) -> Fault | None:
    """Save what was typed over the version that was read; the fault when it does not parse."""
    values = form.cleaned_data
    found.version = values["version"] or found.version
    try:
        theme_change(
            theme=found,
            name=values["name"],
            expression=values["expression"],
            actor=person(request),
            now=utc_now(),
        )
    except ExpressionError as error:
        return fault_of(values["expression"], error)
    except ValidationError as refused:
        form.add_error("name", refused.messages)
    except ThemeChanged as changed:
        form.add_error(
            None,
            _(
                "%(who)s saved version %(n)s while you were writing. "
                "Your text stands here unsaved: compare, then save again."
            )
            % {"who": changed.theme.changed_by, "n": changed.theme.version},
        )
        typed = request.POST.copy()  # the next save is over the version just named
        typed["version"] = str(changed.theme.version)
        form.data = typed
    else:
        messages.success(
            request,
            _("Saved as version %(n)s. What comes in from now on is matched by it.") % {"n": found.version},
        )
    return None


def theme_or_404(request: HttpRequest, pk: int) -> Theme:
    """A theme of the person's units."""
    return get_object_or_404(themes_visible(person(request)), pk=pk)


def _wants_trial(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("act") == "try"


def _trial_page(request: HttpRequest, form: ThemeForm, found: Theme | None) -> HttpResponse:
    """What the expression would have found; htmx gets only that part."""
    expression = request.POST.get("expression", "")[:MOST_TYPED]
    trial, fault = trial_of(request, expression, found)
    if is_part(request):
        return render(request, "web/themes/trial.html", {"trial": trial, "fault": fault, "theme": found})
    form.full_clean()
    form.errors.clear()
    return _editor(request, form, found, trial=trial, fault=fault)


def trial_of(request: HttpRequest, expression: str, found: Theme | None) -> tuple[Trial | None, Fault | None]:
    try:
        trial = theme_compare(
            expression=expression, saved=found.expression if found else "", 
            documents=visible(person(request)), since=utc_now() - TEST_PERIOD,
        )  # fmt: skip
    except ExpressionError as error:
        return None, fault_of(expression, error)
    return trial, None


def fault_of(expression: str, error: ExpressionError) -> Fault:
    """The fault in words, at its place."""
    place = min(max(error.position, 0), len(expression))
    line = expression.count("\n", 0, place) + 1
    start = expression.rfind("\n", 0, place) + 1
    end = expression.find("\n", place)
    rest = expression[place : end if end >= 0 else len(expression)]
    length = max(1, min(len(error.found), len(rest), AROUND))
    return Fault(
        str(FAULTS.get(error.code, BAD_PATTERN)), line, place - start + 1,
        expression[max(start, place - AROUND) : place], rest[:length], rest[length : length + AROUND],
    )  # fmt: skip


def _editor(
    request: HttpRequest, form: ThemeForm, found: Theme | None, *, trial: Trial | None = None,
    fault: Fault | None = None,
) -> HttpResponse:  # fmt: skip
    hits, false = counts_of([found]) if found else ({}, {})
    number = found.pk if found else 0
    page = {
        "form": form, "theme": found, "trial": trial, "fault": fault,
        "may_theme": may(person(request), "theme", found) if found else True,
        "hits": hits.get(number, 0), "false": false.get(number, 0),
        "rate": share(false.get(number, 0), hits.get(number, 0)),
        **_bursts(request, found),
        "tried": trial is not None or (fault is not None),
    }  # fmt: skip
    return render(
        request,
        "web/theme.html",
        page,
        status=400 if form.errors or (fault and not _wants_trial(request)) else 200,
    )


def _bursts(request: HttpRequest, found: Theme | None) -> dict[str, Any]:
    """Counts of the last days with their bursts, for a theme that is saved."""
    if found is None:
        return {}
    bursts = theme_bursts(found, person(request), now=utc_now())
    highest = max(1, bursts.highest)
    return {"bursts": bursts, "burst_days": [(day, 100 * (day.count or 0) / highest) for day in bursts.days]}


@require_POST
def theme_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop listening, or start again."""
    found = theme_or_404(request, pk)
    active = request.POST.get("active") == "1"
    try:
        theme_retire(theme=found, active=active, actor=person(request), now=utc_now())
    except ThemeChanged:
        messages.warning(request, _("Somebody saved the theme at this moment. Look again and press again."))
    else:
        said = (
            _("The desk listens for “%(name)s” again.")
            if active
            else _("“%(name)s” is paused; its hits stay.")
        )
        messages.success(request, said % {"name": found.name})
    return redirect("theme", pk=pk)


@require_GET
def theme_hits(request: HttpRequest, pk: int) -> HttpResponse:
    """What the theme asked for, newest first."""
    found = theme_or_404(request, pk)
    rows = found.hits.filter(document__in=visible(person(request)).values("pk"))
    rows = rows.select_related("document__source", "marked_by").order_by("-document")
    if request.GET.get("false") == "1":
        rows = rows.filter(false_hit=True)
    day = day_typed(request.GET.get("day"))
    if day is not None:  # what a bar of the last days counts
        start, end = day_bounds(day)
        rows = rows.filter(false_hit=False, document__gte=first_id(start), document__lt=first_id(end))
    before = whole_number(request.GET.get("before"))
    if before is not None:
        rows = rows.filter(document__lt=before)
    page = list(rows[: PAGE + 1])
    older = f"?{address_without(request.GET, before=page[PAGE - 1].document_id)}" if len(page) > PAGE else ""
    return render(
        request,
        "web/theme_hits.html",
        {
            "theme": found, "rows": [(hit, snippet_of(hit)) for hit in page[:PAGE]], "older_url": older,
            "newer_url": f"?{address_without(request.GET, 'before')}" if before else "",
            "only_false": request.GET.get("false") == "1", "may_screen": may(person(request), "screen"),
        },
    )  # fmt: skip


def day_typed(text: str | None) -> date | None:
    """A day typed into an address, or None for anything else."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def snippet_of(hit: ThemeHit) -> tuple[str, list[list[int]]]:
    """Words around the first hit, and the spans inside them."""
    return around(f"{hit.document.title}\n{hit.document.text}", hit.spans)


def around(text: str, spans: Sequence[Sequence[int]], length: int = 120) -> tuple[str, list[list[int]]]:
    """A piece of the text that begins a little before the first span, with the spans moved along."""
    starts = [span[0] for span in spans if len(span) == 2]
    start = max(0, min(starts, default=0) - 30)
    piece = text[start : start + length]
    moved = [[span[0] - start, span[1] - start] for span in spans if len(span) == 2 and span[0] >= start]
    return piece, moved


@require_POST
def theme_hit(request: HttpRequest, pk: int, hit: int) -> HttpResponse:
    """A false hit, or not after all."""
    found = theme_or_404(request, pk)
    seen = visible(person(request)).values("pk")
    row = get_object_or_404(found.hits.filter(document__in=seen).select_related("document__unit"), pk=hit)
    false = request.POST.get("false_hit") == "1"
    hit_mark(hit=row, false_hit=false, actor=person(request), now=utc_now())
    said = _("Marked as a false hit; the theme counts it no longer.")
    messages.success(request, said if false else _("Counted as a hit again."))
    return redirect("theme-hits", pk=pk)
