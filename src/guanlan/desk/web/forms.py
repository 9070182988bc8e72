"""Forms: they check what was typed; services decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.desk.documents.attached import MOST_BYTES, media_type_of
from guanlan.desk.documents.models import ITEM_TYPES
from guanlan.desk.organisation.models import Role, Unit, User
from guanlan.desk.pipeline.intake import CHAT_CHARACTERS
from guanlan.desk.sources.models import Source, SourceKind

#: Kinds of sources that people write down from, and those that are there without being registered.
BY_HAND_NEW = (
    SourceKind.RECEPTION, SourceKind.HOTLINE, SourceKind.LETTER, SourceKind.PRESS, SourceKind.MESSAGE_BOARD,
)  # fmt: skip
BY_HAND = (*BY_HAND_NEW, SourceKind.MAILBOX, SourceKind.CHAT, SourceKind.UNIT, SourceKind.IMPORT)
NEW = "new-"


class DeskForm(forms.Form):
    """Gives each widget the classes of the page and ties errors and hints to their fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, forms.CheckboxInput):
                style = "form-check-input"
            elif isinstance(widget, forms.CheckboxSelectMultiple):
                style = ""
            else:
                style = "form-select" if isinstance(widget, forms.Select) else "form-control"
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} {style}".strip()


