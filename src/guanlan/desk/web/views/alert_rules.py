"""预警规则与送达渠道: when do we call, and how does it reach people?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guanlan.desk.alerts.errors import ChannelRefused
from guanlan.desk.alerts.models import TEST_KEY, AlertKind, Channel, Delivery
from guanlan.desk.alerts.rules import schema_of
from guanlan.desk.alerts.selectors import channels_visible, noise_by_rule
from guanlan.desk.alerts.services import channel_change, channel_create, channel_test
from guanlan.desk.common.clock import utc_now
from guanlan.desk.events.models import Level
from guanlan.desk.organisation.permissions import may, require
from guanlan.desk.watch.errors import RuleRefused
from guanlan.desk.watch.models import AlertRule
from guanlan.desk.watch.selectors import rules_visible, themes_visible
from guanlan.desk.watch.services import rule_change, rule_create
from guanlan.desk.web.forms_alerts import ChannelChangeForm, ChannelForm, RuleForm
from guanlan.desk.web.requests import person
from guanlan.desk.web.views.sources import units_for

#: False alarms are counted over this time.
NOISE_PERIOD = timedelta(days=30)

#: kind of rule → what it does, in one sentence
KINDS: dict[str, Promise] = {
    AlertKind.THEME: gettext_lazy("Call when a text meets a theme (once for one matter)."),
    AlertKind.TONE: gettext_lazy("Call when a text is negative and the machine is sure enough."),
    AlertKind.VOLUME: gettext_lazy("Call when many texts come in a short time."),
    AlertKind.GRADE: gettext_lazy("Call when an event reaches a grade."),
}
#: RuleRefused and ChannelRefused codes → sentence
REFUSED: dict[str, Promise] = {
    "theme": gettext_lazy("Choose the theme whose texts call."),
    "threshold": gettext_lazy("At least one text."),
    "window": gettext_lazy("Between five minutes and a week."),
    "probability": gettext_lazy("Between 0 and 100 percent."),
    "level": gettext_lazy("Choose a grade."),
    "kind": gettext_lazy("This kind is not known."),
    "schema": gettext_lazy(
        "This kind of address is not on the list. Nothing was saved; "
        "choose one of those named below the field."
    ),
    "address": gettext_lazy("This is not an e-mail address. Nothing was saved."),
}  # fmt: skip


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    user, now = person(request), utc_now()
    noise = {row.rule_key: row for row in noise_by_rule(user, start=now - NOISE_PERIOD, end=now)}
    rows = [(rule, said_of(rule), noise.get(f"rule:{rule.pk}")) for rule in rules_visible(user)]
    context = {
        "rows": rows,
        "kinds": KINDS.items(),
        "names": dict(AlertKind.choices),
        "may_rule": may(user, "rule"),
    }
    return render(request, "web/rules.html", context)


def said_of(rule: AlertRule) -> str:
    """The rule as a person would say it."""
    theme = rule.theme.name if rule.theme else ""
    if rule.kind == AlertKind.THEME:
        return _("A text meets the theme “%(theme)s”") % {"theme": theme}
    if rule.kind == AlertKind.TONE:
        words = (
            _("A text of “%(theme)s” is negative, %(share)s %% sure or more")
            if theme
            else _("A text is negative, %(share)s %% sure or more")
        )
        return words % {"theme": theme, "share": round(rule.probability * 100)}
    if rule.kind == AlertKind.VOLUME:
        words = (
            _("“%(theme)s”: %(n)s texts or more within %(minutes)s minutes")
            if theme
            else _("%(n)s texts or more within %(minutes)s minutes")
        )
        return words % {"theme": theme, "n": rule.threshold, "minutes": rule.window_minutes}
    level = Level(rule.level).label if rule.level in Level.values else rule.level
    return _("An event reaches “%(level)s” or more") % {"level": level}


@require_http_methods(["GET", "POST"])
def rule_new(request: HttpRequest, kind: str) -> HttpResponse:
    user = person(request)
    require(user, "rule")
    if kind not in AlertKind.values:
        raise Http404
    form = RuleForm(request.POST or None, kind=kind, units=units_for(user, "rule"), themes=_themes(request))
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        name, unit = values.pop("name"), values.pop("unit")
        try:
            rule_create(unit=unit, name=name, kind=kind, actor=user, now=utc_now(), **values)
        except (RuleRefused, ValidationError) as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("The rule “%(name)s” watches from now on.") % {"name": name})
            return redirect("alert-rules")
    return _form(request, form, title=_("New rule"), lead=str(KINDS[kind]))


@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    rule = get_object_or_404(rules_visible(user), pk=pk)
    require(user, "rule", rule)
    form = RuleForm(
        request.POST or None, kind=rule.kind, units=None, themes=_themes(request),
        initial=RuleForm.values_of(rule),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            rule_change(rule=rule, actor=user, now=utc_now(), **form.cleaned_data)
        except (RuleRefused, ValidationError) as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("The rule “%(name)s” is kept.") % {"name": rule.name})
            return redirect("alert-rules")
    return _form(request, form, title=rule.name, lead=str(KINDS[rule.kind]))


@require_POST
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a rule rest, or watch again."""
    rule = get_object_or_404(rules_visible(person(request)), pk=pk)
    active = request.POST.get("active") == "1"
    rule_change(rule=rule, actor=person(request), now=utc_now(), active=active)
    said = _("“%(name)s” watches again.") if active else _("“%(name)s” rests; it calls nobody.")
    messages.success(request, said % {"name": rule.name})
    return redirect("alert-rules")


