"""A brief in words: what stands on the paper, in the language in force, for every format alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.counts.rules import SMALL
from guanlan.desk.documents.models import ITEM_TYPES
from guanlan.desk.events.models import EventState, Level
from guanlan.desk.reports.rules import (
    TITLE_CHARACTERS,
    Brief,
    Case,
    Coverage,
    Entry,
    Figure,
    Numbers,
    Standing,
    Words,
    one_channel,
    printable,
)
from guanlan.desk.reports.sheet import MARK, UNMARK, Block, Part, Sheet
from guanlan.desk.sources.models import SourceKind

VERDICTS = {
    "steady": gettext_noop("A steady day"),
    "attention": gettext_noop("A day that needs attention"),
    "warning": gettext_noop("A day with a warning"),
}
REASONS = {
    "grave": gettext_noop("open events of level III or above: %(count)s"),
    "open": gettext_noop("other open events: %(count)s"),
    "alerts": gettext_noop("alerts nobody has taken: %(count)s"),
    "share": gettext_noop("negative texts: %(count)s%% of all"),
    "rise": gettext_noop("negative texts up by half against the day before, to %(count)s"),
    "unchecked": gettext_noop("no source was checked that day"),
}
#: Words of the tail, in the order of the paper.
LISTS = (
    ("report_to", gettext_noop("Reported to")),
    ("send_to", gettext_noop("Sent to")),
    ("issue_to", gettext_noop("Issued to")),
)
HANDS = (
    ("editor", gettext_noop("Edited by")),
    ("reviewer", gettext_noop("Reviewed by")),
    ("signer", gettext_noop("Signed by")),
    ("phone", gettext_noop("Telephone")),
)


def sheet_of(brief: Brief, language: str) -> Sheet:
    """The brief as it is printed, in the language that is active (``language`` is its code)."""
    marks = _Marks()
    head = brief.head
    parts = tuple(_parts(brief, marks))
    coverage = _coverage(brief, marks)
    return Sheet(
        language=language,
        title=_said(head.title) or _("Daily brief on public opinion"),
        secrecy=_said(head.secrecy) or _("Internal"),
        issue=_("No. %(number)s") % {"number": head.issue} if head.issue else _("No. (when issued)"),
        unit=printable(head.unit),
        day=day_words(head.day),
        verdict_label=_(VERDICTS.get(brief.verdict.code, VERDICTS["steady"])),
        verdict=_said(brief.verdict.words) or _verdict(brief),
        parts=parts,
        coverage=coverage,
        notes=tuple(marks.notes),
        corrections=tuple(_corrections(brief)),
        lists=tuple(_named(brief, LISTS)),
        hands=tuple(_named(brief, HANDS)),
        draft="" if head.issue else _("Draft, not issued"),
    )


def day_words(day: date) -> str:
    """A day as a paper writes it."""
    return _("%(year)s-%(month)s-%(day)s") % {"year": day.year, "month": day.month, "day": day.day}


def short_day(day: date) -> str:
    """A day of this year."""
    return _("%(month)s-%(day)s") % {"month": day.month, "day": day.day}


class _Marks:
    """Hands out footnote numbers for edited figures (rule R21)."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def show(self, figure: Figure) -> str:
        if not figure.edited:
            return _number(figure.value)
        self.notes.append(
            _("Changed by the editor; the system counted %(number)s.") % {"number": _number(figure.computed)}
        )
        return f"{_number(figure.value)}{MARK}{len(self.notes)}{UNMARK}"


def _parts(brief: Brief, marks: _Marks) -> Iterator[Part]:
    yield Part(_("1. Figures"), (*_numbers(brief, marks), *_counts(brief, marks)))
    yield Part(_("2. Highlights"), tuple(_focus(brief, marks)))
    yield Part(_("3. In hand"), tuple(_in_hand(brief, marks)))
    yield Part(_("4. The days ahead"), tuple(_ahead(brief)))
    if brief.judgement.value:
        lines = brief.judgement.value.splitlines()
        yield Part(_("5. Judgement and advice"), tuple(Block(printable(line)) for line in lines))


def _verdict(brief: Brief) -> str:
    said = []
    for reason in brief.verdict.reasons:
        sentence = _(REASONS[reason.code]) % {"count": reason.count} if reason.code in REASONS else ""
        if reason.proposed:
            sentence += _(" (%(count)s of them only proposed by the machine, not confirmed)") % {
                "count": reason.proposed
            }
        said.append(sentence)
    if said:
        return _("%(reasons)s.") % {"reasons": pgettext("between reasons", "; ").join(said)}
    return _("No open event, no alert waiting, no rise of negative texts.")


