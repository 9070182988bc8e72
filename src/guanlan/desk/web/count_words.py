"""Sentences for the codes of counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: counts.planning codes and collect.count_tables codes → why a figure is not kept
FIGURE_FAULTS: dict[str, Promise] = {
    "future": gettext_lazy("This day has not come yet."),
    "old": gettext_lazy("This day lies before the year 2000."),
    "most": gettext_lazy("This is more than 9,999,999: a slip, or no count."),
    "over": gettext_lazy("More than were checked."),
    "checked": gettext_lazy("How many were checked is missing."),
    "alone": gettext_lazy("How many were found is missing. None found: write 0."),
    "number": gettext_lazy("The note looks as if it held a telephone or identity number. Counts only."),
    "person": gettext_lazy("The note speaks of a person (name, telephone, address). Counts only."),
    "negative": gettext_lazy("A count is never below zero."),
    "fraction": gettext_lazy(
        "A measured value is no count. Enter how many were checked and how many lay over."
    ),
    "approximate": gettext_lazy("“About” is no count. Ask for the figure."),
    "masked": gettext_lazy("A hidden small count (<10) cannot be taken in again."),
    "words": gettext_lazy("Not a whole number. None: write 0; not reported: leave it empty."),
    "day": gettext_lazy("This is no day that can be read."),
    "place": gettext_lazy("The place is missing."),
    "unknown": gettext_lazy("This place does not report in this series."),
    "twice": gettext_lazy("The same place and day stand there twice with different figures."),
    "foreign": gettext_lazy("You may not enter figures for this place."),
    "note": gettext_lazy("The note is longer than 80 characters."),
}
#: SeriesRefused codes → (field, sentence)
SERIES_FAULTS: dict[str, tuple[str | None, Promise]] = {
    "name": ("name", gettext_lazy("Another series of this unit has this name.")),
    "measure": ("measure", gettext_lazy("Say what one of it is.")),
    "definition": ("definition", gettext_lazy("Say what counts.")),
    "purpose": ("purpose", gettext_lazy("Say what for, and on what legal basis.")),
    "weekday": ("weekday", gettext_lazy("Choose the day.")),
    "limit": ("share_limit", gettext_lazy("A percentage needs to know how many were checked.")),
    "burst": ("watch_bursts", gettext_lazy("A weekly series has too few figures to know what is usual.")),
    "used": ("measure", gettext_lazy("Figures are kept already: what is counted stays. Begin a new series.")),
    "many": ("places", gettext_lazy("At most 300 places in one series.")),
    "changed": (None, gettext_lazy("Somebody else changed it meanwhile. Look at it again.")),
    "reason": ("reason", gettext_lazy("Write why.")),
    "days": ("ends_on", gettext_lazy("The last day lies before the first, or more than 100 days after it.")),
}
TABLE_FAULTS: dict[str, Promise] = {
    "too_large": gettext_lazy("This table is larger than 5 MB. Bring it in by parts."),
    "too_many": gettext_lazy("This table has more than 20,000 rows or figures. Bring it in by parts."),
    "empty": gettext_lazy("This file is empty."),
    "damaged": gettext_lazy("This file is damaged or no table. Save it as CSV or XLSX."),
    "unsafe": gettext_lazy("This file is built in a way that could harm the desk. Save it anew as CSV."),
    "no_heading": gettext_lazy(
        "No heading was found. Name the columns place, day and count, or put the days above the columns."
    ),
}
RULES: dict[str, Promise] = {
    "place": gettext_lazy("one place over its limit"),
    "total": gettext_lazy("all together over the limit"),
    "share": gettext_lazy("share of those checked over the limit"),
    "burst": gettext_lazy("far more than is usual"),
    "late": gettext_lazy("not reported in time"),
}


def figure_fault(code: str) -> str:
    return str(FIGURE_FAULTS.get(code, code))


def series_fault(code: str, detail: str) -> tuple[str | None, str]:
    """(field of the form, sentence) of a refusal."""
    if code == "person":
        words = _(
            "These could be names of persons: %(names)s. If all are places, tick the box below the list."
        )
        return ("places" if detail else "name"), words % {"names": detail or "–"}
    if code == "twice":
        return "places", _("%(name)s stands there twice.") % {"name": detail}
    if code == "place":
        return "places", _("Not a name of a place: %(name)s") % {"name": detail or "–"}
    field, words_found = SERIES_FAULTS.get(code, (None, code))
    return field, str(words_found)


def table_fault(reason: str, columns: tuple[str, ...]) -> str:
    """Why nothing of a table is taken, with the columns that name persons."""
    named = "、".join(columns)
    if reason == "persons":
        return _(
            "Refused: these columns name persons: %(columns)s. Here only counts are kept, no person is. "
            "Take the columns out and give how many by place and day. Nothing of the file was kept."
        ) % {"columns": named}
    if reason == "numbers":
        return _(
            "Refused: in column %(columns)s stand numbers that look like identity or telephone numbers. "
            "Here only counts are kept, no person is. Nothing of the file was kept."
        ) % {"columns": named}
    return str(TABLE_FAULTS.get(reason, reason))


def alert_lines(cause: Mapping[str, Any]) -> list[str]:
    """Why an alert of a series was opened, in sentences: the figure, what it is measured by, the coverage."""
    rule = str(cause.get("rule", ""))
    day = _day(cause.get("day"))
    lines = [f"{RULES.get(rule, rule)} · {day}" if day else str(RULES.get(rule, rule))]
    if rule == "burst":
        words = _("%(n)s reported, about %(expected)s are usual (%(score)s standard deviations above)")
        lines.append(words % {name: cause.get(name) for name in ("n", "expected", "score")})
    elif rule == "late":
        lines += _late_lines(cause)
    elif "many" in cause:
        words = _("%(many)s places reached %(limit)s: %(places)s")
        lines.append(words % {**cause, "places": "、".join(map(str, cause.get("places", ())))})
    elif rule == "share":
        words = _("%(n)s of %(checked)s checked; called from %(limit)s %% on")
        lines.append(words % {name: cause.get(name) for name in ("n", "checked", "limit")})
    elif "n" in cause:
        lines.append(
            _("%(n)s reported, called from %(limit)s on") % {"n": cause["n"], "limit": cause.get("limit")}
        )
    reported, expected = (cause.get("coverage") or [0, 0])[:2]
    lines.append(_("reported by %(n)s of %(all)s places") % {"n": reported, "all": expected})
    return lines


def _late_lines(cause: Mapping[str, Any]) -> list[str]:
    found = []
    for one in cause.get("late", ()):
        last = _day(one.get("last"))
        said = _("last report %(day)s") % {"day": last} if last else _("never reported yet")
        found.append(f"{one.get('place', '')}: {said}")
    if cause.get("more"):
        found.append(_("and %(n)s more places") % {"n": cause["more"]})
    return found


def _day(written: object) -> str:
    try:
        return f"{date.fromisoformat(str(written)):%m-%d}"
    except ValueError:
        return ""