@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    """The ways out, and a form for one more."""
    user = person(request)
    require(user, "rule")
    form = ChannelForm(request.POST or None, units=units_for(user, "rule"))
    if request.method == "POST" and form.is_valid():
        try:
            channel_create(actor=user, now=utc_now(), **form.cleaned_data)
        except (ChannelRefused, ValidationError) as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("The channel is saved. Send a test to see that it arrives."))
            return redirect("alert-channels")
    found = list(channels_visible(user))
    tests = last_tests(found)
    rows = [(channel, masked(channel), tests.get(channel.pk)) for channel in found]
    context = {"rows": rows, "form": form}
    return render(request, "web/channels.html", context, status=400 if form.errors else 200)


def masked(channel: Channel) -> str:
    """The address as far as it may be seen: whom it goes to, never the secret."""
    if channel.kind == "email":
        name, _at, host = channel.address.partition("@")
        return f"{name[:1]}…@{host}"
    return f"{schema_of(channel.address)}://…"


def last_tests(found: list[Channel]) -> dict[int, Delivery]:
    """The newest test of each channel."""
    tests = Delivery.objects.filter(through__in=found, alert__rule_key__startswith=TEST_KEY).order_by("pk")
    return {test.through_id: test for test in tests if test.through_id is not None}


@require_http_methods(["GET", "POST"])
def channel_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    channel = get_object_or_404(channels_visible(user), pk=pk)
    require(user, "rule", channel)
    form = ChannelChangeForm(request.POST or None, initial={"name": channel.name})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            channel_change(
                channel=channel,
                actor=user,
                now=utc_now(),
                name=values["name"],
                address=values["address"] or None,
            )
        except (ChannelRefused, ValidationError) as refused:
            _explain(form, refused)
        else:
            messages.success(request, _("The channel is kept."))
            return redirect("alert-channels")
    return _form(request, form, title=channel.name, lead=masked(channel), back="alert-channels")


@require_POST
def channel_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test, switch off, switch on."""
    user, now = person(request), utc_now()
    channel = get_object_or_404(channels_visible(user), pk=pk)
    act = request.POST.get("act")
    if act == "test":
        title = _("Test of the channel “%(name)s”") % {"name": channel.name}
        channel_test(channel=channel, title=title, actor=user, now=now)
        messages.success(request, _("A test is on its way; its state stands beside the channel."))
    elif act in {"on", "off"}:
        channel_change(channel=channel, actor=user, now=now, active=act == "on")
        messages.success(
            request,
            _("The channel is on.") if act == "on" else _("The channel is off; nothing leaves through it."),
        )
    else:
        raise Http404
    return redirect("alert-channels")


def _themes(request: HttpRequest) -> Any:
    return themes_visible(person(request)).filter(active=True)


def _explain(form: Any, refused: Exception) -> None:
    """Put a refusal at the field it is about."""
    if isinstance(refused, ValidationError):
        form.add_error(None, refused.messages)
        return
    code = getattr(refused, "code", "")
    field = {"window": "window_minutes", "schema": "address"}.get(code, code)
    form.add_error(field if field in form.fields else None, str(REFUSED.get(code, code)))


def _form(request: HttpRequest, form: Any, **page: str) -> HttpResponse:
    context = {"form": form, "back": "alert-rules", **page}
    return render(request, "web/alert_form.html", context, status=400 if form.errors else 200)
