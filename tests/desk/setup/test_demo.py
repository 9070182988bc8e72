"""The demo: a filled desk, made by the same services as a real one, and going on afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guanlan.desk.alerts.models import Alert
from guanlan.desk.audit.services import verify
from guanlan.desk.disclosure.models import PublicChannel, PublicReport
from guanlan.desk.documents.models import Document
from guanlan.desk.events.models import Event, Forecast
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.pipeline import runs
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.work import Worker
from guanlan.desk.reports.models import Report, ReportState
from guanlan.desk.setup.demo import demo_prepare
from guanlan.desk.sources.models import FetchRun
from guanlan.desk.watch.models import Group
from guanlan.engines import InlineEngine


@pytest.mark.slow
@pytest.mark.django_db
def test_a_newcomer_meets_a_filled_desk_that_goes_on(now: datetime) -> None:
    said: list[str] = []
    prepared = demo_prepare(now=now, say=said.append)
    assert User.objects.get(username=prepared.username).check_password(prepared.password)

    assert Document.objects.count() > 500
    assert Event.objects.count() >= 3
    assert Event.objects.exclude(level="").count() >= 3
    assert all(event.items.count() < 100 for event in Event.objects.all())
    assert Group.objects.filter(size__gte=5).count() >= 4
    # A county's matters are smaller than any that the model learned from: it says so and gives no figure.
    assert set(Forecast.objects.values_list("reason", flat=True)) == {"too_few"}
    assert Unit.objects.exclude(duties="").count() >= 15
    assert Report.objects.filter(state=ReportState.ISSUED).count() >= 3
    assert Report.objects.filter(state=ReportState.DRAFT).count() == 1
    assert Alert.objects.filter(acknowledged_at=None).exists()
    assert [channel.open for channel in PublicChannel.objects.all()] == [True]
    assert PublicReport.objects.count() == 4
    assert PublicReport.objects.filter(answered_at__isnull=False).count() == 1
    assert Document.objects.filter(published_at__gt=now).count() == 0
    assert verify()[1] is None

    before = Document.objects.count()
    later = now + timedelta(hours=2)
    list(Worker(InlineEngine(), clock=lambda: later).run_pending())
    assert Document.objects.count() > before + 20
    for run in FetchRun.objects.all():
        counts = runs.counts(run)
        assert counts["fetched"] == sum(value for name, value in counts.items() if name != "fetched")
    assert not Intake.objects.filter(outcome="quarantined").exists()

    again = demo_prepare(now=later, say=said.append)
    assert again.password != prepared.password
    assert Event.objects.count() >= 3
