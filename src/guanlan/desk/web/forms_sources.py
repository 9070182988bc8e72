"""Forms of the register of sources: how one is collected, lists of them, an address to look at."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from guanlan.collect.addresses import canonical, template
from guanlan.collect.kinds import NotReadable, read_json, read_list
from guanlan.collect.lists_of_sources import METHODS, MOST_BYTES, clean_options
from guanlan.desk.organisation.models import Unit
from guanlan.desk.sources.models import Method
from guanlan.desk.web.forms import DeskForm, SourceForm, choose

#: What ``options`` of a source a person sets here.
OPTION_FIELDS = ("selector", "rows", "mapping", "words", "follow", "in_browser")
#: A moment to try readers with; they need one and its value does not matter.
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)
FOLLOW = [
    ("", _("where the page says little of them")),
    ("yes", _("always, all of them")),
    ("no", _("none of them")),
]


class AddressForm(DeskForm):
    """One field: an address to look at."""

    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.TextInput(
            attrs={"autofocus": True, "placeholder": "https://", "inputmode": "url", "autocomplete": "off"}
        ),
        help_text=_("Of a site, a column, a feed, a search or an article. A look takes up to half a minute."),
    )


class CollectedForm(SourceForm):
    """The register's line with the way of collecting. ``options()`` gives what a source keeps."""

    method = forms.ChoiceField(label=_("How it is collected"), choices=Method.choices, required=False)
    selector = forms.CharField(
        label=_("CSS selector of the links"),
        max_length=500,
        required=False,
        help_text=_("List pages and searches. Empty: links to articles are found by themselves."),
    )
    words = forms.CharField(
        label=_("Keywords"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Searches, one a line. The address holds {word} or {word:gbk} where the keyword stands."),
    )
    rows = forms.CharField(
        label=_("Where the rows are"),
        max_length=500,
        required=False,
        help_text=_("JSON addresses: a JMESPath expression, such as data.list."),
    )
    mapping = forms.CharField(
        label=_("Fields of a row"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            'JSON addresses: an object such as {"title": "word", "url": "link"}. Empty: usual names.'
        ),
    )
    follow = forms.ChoiceField(label=_("Fetch the articles that are named"), choices=FOLLOW, required=False)
    in_browser = forms.BooleanField(
        label=_("Render in a browser"),
        required=False,
        help_text=_(
            "Only for pages that are empty without their scripts. Each page then takes seconds instead of a moment, "
            "about 200 MB of memory while it lasts, and more requests to the site; the machine that collects needs "
            "a browser. Pages are kept as rendered, with a screenshot."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = (kwargs.get("initial") or {}).get("method", "")
        offered = [one for one in Method.choices if one[0] in (*METHODS, Method.NONE.value, present)]
        self.fields["method"].choices = offered  # type: ignore[attr-defined]

    def clean_selector(self) -> str:
        selector = str(self.cleaned_data["selector"]).strip()
        try:
            read_list(b"<a href=/1>1</a>", "https://a.example/", _SOME_TIME, selector=selector or "a")
        except NotReadable as error:
            if error.reason == "bad_selector":
                raise forms.ValidationError(_("This selector cannot be read.")) from error
        return selector

    def clean_rows(self) -> str:
        rows = str(self.cleaned_data["rows"]).strip()
        _expression(rows, {})
        return rows

    def clean_mapping(self) -> dict[str, str]:
        text = str(self.cleaned_data["mapping"]).strip()
        try:
            given = json.loads(text) if text else {}
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is not valid JSON.")) from error
        if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
            raise forms.ValidationError(_("An object of field and expression is expected."))
        _expression("", given)
        return given

    def clean_words(self) -> list[str]:
        lines = [" ".join(line.split()) for line in str(self.cleaned_data["words"]).splitlines()]
        return list(dict.fromkeys(filter(None, lines)))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        method, url = data.get("method", ""), str(data.get("url") or "")
        if method not in METHODS or self.errors:
            return data
        if not canonical(template(url, "词")):
            self.add_error("url", _("To be collected it needs an address that may be fetched."))
        elif method == Method.SEARCH and not ("{word}" in url or "{word:gbk}" in url):
            self.add_error("url", _("Put {word} into the address where the keyword stands."))
        if method == Method.SEARCH and not data.get("words"):
            self.add_error("words", _("A search needs at least one keyword."))
        return data

    def options(self) -> dict[str, Any]:
        """Of a valid form: what a source keeps of these fields."""
        given = {name: self.cleaned_data.get(name) for name in OPTION_FIELDS}
        follow = {"yes": True, "no": False}.get(str(given.pop("follow") or ""))
        return clean_options({**given, "follow": follow, "render": bool(given.pop("in_browser"))})

    def fields_of_source(self) -> dict[str, Any]:
        """Of a valid form: everything the services take."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in OPTION_FIELDS}
        return {**data, "options": self.options()}


def options_as_text(options: dict[str, Any]) -> dict[str, str]:
    """Options of a source as the form shows them."""
    mapping = options.get("mapping")
    follow = options.get("follow")
    return {
        "selector": str(options.get("selector") or ""),
        "rows": str(options.get("rows") or ""),
        "mapping": json.dumps(mapping, ensure_ascii=False) if mapping else "",
        "words": "\n".join(map(str, options.get("words") or [])),
        "follow": "" if follow is None else ("yes" if follow else "no"),
        "in_browser": "true" if options.get("render") else "",
    }


class ReviewForm(DeskForm):
    """Why a source that came by a list may be read."""

    legal_note = forms.CharField(label=_("Why it may be read"), max_length=300)


class ListForm(DeskForm):
    """A list of sources, and the unit they are for."""

    file = forms.FileField(
        label=_("File"), help_text=_("OPML of a feed reader, a table (CSV), or addresses one a line.")
    )
    unit = forms.ModelChoiceField(label=_("For unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self.fields["unit"], units)

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This list is larger than 5 MB."))
        return bytes(file.read())


def _expression(rows: str, mapping: dict[str, str]) -> None:
    try:
        read_json(b"[]", "https://a.example/", _SOME_TIME, rows=rows, mapping=mapping)
    except NotReadable as error:
        if error.reason == "bad_expression":
            raise forms.ValidationError(_("This expression cannot be read.")) from error
