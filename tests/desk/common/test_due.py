"""Due rows: claimed by one, given back by time, closed once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guanlan.desk.common.due import claim_due, finish, postpone, retry_at, still_held
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.sources.models import FetchRun

LEASE = timedelta(minutes=5)


@pytest.fixture
def rows(run: FetchRun, now: datetime) -> list[Intake]:
    return Intake.objects.bulk_create(
        Intake(
            run=run,
            source=run.source,
            position=f"row {place}",
            fetched_at=now,
            next_action_at=now - timedelta(minutes=place),
        )
        for place in range(3)
    )


def test_the_earliest_rows_are_claimed_first(rows: list[Intake], now: datetime) -> None:
    claimed = claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=2)
    assert {row.position for row in claimed} == {"row 1", "row 2"}


def test_a_claimed_row_is_not_claimed_again_until_its_lease_ends(rows: list[Intake], now: datetime) -> None:
    assert len(claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=9)) == 3
    assert claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=9) == []
    again = claim_due(Intake.objects.all(), now=now + LEASE, lease=LEASE, limit=9)
    assert [row.attempts for row in again] == [2, 2, 2]


def test_rows_of_the_future_wait(rows: list[Intake], now: datetime) -> None:
    early = now - timedelta(hours=1)
    assert claim_due(Intake.objects.all(), now=early, lease=LEASE, limit=9) == []


def test_two_asking_at_once_share_the_rows(rows: list[Intake], now: datetime) -> None:
    first = claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=2)
    second = claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=2)
    assert not {row.pk for row in first} & {row.pk for row in second}
    assert len(first) + len(second) == 3


def test_a_finished_row_is_out_of_the_queue(rows: list[Intake], now: datetime) -> None:
    row = claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=1)[0]
    assert finish(row, outcome="rejected")
    row.refresh_from_db()
    assert (row.outcome, row.next_action_at, row.claim) == ("rejected", None, "")


def test_whoever_lost_the_lease_changes_nothing(rows: list[Intake], now: datetime) -> None:
    row = claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=1)[0]
    other = claim_due(Intake.objects.filter(pk=row.pk), now=now + LEASE, lease=LEASE, limit=1)[0]
    assert not finish(row, outcome="rejected")
    assert still_held([row]) == set()
    assert still_held([other]) == {row.pk}
    other.refresh_from_db()
    assert other.outcome == ""


def test_a_postponed_row_keeps_its_cause_and_its_time(rows: list[Intake], now: datetime) -> None:
    row = claim_due(Intake.objects.all(), now=now, lease=LEASE, limit=1)[0]
    until = now + timedelta(minutes=9)
    assert postpone(row, until=until, cause="x" * 2000)
    row.refresh_from_db()
    assert row.next_action_at == until
    assert row.last_error == "x" * 500


def test_waits_double_and_stop_at_an_hour(now: datetime) -> None:
    waits = [(retry_at(now, attempts) - now) / timedelta(minutes=1) for attempts in range(1, 10)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
