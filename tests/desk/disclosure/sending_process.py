"""A process of its own that sends reports as fast as it can; prints how many were taken."""

from __future__ import annotations

import os
import sys
from datetime import datetime

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "guanlan.desk.settings"
    django.setup()

    from guanlan.desk.disclosure.models import PublicChannel, PublicReport
    from guanlan.desk.pipeline.public_reports import report_receive
    from tests.desk.disclosure.conftest import sent

    name, address, moment, times = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    channel, now = PublicChannel.objects.get(), datetime.fromisoformat(moment)
    taken = 0
    for number in range(int(times)):
        fields = {"what": f"{name} {number}", "token": f"{name}-{number}", "address": address}
        taken += isinstance(report_receive(channel=channel, sent=sent(**fields), now=now), PublicReport)
    print(taken, flush=True)
