"""Filters and tags that every template may use; a builtin, so no page loads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanlan.desk.common.clock import DISPLAY_ZONE, utc_now
from guanlan.desk.counts.rules import shown
from guanlan.desk.documents.models import KINDS
from guanlan.desk.reports.sheet import pieces
from guanlan.desk.sources.reasons import sentence
from guanlan.desk.web.count_words import alert_lines
from guanlan.desk.web.marks import Ranges, mark_spans, mark_terms, shifted
from guanlan.desk.web.matters import DESCENTS
from guanlan.desk.web.words import ACTIONS, HEALTH, OBJECTS

register = template.Library()

#: After a week the date says more than "9 days ago".
RELATIVE_UNTIL = timedelta(days=7)
#: From here on hours and minutes say nothing more.
DAYS_FROM = timedelta(days=2)
GRADE_WORDS = {
    "I": gettext_lazy("Red · I especially major"),
    "II": gettext_lazy("Orange · II major"),
    "III": gettext_lazy("Yellow · III larger"),
    "IV": gettext_lazy("Blue · IV general"),
    "watch": gettext_lazy("Grey · watch"),
}
TONE_WORDS = {
    "negative": gettext_lazy("Negative"),
    "neutral": gettext_lazy("Neutral"),
    "positive": gettext_lazy("Positive"),
}


def relative_words(moment: datetime, now: datetime) -> str:
    """ "3 h ago", "in 12 min"; beyond a week the day in Asia/Shanghai."""
    past = moment <= now
    span = now - moment if past else moment - now
    if span > RELATIVE_UNTIL:
        return moment.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d")
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return _("just now") if past else _("at once")
    if minutes < 60:
        return (_("%s min ago") if past else _("in %s min")) % minutes
    if minutes < 24 * 60:
        return (_("%s h ago") if past else _("in %s h")) % (minutes // 60)
    return (_("%s d ago") if past else _("in %s d")) % (minutes // (24 * 60))


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """Relative time on screen; the full time of Asia/Shanghai on hover and on paper."""
    if moment is None:
        return format_html('<span class="quiet">{}</span>', _("time unknown"))
    full = moment.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M")
    return format_html(
        '<time datetime="{}" title="{}" data-ago><span class="rel">{}</span>'
        '<span class="full">{}</span></time>',
        moment.isoformat(),
        full,
        relative_words(moment, utc_now()),
        full,
    )


@register.filter
def moment(value: datetime | None) -> str:
    """The full time of Asia/Shanghai, to the minute."""
    return value.astimezone(DISPLAY_ZONE).strftime("%Y-%m-%d %H:%M") if value else _("time unknown")


@register.filter
def interval(minutes: int) -> str:
    """Minutes in the largest unit that divides them: 90 min, 2 h, 3 d."""
    if minutes % (24 * 60) == 0:
        return _("%s d") % (minutes // (24 * 60))
    return _("%s h") % (minutes // 60) if minutes % 60 == 0 else _("%s min") % minutes


@register.filter
def lasted(value: timedelta) -> str:
    """How long something took: "0.4 s", "12 s", "3 min", "2 h 05 min", "3 days"."""
    seconds = value.total_seconds()
    if seconds < 60:
        return _("%s s") % (f"{seconds:.1f}".removesuffix(".0") if seconds < 10 else f"{seconds:.0f}")
    minutes = int(seconds // 60)
    if minutes < 60:
        return _("%s min") % minutes
    if value >= DAYS_FROM:
        return _("%s days") % value.days
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": f"{minutes % 60:02d}"}


@register.simple_tag
def grade(level: str, confirmed: bool = False) -> SafeString:
    """A grade: the colour and, always, its word. Dotted unless a person confirmed it."""
    if level not in GRADE_WORDS:
        return format_html('<span class="quiet">{}</span>', _("Not graded"))
    return format_html(
        '<span class="word grade grade-{} {}">{}</span>',
        level,
        "confirmed" if confirmed else "machine",
        GRADE_WORDS[level],
    )


@register.simple_tag
def tone(document: Any) -> SafeString:
    """The tone of a document as a small word; dotted with its probability where only a machine spoke."""
    label = document.effective_tone
    if label not in TONE_WORDS:
        return SafeString("")
    if document.person_tone:
        title = _("Said by a person")
        return format_html(
            '<span class="word confirmed tone-{}" title="{}">{}</span>', label, title, TONE_WORDS[label]
        )
    unsure = " unsure" if document.tone_unsure else ""
    title = _("Machine, unsure: please look") if document.tone_unsure else _("Machine suggestion")
    return format_html(
        '<span class="word machine tone-{}{}" title="{}">{}<small>{}</small></span>',
        label,
        unsure,
        title,
        TONE_WORDS[label],
        short_probability(document.tone_probability),
    )


@register.simple_tag
def kind(document: Any) -> SafeString:
    """What a text does as a small word; dotted with its probability where only a machine spoke."""
    label = dict(KINDS).get(document.effective_kind)
    if label is None:
        return SafeString("")
    if document.person_kind:
        title = _("Said by a person")
        return format_html('<span class="word confirmed kind" title="{}">{}</span>', title, label)
    title = _("Machine, unsure: please look") if document.kind_unsure else _("Machine suggestion")
    return format_html(
        '<span class="word machine kind{}" title="{}">{}<small>{}</small></span>',
        " unsure" if document.kind_unsure else "",
        title,
        label,
        short_probability(document.kind_probability),
    )


@register.filter
def found_words(hit: Any) -> list[str]:
    """Words a theme found; one found another way than asked for says what it stands for."""
    via = list(hit.via or ())
    via += [""] * (len(hit.terms) - len(via))
    return [
        _("%(word)s (a variant of %(asked)s)") % {"word": word, "asked": asked} if asked else word
        for word, asked in zip(hit.terms, via, strict=False)
    ]


def short_probability(value: float | None) -> str:
    """ ".91": two places without the zero; never "1.00", because nothing is certain."""
    return "" if value is None else f"{min(value, 0.99):.2f}".lstrip("0")


@register.filter
def mask(name: str) -> str:
    """First character and a star: authors are not shown (principle 6)."""
    stripped = (name or "").strip()
    return f"{stripped[0]}*" if stripped else ""


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; decoration, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def highlight(text: str, terms: Iterable[str]) -> SafeString:
    """The text, escaped, with each occurrence of each term in <mark>."""
    return mark_terms(text or "", terms or ())


@register.filter
def spans(text: str, ranges: Ranges) -> SafeString:
    """The text, escaped, with the given [start, end) ranges in <mark>."""
    return mark_spans(text or "", ranges or ())


@register.simple_tag
def document_text(document: Any, limit: int | None = None) -> SafeString:
    """The text of a document (its first ``limit`` characters) with what its themes hit in <mark>."""
    ranges = [span for hit in document.true_hits for span in hit.spans]
    text = document.text[:limit]
    marked = mark_spans(text, shifted(ranges, len(document.title) + 1))
    return format_html("{}…", marked) if len(text) < len(document.text) else marked


@register.simple_tag
def tested_text(row: Any) -> SafeString:
    """Words around what a theme on trial would hit, in <mark>."""
    text = f"{row.title}\n{row.text}"
    start = max(0, min((span.start for span in row.spans), default=0) - 30)
    ranges = [(span.start - start, span.end - start) for span in row.spans]
    return mark_spans(text[start : start + 120], ranges)


@register.filter
def footnoted(text: str) -> SafeString:
    """A line of a report's paper: escaped, its footnote marks as small numbers."""
    return format_html_join(
        "",
        "{}",
        ((format_html("<sup>[{}]</sup>", piece) if mark else piece,) for piece, mark in pieces(text)),
    )