def _numbers(brief: Brief, marks: _Marks) -> Iterator[Block]:
    numbers, coverage = brief.numbers, brief.coverage
    looked = {"sources": _number(coverage.checked.value), "hours": _number(coverage.hours.value)}
    if not numbers.collected.value:
        yield Block(_("Nothing came in; %(sources)s sources were checked, in %(hours)s hours.") % looked)
    else:
        yield Block(_totals(numbers, marks))
        if not numbers.negative.value:
            sentence = _("Nothing negative was found; %(sources)s sources were checked, in %(hours)s hours.")
            yield Block(sentence % looked)
    yield Block(_against_yesterday(numbers, marks))
    if numbers.by_kind:
        head = (_("Kind of source"), _("Items"), _("Negative"))
        rows = [(_kind(row.kind), marks.show(row.items), marks.show(row.negative)) for row in numbers.by_kind]
        yield Block(rows=(head, *rows))
        yield from _lone_channel(numbers)
    if numbers.by_type:
        types = [f"{_type(row)} {marks.show(row)}" for row in numbers.by_type]
        yield Block(
            _("Marked for reports: %(types)s.") % {"types": pgettext("between items", ", ").join(types)}
        )
    if numbers.by_level:
        levels = [f"{_level(row.code.partition('.')[2])} {marks.show(row)}" for row in numbers.by_level]
        yield Block(
            _(
                "Open events by level: %(levels)s. "
                "Where no person has confirmed one, the machine's proposal counts."
            )
            % {"levels": pgettext("between items", ", ").join(levels)}
        )


def _lone_channel(numbers: Numbers) -> Iterator[Block]:
    """Who does not write there is not heard (requirements W3)."""
    share = settings.CHANNEL_SHARE_PERCENT
    lone = one_channel({row.kind: row.items.value or 0 for row in numbers.by_kind}, share)
    if lone:
        words = _("One channel only: %(kind)s brought %(share)s %% or more of the items.")
        yield Block(words % {"kind": _kind(lone), "share": share})


def _counts(brief: Brief, marks: _Marks) -> Iterator[Block]:
    """A total is never without how many reported; nothing reported is not zero."""
    for line in brief.counts:
        facts = {"name": line.name, "measure": line.measure, "n": line.reported, "all": line.expected}
        if line.hidden and not line.value.edited:
            shown = f"<{SMALL}"
        elif line.value.value is None:
            yield Block(_("%(name)s: nothing was reported (by none of %(all)s places).") % facts)
            continue
        else:
            shown = marks.show(line.value)
        words = _("%(name)s: %(value)s (%(measure)s), reported by %(n)s of %(all)s places.")
        yield Block(words % {**facts, "value": shown})


def _totals(numbers: Numbers, marks: _Marks) -> str:
    facts = {
        "collected": marks.show(numbers.collected),
        "kept": marks.show(numbers.kept),
        "texts": marks.show(numbers.texts),
        "negative": marks.show(numbers.negative),
        "negative_texts": marks.show(numbers.negative_texts),
    }
    if not numbers.negative.value:
        return _("%(collected)s items came in, %(kept)s kept (%(texts)s distinct texts).") % facts
    return (
        _(
            "%(collected)s items came in, %(kept)s kept (%(texts)s distinct texts); "
            "%(negative)s of them negative (%(negative_texts)s distinct texts)."
        )
        % facts
    )


def _against_yesterday(numbers: Numbers, marks: _Marks) -> str:
    kept = (numbers.kept.value or 0) - (numbers.kept_before.value or 0)
    negative = (numbers.negative.value or 0) - (numbers.negative_before.value or 0)
    return _(
        "The day before: %(kept)s kept, %(negative)s negative (%(texts)s distinct texts). "
        "Against it, kept: %(more_kept)s; negative: %(more_negative)s."
    ) % {
        "kept": marks.show(numbers.kept_before),
        "negative": marks.show(numbers.negative_before),
        "texts": marks.show(numbers.negative_texts_before),
        "more_kept": _change(kept),
        "more_negative": _change(negative),
    }


def _focus(brief: Brief, marks: _Marks) -> Iterator[Block]:
    for place, entry in enumerate(brief.focus, 1):
        lines = [_spread(entry, marks), _stand(entry.standing)]
        lines += [printable(line) for line in entry.note.value.splitlines()]
        yield Block(f"{place}. {printable(entry.title, TITLE_CHARACTERS)}", lines=tuple(lines), url=entry.url)
    if not brief.focus:
        yield Block(_("No event and no group of texts stands out."))


def _spread(entry: Entry, marks: _Marks) -> str:
    local = entry.at.astimezone(DISPLAY_ZONE) if entry.at else None
    at = f"{short_day(local)} {local:%H:%M}" if local else _("time unknown")
    return _(
        "First seen at %(source)s (%(at)s); %(items)s items that day, %(negative)s negative; "
        "reposts, comments and likes: %(engagement)s."
    ) % {
        "source": printable(entry.source, TITLE_CHARACTERS),
        "at": at,
        "items": marks.show(entry.items),
        "negative": marks.show(entry.negative),
        "engagement": marks.show(entry.engagement),
    }


