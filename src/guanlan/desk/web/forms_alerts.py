"""Forms of rules and channels: they check what was typed; services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.desk.alerts.models import AlertKind, ChannelKind
from guanlan.desk.events.models import Level
from guanlan.desk.organisation.models import Unit
from guanlan.desk.watch.models import AlertRule, Theme
from guanlan.desk.watch.rules import WINDOW_MINUTES
from guanlan.desk.web.forms import DeskForm, choose

#: kind of rule → the fields it uses
USED: dict[str, tuple[str, ...]] = {
    AlertKind.THEME: ("theme",),
    AlertKind.TONE: ("theme", "probability"),
    AlertKind.VOLUME: ("theme", "threshold", "window_minutes"),
    AlertKind.GRADE: ("level",),
}


class RuleForm(DeskForm):
    """An early-warning rule; which fields count depends on its kind, which never changes."""

    name = forms.CharField(label=_("Name"), max_length=80)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    theme = forms.ModelChoiceField(
        label=_("Theme"), queryset=Theme.objects.none(), required=False, empty_label=_("any theme or none")
    )
    probability = forms.IntegerField(
        label=_("At least this sure that it is negative (%)"), min_value=0, max_value=100, initial=70
    )
    threshold = forms.IntegerField(
        label=_("At least so many texts"), min_value=1, max_value=1_000_000, initial=10
    )
    window_minutes = forms.IntegerField(
        label=_("within minutes"), min_value=WINDOW_MINUTES[0], max_value=WINDOW_MINUTES[1], initial=60
    )
    level = forms.ChoiceField(label=_("From this grade on"), choices=Level.choices, initial=Level.III)

    def __init__(
        self, *args: Any, kind: str, units: QuerySet[Unit] | None, themes: QuerySet[Theme], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in {"theme", "probability", "threshold", "window_minutes", "level"} - set(USED[kind]):
            del self.fields[name]
        if units is None:
            del self.fields["unit"]
        else:
            choose(self.fields["unit"], units)
        if "theme" in self.fields:
            choose(self.fields["theme"], themes)
            if kind == AlertKind.THEME:
                self.fields["theme"].required = True
                self.fields["theme"].empty_label = None  # type: ignore[attr-defined]

    def clean_probability(self) -> float:
        """Percent on the page, 0..1 inside."""
        return int(self.cleaned_data["probability"]) / 100

    @staticmethod
    def values_of(rule: AlertRule) -> dict[str, Any]:
        """The form as the rule is now."""
        return {
            "name": rule.name, "theme": rule.theme_id, "probability": round(rule.probability * 100),
            "threshold": rule.threshold, "window_minutes": rule.window_minutes, "level": rule.level,
        }  # fmt: skip


class ChannelForm(DeskForm):
    """A way out of the desk. Saved addresses are never shown again."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[choice for choice in ChannelKind.choices if choice[0] != ChannelKind.APP],
    )
    name = forms.CharField(label=_("Name"), max_length=60)
    address = forms.CharField(
        label=_("Send to"), max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "An e-mail address, or a webhook such as feishu://…, wecombot://…, dingtalk://… or "
            "jsons://host/path. It is a secret: after saving only its beginning is shown."
        ),
    )  # fmt: skip
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)


class ChannelChangeForm(DeskForm):
    """Name and, if a new one is given, address of a channel."""

    name = forms.CharField(label=_("Name"), max_length=60)
    address = forms.CharField(
        label=_("New address"), max_length=500, required=False, help_text=_("Empty: the address stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
