"""The form of a mailbox among the sources."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.collect.kinds import NotReadable
from guanlan.collect.mailbox import MOST_FOLDERS, quoted
from guanlan.desk.organisation.models import Unit
from guanlan.desk.sources.mailboxes import PLACE
from guanlan.desk.sources.models import Security
from guanlan.desk.web.forms import DeskForm, choose


class MailboxForm(DeskForm):
    """Where a mailbox lies. Its password is no field: it is a setting of the machine."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    code = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]{1,39}$",
        label=_("Code"),
        help_text=_("Small letters, digits and hyphens. It names the setting with the password."),
    )
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    host = forms.RegexField(
        r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
        label=_("Mail server"),
        help_text=_("Such as imap.example.gov.cn. A server inside must be named in the settings."),
    )
    security = forms.ChoiceField(label=_("Encryption"), choices=Security.choices)
    port = forms.IntegerField(
        label=_("Port"), required=False, min_value=1, max_value=65535, help_text=_("Empty: the usual one.")
    )
    user = forms.CharField(
        label=_("User name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    folders = forms.CharField(
        label=_("Folders"),
        max_length=1000,
        initial="INBOX",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line. Only these are read, and nothing in them is marked, moved or deleted."),
    )
    interval_minutes = forms.IntegerField(
        label=_("Expected every (minutes)"), min_value=5, max_value=60 * 24 * 31, initial=30
    )
    legal_note = forms.CharField(
        label=_("Legal note"),
        max_length=300,
        help_text=_("Why this mailbox may be read: it was published for letters to this unit."),
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)

    def clean_folders(self) -> list[str]:
        names = list(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["folders"].splitlines()))))
        if not names or len(names) > MOST_FOLDERS:
            raise forms.ValidationError(_("Name between one and ten folders."))
        try:
            for name in names:
                quoted(name)
        except NotReadable as error:
            raise forms.ValidationError(
                _("A folder's name holds characters that cannot be written.")
            ) from error
        return names

    def place(self) -> dict[str, Any]:
        """Of a valid form: where the mailbox lies."""
        return {name: self.cleaned_data[name] for name in PLACE}

    def register(self) -> dict[str, Any]:
        """Of a valid form: the register's own fields."""
        return {name: value for name, value in self.cleaned_data.items() if name not in PLACE}
