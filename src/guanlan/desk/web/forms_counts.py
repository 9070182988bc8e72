"""Forms of counts: they check what was typed; services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.collect.count_tables import MOST_BYTES
from guanlan.desk.counts.models import CountSeries, Rhythm
from guanlan.desk.counts.services import SeriesFacts
from guanlan.desk.organisation.models import Unit
from guanlan.desk.web.forms import DeskForm, choose

WEEKDAYS = [
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")),
    (5, _("Saturday")), (6, _("Sunday")),
]  # fmt: skip


class SeriesForm(DeskForm):
    """What is counted, by whom, how often and until when; what calls."""

    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autofocus": True}),
        help_text=_("Such as: animals dead without known cause."),
    )  # fmt: skip
    measure = forms.CharField(
        label=_("Unit of measure"), max_length=20, help_text=_("What one of it is: heads, cases, checks.")
    )
    unit = forms.ModelChoiceField(label=_("Whose it is"), queryset=Unit.objects.none(), empty_label=None)
    definition = forms.CharField(
        label=_("What counts"), max_length=300,
        help_text=_("What is counted and what is not, so that every place counts the same."),
    )  # fmt: skip
    checked_measure = forms.CharField(
        label=_("Found among how many checked"), max_length=40, required=False,
        help_text=_(
            "For measured values: a temperature is no count. Name what was checked (such as: people "
            "measured); each place then gives how many were checked and how many lay over the limit."
        ),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("What for, and on what legal basis"), max_length=300,
        help_text=_("Whoever reports may read it."),
    )  # fmt: skip
    about_people = forms.BooleanField(
        label=_("About people (health, absence): counts of 1 to 9 are shown only to the owner and those above"),
        required=False,
    )  # fmt: skip
    places = forms.CharField(
        label=_("Places that report, one a line"), widget=forms.Textarea(attrs={"rows": 8}), max_length=20_000,
        help_text=_(
            "Villages, wards, schools; never persons. A place that bears the name of a unit of this desk is "
            "tied to it: its people may then enter its figures."
        ),
    )  # fmt: skip
    sure = forms.BooleanField(
        label=_("I have looked at the list: all of them are places"), required=False
    )  # fmt: skip
    rhythm = forms.ChoiceField(label=_("Rhythm"), choices=Rhythm.choices)
    weekday = forms.TypedChoiceField(
        label=_("Weekly: the day it is for"), coerce=int, choices=WEEKDAYS, initial=4, required=False,
        empty_value=None,
    )  # fmt: skip
    due_time = forms.TimeField(
        label=_("Due by"), initial="10:00", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    due_next_day = forms.BooleanField(label=_("of the next day"), required=False)
    place_limit = forms.IntegerField(
        label=_("Call when one place reports at least"), required=False, min_value=1, max_value=9_999_999
    )
    total_limit = forms.IntegerField(
        label=_("Call when all together report at least"), required=False, min_value=1, max_value=9_999_999
    )
    share_limit = forms.IntegerField(
        label=_("Call when at least so many percent of those checked"), required=False, min_value=1, max_value=100
    )  # fmt: skip
    watch_bursts = forms.BooleanField(
        label=_("Call when far more is reported than is usual there (needs two weeks of figures)"),
        required=False,
    )
    in_brief = forms.BooleanField(label=_("One line in the daily brief, with its coverage"), required=False)

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)

    def facts(self) -> SeriesFacts:
        """Of a valid form: the series as the services take it."""
        left = {"unit", "places", "sure"}
        data = {name: value for name, value in self.cleaned_data.items() if name not in left}
        return SeriesFacts(**data)

    def place_names(self) -> list[str]:
        return str(self.cleaned_data["places"]).splitlines()

    @staticmethod
    def values_of(series: CountSeries) -> dict[str, Any]:
        """The form as the series is now."""
        known = set(SeriesForm.base_fields) - {"places", "sure"}
        return {
            **{name: getattr(series, name) for name in known if name != "unit"},
            "unit": series.unit_id,
            "weekday": 4 if series.weekday is None else series.weekday,
            "places": "\n".join(place.name for place in series.places.filter(until__isnull=True)),
        }


class DaysForm(DeskForm):
    """Holidays of a series, or days that are worked in their place."""

    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}))
    expected = forms.TypedChoiceField(
        label=_("On these days"),
        choices=[("no", _("nothing is expected")), ("yes", _("figures are expected"))],
        coerce=lambda value: value == "yes",
    )
    reason = forms.CharField(label=_("Why"), max_length=60)


class CellForm(DeskForm):
    """One figure with its note."""

    value = forms.CharField(
        label=_("Count"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    checked = forms.CharField(
        label=_("Checked"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    note = forms.CharField(
        label=_("Note"), max_length=80, required=False,
        help_text=_("About the matter only: no names, no numbers of persons. 80 characters."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why is it corrected?"), max_length=200, required=False)


class CountTableForm(DeskForm):
    """A table of counts."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV or XLSX: columns for place, day and count; or places as rows and days as columns. Up to 5 MB."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This table is larger than 5 MB. Bring it in by parts."))
        return file