class SignInForm(DeskForm):
    """Name and password."""

    username = forms.CharField(
        label=_("Account name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(DeskForm):
    """A new password, twice; the present one first unless it was a one-time password."""

    present = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=200,
        help_text=_("At least 10 characters; not only digits and not a common password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user.must_change_password:
            del self.fields["present"]

    def clean_present(self) -> str:
        present = str(self.cleaned_data["present"])
        if not self.user.check_password(present):
            raise forms.ValidationError(_("This is not your present password."))
        return present

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        if self.user.check_password(password):
            raise forms.ValidationError(_("This is the password you have now. Choose another one."))
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "password" in data and data.get("again") != data["password"]:
            self.add_error("again", _("The two new passwords differ."))
        return data


class ProfileForm(DeskForm):
    """What a person may set about themselves."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )


class SourceForm(DeskForm):
    """The register's line for a source."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=SourceKind.choices)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)
    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Where it can be found on the web. Nothing behind a sign-in is ever collected."),
    )
    interval_minutes = forms.IntegerField(
        label=_("Expected every (minutes)"),
        required=False,
        min_value=5,
        max_value=60 * 24 * 31,
        help_text=_("Silent for twice this long, the source is shown as late. Empty: no rhythm is expected."),
    )
    tier = forms.ChoiceField(
        label=_("Tier"), required=False, help_text=_("Counts in grading: who reads this source.")
    )
    credibility = forms.TypedChoiceField(
        label=_("Credibility"),
        coerce=int,
        initial=3,
        choices=[
            (1, _("1 hearsay")),
            (2, _("2 seldom checked")),
            (3, _("3 mixed")),
            (4, _("4 usually right")),
            (5, _("5 official")),
        ],
    )
    owner = forms.ModelChoiceField(
        label=_("Who minds it"), queryset=User.objects.none(), required=False, empty_label=_("nobody yet")
    )
    legal_note = forms.CharField(
        label=_("Legal note"),
        max_length=300,
        required=False,
        help_text=_("Why this source may be read: public page, site's terms, agreement."),
    )

    def __init__(
        self, *args: Any, units: QuerySet[Unit], tiers: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)
        choose(self.fields["owner"], User.objects.filter(is_active=True, unit__in=units).order_by("username"))
        self.fields["tier"].choices = [("", _("not said")), *tiers]  # type: ignore[attr-defined]


class PauseForm(DeskForm):
    """Why a source is paused."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class ImportForm(DeskForm):
    """A file, the unit it belongs to and, if it is all from one place, the source."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)
    unit = forms.ModelChoiceField(label=_("For unit"), queryset=Unit.objects.none(), empty_label=None)
    source = forms.ModelChoiceField(
        label=_("Source"),
        queryset=Source.objects.none(),
        required=False,
        empty_label=_("as each row says, else “imported file”"),
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], sources: QuerySet[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)
        choose(self.fields["source"], sources)


class SourceField(forms.ChoiceField):
    """A source, or the kind of one that need not be registered first."""

    def valid_value(self, value: Any) -> bool:
        """A kind stays valid when somebody else noted it down after the form was opened."""
        return super().valid_value(value) or value in {f"{NEW}{kind}" for kind in BY_HAND_NEW}


class EntryForm(DeskForm):
    """One item by hand (F-SRC-4): what it says, where and when it was seen."""

    title = forms.CharField(
        label=_("Title"), max_length=300, required=False, widget=forms.TextInput(attrs={"autofocus": True})
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=100_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=_("Only what concerns the matter; leave out names and numbers of private persons."),
    )
    url = forms.URLField(label=_("Link"), max_length=1000, required=False, assume_scheme="https")
    published_at = forms.DateTimeField(
        label=_("Published"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Time in China. Leave empty when the page does not say."),
    )
    source = SourceField(
        label=_("Source"),
        help_text=_("Not in the list yet? Its kind stands at the end of the list; the desk notes it down."),
    )
    item_type = forms.ChoiceField(
        label=_("What it is for reports"), required=False, choices=[("", _("not said")), *ITEM_TYPES]
    )
    capture = forms.FileField(
        label=_("Picture or scan"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,application/pdf"}),
        help_text=_(
            "A screenshot, a photographed clipping, a scanned letter: PNG, JPEG, WebP or PDF, up to 20 MB. It is kept "
            "as evidence and not read by the machine. Cover names, telephones and addresses first."
        ),
    )
    reason = forms.CharField(
        label=_("Why it is recorded"),
        max_length=200,
        required=False,
        help_text=_(
            "A chat group needs it, and at most 500 characters, no link and no names. No machine ever reads one."
        ),
    )

    def __init__(
        self, *args: Any, sources: QuerySet[Source], now: datetime, unit: Unit | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.sources = {str(source.pk): source for source in sources}
        self.fields["source"].choices = source_choices(self.sources.values(), unit)  # type: ignore[attr-defined]

    def clean_source(self) -> Source | str:
        """A source, or the kind of one that is not in the register yet."""
        chosen = str(self.cleaned_data["source"])
        return self.sources.get(chosen) or chosen.removeprefix(NEW)

    def clean_capture(self) -> bytes | None:
        file = self.cleaned_data.get("capture")
        if not file:
            return None
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is larger than 20 MB."))
        content = bytes(file.read())
        if not media_type_of(content):
            raise forms.ValidationError(_("Only PNG, JPEG, WebP and PDF are kept beside an item."))
        return content

    def clean_published_at(self) -> datetime | None:
        published: datetime | None = self.cleaned_data["published_at"]
        if published is not None and published > self.now + timedelta(minutes=5):
            raise forms.ValidationError(_("This time lies in the future."))
        return published

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("title") or data.get("text")) and not self.errors:
            raise forms.ValidationError(_("Give a title or a text; a link alone says nothing."))
        source = data.get("source")
        if isinstance(source, Source) and source.kind == SourceKind.CHAT:
            self._clean_chat(data)
        return data

    def _clean_chat(self, data: dict[str, Any]) -> None:
        """Of a private group only what a participant brings: the matter in few words, and why (F-SRC-11)."""
        if not data.get("reason"):
            self.add_error("reason", _("Say why this is recorded from a chat group."))
        if len(data.get("title") or "") + len(data.get("text") or "") > CHAT_CHARACTERS:
            self.add_error("text", _("Of a chat group only the matter, in at most 500 characters."))
        if data.get("url"):
            self.add_error("url", _("No links into a chat group."))
        if data.get("capture"):
            self.add_error("capture", _("No pictures out of a chat group."))


class UnitForm(DeskForm):
    """A unit below another."""

    name = forms.CharField(label=_("Name"), max_length=120)
    short_name = forms.CharField(label=_("Short name"), max_length=40, required=False)
    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        allow_unicode=True,
        help_text=_("Short and lasting: letters, digits and hyphens."),
    )

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if Unit.objects.filter(code=code).exists():
            raise forms.ValidationError(_("Another unit has this code."))
        return code


class DutiesForm(DeskForm):
    """What a unit answers for, one duty a line."""

    duties = forms.CharField(
        label=_("Duties, one a line"), max_length=5000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Words people use: water cuts, water pressure, burst pipes. Units are suggested by them."),
    )  # fmt: skip


class PersonForm(DeskForm):
    """A person with an account and first roles in the unit."""

    display_name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(
        label=_("Account name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Letters, digits and @ . + - _"),
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError(_("Somebody has this account name already."))
        return username


class GrantForm(DeskForm):
    """A role in a unit and everything below it."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    unit = forms.ModelChoiceField(label=_("In unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)


def source_choices(sources: Iterable[Source], unit: Unit | None) -> list[tuple[Any, Any]]:
    """Sources that people write down from first, then the others, then the kinds ``unit`` has none of yet."""
    known = list(sources)
    first = [one for one in known if one.kind in BY_HAND]
    rest = [one for one in known if one.kind not in BY_HAND]
    own = {one.kind for one in known if unit is None or one.unit_id == unit.pk}
    new = [kind for kind in BY_HAND_NEW if kind not in own]
    groups = [
        (_("Written down by people"), [(str(one.pk), one.name) for one in first]),
        (_("Other sources"), [(str(one.pk), one.name) for one in rest]),
        (_("Not in the list yet"), [(f"{NEW}{kind}", SourceKind(kind).label) for kind in new]),
    ]
    return [group for group in groups if group[1]]


def choose(field: forms.Field, rows: QuerySet[Any]) -> None:
    """Offer these rows in a select."""
    field.queryset = rows  # type: ignore[attr-defined]