def _stand(standing: Standing) -> str:
    if not standing.state:
        return _("Not registered as an event yet; nobody has graded it.")
    return _("Level: %(level)s. State: %(state)s. Held by: %(holder)s.") % {
        "level": _graded(standing),
        "state": _state(standing.state),
        "holder": _holder(standing),
    }


def _graded(standing: Standing) -> str:
    if not standing.level:
        return _("not graded")
    level = _level(standing.level)
    if standing.basis == "confirmed":
        by = printable(standing.confirmed_by)
        return _("%(level)s (confirmed by %(name)s)") % {"level": level, "name": by} if by else level
    return _("%(level)s (proposed by the machine, not confirmed)") % {"level": level}


def _holder(standing: Standing) -> str:
    if not standing.holder:
        return _("nobody named (%(unit)s)") % {"unit": printable(standing.unit)}
    return _("%(name)s (%(unit)s)") % {"name": printable(standing.holder), "unit": printable(standing.unit)}


def _in_hand(brief: Brief, marks: _Marks) -> Iterator[Block]:
    hand = brief.in_hand
    yield Block(
        _(
            "Open events: %(events)s, of which not yet judged: %(unjudged)s. "
            "Alerts nobody has taken: %(alerts)s."
        )
        % {
            "events": marks.show(hand.open_events),
            "unjudged": marks.show(hand.unjudged),
            "alerts": marks.show(hand.open_alerts),
        }
    )
    if hand.cases:
        head = (_("Number"), _("Event"), _("Level"), _("State"), _("Held by"))
        yield Block(rows=(head, *[_case(case) for case in hand.cases]))
    rest = (hand.open_events.computed or 0) - len(hand.cases)
    if rest > 0:
        yield Block(_("%(count)s more open events are not listed here.") % {"count": rest})


def _case(case: Case) -> tuple[str, ...]:
    standing = case.standing
    title = printable(case.title, TITLE_CHARACTERS)
    return case.code, title, _graded(standing), _state(standing.state), _holder(standing)


def _ahead(brief: Brief) -> Iterator[Block]:
    for row in brief.ahead:
        days = short_day(row.starts_on)
        if row.ends_on != row.starts_on:
            days = _("%(first)s to %(last)s") % {"first": days, "last": short_day(row.ends_on)}
        name = printable(row.name, TITLE_CHARACTERS)
        yield Block(_("%(name)s (%(days)s)") % {"name": name, "days": days})
    if not brief.ahead:
        yield Block(_("No sensitive date is registered for the next two days."))


def _coverage(brief: Brief, marks: _Marks) -> tuple[str, ...]:
    at = brief.counted_at.astimezone(DISPLAY_ZONE)
    return (
        _looked_at(brief.coverage, marks),
        _(
            "Items count on the day they were published; what was reposted is one text. "
            "Counted at %(day)s %(time)s from what had come in by then."
        )
        % {"day": day_words(at.date()), "time": f"{at:%H:%M}"},
    )


def _looked_at(coverage: Coverage, marks: _Marks) -> str:
    said = _(
        "Coverage: %(checked)s sources checked that day, of %(active)s in use; hours with a check: %(hours)s."
    ) % {
        "checked": marks.show(coverage.checked),
        "active": marks.show(coverage.active),
        "hours": marks.show(coverage.hours),
    }
    if not coverage.missed.value:
        return said
    names = [printable(name, TITLE_CHARACTERS) for name in coverage.missed_names]
    return said + _(" Should have been checked and were not: %(count)s (%(names)s).") % {
        "count": marks.show(coverage.missed),
        "names": pgettext("between items", ", ").join(names),
    }


def _corrections(brief: Brief) -> Iterator[str]:
    for row in brief.corrections:
        at = row.at.astimezone(DISPLAY_ZONE)
        yield _("%(day)s %(time)s, %(name)s: %(text)s") % {
            "day": day_words(at.date()),
            "time": f"{at:%H:%M}",
            "name": printable(row.by),
            "text": printable(row.text),
        }


def _named(brief: Brief, names: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, label in names:
        words: Words = getattr(brief.tail, name)
        if words.value:
            yield _("%(label)s: %(words)s") % {"label": _(label), "words": _said(words)}


def _said(words: Words) -> str:
    return printable(words.value)


def _number(value: int | None) -> str:
    return _("unknown") if value is None else f"{value:,}"


def _change(value: int) -> str:
    if not value:
        return _("no change")
    words = _("%(count)s more") if value > 0 else _("%(count)s fewer")
    return words % {"count": f"{abs(value):,}"}


def _kind(code: str) -> str:
    return str(SourceKind(code).label) if code in SourceKind.values else code


def _type(row: Figure) -> str:
    code = row.code.partition(".")[2]
    return str(dict(ITEM_TYPES).get(code, code))


def _level(code: str) -> str:
    return str(Level(code).label) if code in Level.values else _("not graded")


def _state(code: str) -> str:
    return str(EventState(code).label) if code in EventState.values else code
