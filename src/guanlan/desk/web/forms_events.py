"""Forms of the event pages: they check what was typed; services decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.analysis.grade import GradeTable, IndicatorRule
from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.events.models import Event
from guanlan.desk.events.rules import OWN_FIELDS, asked_of_people
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.web.forms import DeskForm, choose
from guanlan.desk.web.grading_words import choices_of, floor_choices, said

GIVEN = "given_"


class EventForm(DeskForm):
    """A new event."""

    title = forms.CharField(
        label=_("Title"), max_length=200, widget=forms.TextInput(attrs={"autofocus": True})
    )
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)


class FactsForm(DeskForm):
    """What a person knows of an event; what the grading table asks for counts in the grade."""

    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(
        label=_("What it is about"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    nature = forms.ChoiceField(label=_("Nature"), required=False)
    people = forms.ChoiceField(label=_("People touched"), required=False)
    floors = forms.MultipleChoiceField(
        label=_("Circumstances that hold"), required=False, widget=forms.CheckboxSelectMultiple
    )
    lead = forms.ModelChoiceField(
        label=_("Case officer"), queryset=User.objects.none(), required=False, empty_label=_("nobody yet")
    )

    def __init__(self, *args: Any, leads: QuerySet[User], table: GradeTable, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in sorted(OWN_FIELDS):
            choices = [("", _("not known yet")), *choices_of(fact, table)]
            self.fields[fact].choices = choices  # type: ignore[attr-defined]
            if len(choices) == 1:
                del self.fields[fact]
        self.fields["floors"].choices = floor_choices(table)  # type: ignore[attr-defined]
        if not floor_choices(table):
            del self.fields["floors"]
        for rule in asked_of_people(table):
            self.fields[GIVEN + rule.fact] = _asked(rule, table)
        choose(self.fields["lead"], leads)
        self.order_fields([*[name for name in self.fields if name != "lead"], "lead"])

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        """The form as the event is now."""
        return {
            "title": event.title, "summary": event.summary, "nature": event.nature, "people": event.people,
            "floors": event.floors, "lead": event.lead_id,
            **{GIVEN + fact: value for fact, value in event.given.items()},
        }  # fmt: skip

    def changes(self, event: Event) -> dict[str, Any]:
        """What was sent, as the service takes it; a field that was not sent stays as it is.

        What the event holds of facts and circumstances of another table is kept.
        """
        data = self.cleaned_data
        sent = {name: data[name] for name in data if name in self.data and not name.startswith(GIVEN)}
        if "floors" in data:
            offered = dict(self.fields["floors"].choices)  # type: ignore[attr-defined]
            sent["floors"] = [*data["floors"], *(code for code in event.floors if code not in offered)]
        given = {name.removeprefix(GIVEN): data[name] for name in data if name.startswith(GIVEN)}
        given = {fact: value for fact, value in given.items() if GIVEN + fact in self.data}
        if given:
            merged = event.given | given
            sent["given"] = {fact: value for fact, value in merged.items() if value not in ("", None)}
        return sent


def _asked(rule: IndicatorRule, table: GradeTable) -> forms.Field:
    """The field of an indicator that only a person can give."""
    if rule.kind == "code":
        choices = [("", _("not known yet")), *choices_of(rule.fact, table)]
        return forms.ChoiceField(label=said(rule.words), choices=choices, required=False)
    most = rule.maximum if rule.kind == "score" else None
    return forms.FloatField(label=said(rule.words), min_value=0, max_value=most, required=False)


class TimelineForm(DeskForm):
    """What happened, when, and where it stands."""

    text = forms.CharField(label=_("What happened"), max_length=500)
    at = forms.DateTimeField(
        label=_("When"), required=False, help_text=_("Time in China. Empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at > self.now + timedelta(minutes=5):
            raise forms.ValidationError(_("This time lies in the future."))
        return at.astimezone(DISPLAY_ZONE) if at else None
