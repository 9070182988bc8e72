"""渠道构成: do we hear by one ear only?"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guanlan.desk.common.clock import day_bounds, local_date, utc_now
from guanlan.desk.documents.selectors import Filters
from guanlan.desk.web.mix import looked, mix_of
from guanlan.desk.web.requests import person

#: code → days back, today counted in.
PERIODS = {"7": 7, "30": 30, "90": 90}


@require_GET
def mix(request: HttpRequest) -> HttpResponse:
    """Share of each channel, with a warning when one is nearly all there is (F-SRC-10, W3)."""
    user, now = person(request), utc_now()
    chosen = request.GET.get("days", "30")
    days = PERIODS.get(chosen, 30)
    first = local_date(now) - timedelta(days=days - 1)
    since = day_bounds(first)[0]
    words = {"7": _("7 days"), "30": _("30 days"), "90": _("90 days")}
    context = {
        "mix": mix_of(user, since),
        "looked": looked(user, Filters(since=since), now),
        "tabs": [(code, words[code]) for code in PERIODS],
        "days": str(days),
        "first": first,
        "percent": settings.CHANNEL_SHARE_PERCENT,
    }
    return render(request, "web/sources_mix.html", context)
