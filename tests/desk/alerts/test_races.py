"""Two people, two clocks, two workers at once, on a real file."""

from __future__ import annotations

from datetime import timedelta

from guanlan.desk.alerts.errors import AlreadyAcknowledged
from guanlan.desk.alerts.models import Alert, Delivery
from guanlan.desk.alerts.outbox import deliver_due
from guanlan.desk.alerts.services import alert_acknowledge
from guanlan.desk.organisation import services as organisation
from guanlan.desk.organisation.models import Role, Unit
from tests.desk.alerts.conftest import Memory, opened
from tests.desk.conftest import NOW, person
from tests.desk.real_file import at_once


def office() -> Unit:
    return organisation.unit_create(code="office", name="网信办", actor=None, now=NOW)


def test_of_two_people_at_once_one_acknowledges_and_the_other_is_told(alone: str) -> None:
    unit = office()
    first, second = (person(name, unit, Role.CASE_OFFICER) for name in ("li", "wang"))
    opened(unit, NOW)
    results = at_once(
        lambda: alert_acknowledge(alert=Alert.objects.get(), actor=first, now=NOW),
        lambda: alert_acknowledge(alert=Alert.objects.get(), actor=second, now=NOW),
    )
    told = [result for result in results if isinstance(result, AlreadyAcknowledged)]
    assert len(told) == 1
    assert told[0].by == Alert.objects.get().acknowledged_by


def test_two_workers_that_meet_the_same_cause_open_one_alert(alone: str) -> None:
    unit = office()
    person("li", unit, Role.CASE_OFFICER)
    results = at_once(*[lambda: opened(unit, NOW)] * 4)
    assert sum(isinstance(result, Alert) for result in results) == 1
    assert results.count(None) == 3
    assert Delivery.objects.count() == 1


def test_two_clocks_hand_over_each_delivery_once(alone: str) -> None:
    unit = office()
    for number in range(3):
        person(f"p{number}", unit, Role.REVIEWER)
    for number in range(10):
        opened(unit, NOW, f"k{number}")
    transports = [Memory() for _ in range(3)]
    at_once(*[lambda t=t: deliver_due(now=NOW, transport=t, limit=7) for t in transports for _ in range(2)])
    deliver_due(now=NOW + timedelta(seconds=1), transport=transports[0])
    sent = [message.delivery for transport in transports for message in transport.sent]
    assert len(sent) == len(set(sent)) == 30
    assert not Delivery.objects.filter(repeated=True).exists()