@register.filter
def count_lines(cause: Any) -> list[str]:
    """Why an alert about counts was opened, in sentences."""
    return alert_lines(cause)


@register.filter
def small_hidden(value: int | None, series: Any) -> str:
    """A count as it may stand where others than the owner read it."""
    return shown(value, exact=not series.about_people)


@register.filter
def percent(share: float | None) -> str:
    """0.714 → "71 %"; unknown stays a dash."""
    return "–" if share is None else f"{share * 100:.0f} %"


@register.filter
def descent(code: str) -> str:
    """By what a text is held to come from another one, in words."""
    return str(DESCENTS.get(code, code))


@register.filter
def capped(count: int, limit: int) -> str:
    """1200|capped:999 → "999+"."""
    return f"{limit}+" if count > limit else str(count)


@register.filter
def weblink(url: str) -> str:
    """The address when a browser may safely open it, else nothing: ``javascript:`` never becomes a link."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


@register.filter
def object_words(kind: str) -> str:
    """What kind of thing an audit entry is about, in words."""
    return str(OBJECTS.get(kind, kind))


@register.filter
def compact(value: Any) -> str:
    """A value of an audit entry as one line of JSON; text stays text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def action_words(code: str) -> str:
    """What an audit entry says, in words; a code without words is shown as it is."""
    return str(ACTIONS.get(code, code))


#: Health code → icon: the word always stands beside it, so no colour is needed.
HEALTH_ICONS = {
    "on_time": "circle-check",
    "failing": "alert-triangle",
    "late": "clock-exclamation",
    "never": "circle",
    "paused": "player-pause",
    "no_rhythm": "minus",
}


@register.simple_tag
def health(code: str) -> SafeString:
    """A word for a source with a small sign; late and failing are bold."""
    late = " late" if code in ("late", "failing") else ""
    sign = icon(HEALTH_ICONS.get(code, "circle"))
    return format_html('<span class="state{}">{}{}</span>', late, sign, HEALTH.get(code, code))


@register.filter
def reason(code: str) -> str:
    """The sentence of a reason code."""
    return sentence(code)
