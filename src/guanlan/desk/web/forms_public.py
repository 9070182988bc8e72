"""Forms of the public pages, and those with which a channel is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.desk.disclosure.models import STANDINGS, WEEKDAYS
from guanlan.desk.disclosure.photos import MOST_PHOTO_BYTES, MOST_PHOTOS, NotAPhoto, Photo, strip
from guanlan.desk.disclosure.rules import SETTABLE, plain_text
from guanlan.desk.disclosure.services import ANSWER_CHARACTERS
from guanlan.desk.organisation.models import Unit
from guanlan.desk.web.forms import DeskForm, choose

#: Long enough for an account of a day, short enough to be read.
TEXT_CHARACTERS = 3000
#: What a text holds where its bytes were no UTF-8.
LOST = "\ufffd"


class PlainText(forms.CharField):
    """Text without signs that cannot be seen. What arrives broken is said, not guessed."""

    def to_python(self, value: Any) -> str:
        return plain_text(str(super().to_python(value) or ""))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if LOST in str(value):
            raise forms.ValidationError(_("Some characters could not be read. Please write them again."))


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class Photos(forms.FileField):
    """Up to MOST_PHOTOS pictures, cleaned of what a camera wrote beside them."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files: list[UploadedFile[Any]] = [one for one in (data or []) if one]
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("At most three photos."))
        return [self._photo(one) for one in files]

    def _photo(self, file: UploadedFile[Any]) -> Photo:
        if (file.size or 0) > MOST_PHOTO_BYTES:
            raise forms.ValidationError(_("A photo has at most 8 MB."))
        try:
            return strip(file.read())
        except NotAPhoto as error:
            raise forms.ValidationError(
                _("This is no photo that can be taken in (JPEG, PNG, WebP).")
            ) from error


class ReportForm(forms.Form):
    """What happened, where, when. No name and no number is asked for."""

    what = PlainText(
        label=_("What happened"),
        max_length=TEXT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 7, "autocomplete": "off"}),
        help_text=_("Say it in your own words. No names, identity card or phone numbers are needed."),
    )
    where = PlainText(
        label=_("Where it happened"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    when = PlainText(
        label=_("When it happened"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    photos = Photos(
        label=_("Photos"),
        required=False,
        widget=PhotosInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_(
            "Up to three, 8 MB each. Place, time and device in the file are taken out; what can be seen stays: mind faces."
        ),
    )
    contact = PlainText(
        label=_("How to reach you"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Only if you want to be asked back: a phone number or an address. Without it you find the answer with your receipt."
        ),
    )
    # Hidden from people; robots fill in whatever has a name.
    website = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    token = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    use_required_attribute = True

    def __init__(self, *args: Any, photos: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not photos:
            del self.fields["photos"]


class ReceiptForm(forms.Form):
    """A receipt number as somebody types it; whether it is one is not said here."""

    number = PlainText(
        label=_("Receipt number"),
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class ChannelForm(DeskForm):
    """Everything that the public reads before it writes."""

    unit = forms.ModelChoiceField(label=_("For unit"), queryset=Unit.objects.none(), empty_label=None)
    slug = forms.SlugField(
        label=_("Last part of the address"),
        max_length=40,
        help_text=_("Letters, digits and hyphens; it stands on paper, so keep it short."),
    )
    intro = forms.CharField(
        label=_("Introduction"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    purpose = forms.CharField(
        label=_("What the data are used for"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    keeping = forms.CharField(
        label=_("How long the data are kept"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    phone = forms.CharField(label=_("Telephone"), max_length=100, required=False)
    mailbox = forms.CharField(label=_("Letters and e-mail"), max_length=200, required=False)
    open_days = forms.CharField(
        label=_("Open days"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("When, and that deputies and everybody are invited."),
    )
    weekday = forms.TypedChoiceField(
        label=_("Reception every week on"),
        choices=[("", _("none")), *WEEKDAYS],
        coerce=int,
        empty_value=None,
        required=False,
    )
    reception_time = forms.CharField(label=_("Time"), max_length=60, required=False)
    reception_place = forms.CharField(label=_("Place"), max_length=120, required=False)
    photos = forms.BooleanField(label=_("Take photos (up to three)"), required=False)
    hour_ceiling = forms.IntegerField(label=_("At most reports an hour"), min_value=1, max_value=10_000)
    contact_days = forms.IntegerField(label=_("Days a contact is kept"), min_value=1, max_value=3650)
    photo_days = forms.IntegerField(label=_("Days a photo is kept"), min_value=1, max_value=3650)

    def __init__(self, *args: Any, units: QuerySet[Unit] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if units is None:
            del self.fields["unit"]
        else:
            choose(self.fields["unit"], units)


class DayForm(DeskForm):
    """One reception day that is not as usual."""

    day = forms.DateField(
        label=_("Day as it stands in the list"), widget=forms.DateInput(attrs={"type": "date"})
    )
    moved_to = forms.DateField(
        label=_("Moved to"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: it is not held."),
    )
    note = forms.CharField(label=_("Why"), max_length=120, required=False)


class StatusForm(DeskForm):
    """How far a report is."""

    status = forms.ChoiceField(
        label=_("Where it stands"), choices=[pair for pair in STANDINGS if pair[0] in SETTABLE]
    )


class AnswerForm(DeskForm):
    """What is shown under the receipt."""

    text = forms.CharField(
        label=_("Public answer"),
        max_length=ANSWER_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Whoever holds the receipt reads it, under the name of the unit. No names, no numbers of persons."
        ),
    )
