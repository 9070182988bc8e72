"""The chain is stamped when it is time, once, with nothing kept that was not checked, and nothing held up."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from guanlan.collect.errors import Unreachable
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import record
from guanlan.desk.common.due import claim_due
from guanlan.desk.documents import evidence_chain, time_stamps
from guanlan.desk.documents.evidence_models import CaptureEntry
from guanlan.desk.documents.stamp_models import ChainTurn, TimeStamp, Turn
from guanlan.desk.documents.time_stamps import late_since, stamp_due, stamp_soon, statement
from tests.desk.conftest import NOW
from tests.desk.documents.conftest import chained
from tests.desk.real_file import at_once
from tests.site.authority import Authority

Chain = Callable[..., list[str]]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def turn() -> ChainTurn:
    return ChainTurn.objects.get(pk=Turn.STAMP)


def test_without_an_authority_nothing_is_asked(chain: Chain, now: datetime) -> None:
    chain()
    assert stamp_due(now=now) is None
    assert not ChainTurn.objects.exists()
    assert late_since(now + timedelta(days=9)) is None


def test_the_head_is_stamped_and_everything_about_it_is_kept(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(3)
    record("something", actor=None, now=now)
    made = stamp_due(now=now)
    kept = TimeStamp.objects.get()
    assert made == kept
    assert (kept.since, kept.upto, kept.audit) == (1, 3, 1)
    assert (kept.at, kept.serial, kept.name) == (now, "1", "CN=Yunchuan Test Time Stamps")
    assert hashlib.sha256(kept.token).hexdigest() == kept.sha256
    assert kept.authority.pem.encode() == authority.pem
    entry = AuditEntry.objects.get(action="captures.stamped")
    head = evidence_chain.head()
    assert (entry.data["position"], entry.data["digest"], entry.data["sha256"]) == (*head, kept.sha256)
    assert turn().outcomes == {"granted": 1}


def test_what_is_vouched_for_are_lines_that_anybody_can_read(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(2)
    stamp_due(now=now)
    lines = b"".join(statement(1, 2, 0)).decode().splitlines()
    digests = CaptureEntry.objects.order_by("id").values_list("digest", flat=True)
    assert lines == [
        "guanlan time stamp 1",
        f"audit 0 {'0' * 64}",
        *(f"{n} {d}" for n, d in enumerate(digests, 1)),
    ]
    (asked,) = authority.asked
    said = asked["message_imprint"]["hashed_message"].native
    assert said == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).digest()


def test_only_a_hash_leaves_and_the_log_in_goes_along(
    chain: Chain, authority: Authority, settings: Any, now: datetime
) -> None:
    chain(1)
    settings.TIMESTAMP_LOGIN, settings.TIMESTAMP_POLICY = "desk:word", authority.policy
    assert stamp_due(now=now)
    (request,) = authority.requests
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/timestamp-query"
    assert request.headers["authorization"] == f"Basic {b64encode(b'desk:word').decode()}"
    assert len(request.body) < 120
    assert authority.asked[0]["req_policy"].native == authority.policy


def test_again_after_the_interval_and_only_for_what_is_new(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(3)
    assert stamp_due(now=now)
    chain(2, begin=3)
    assert stamp_due(now=now + 59 * MINUTE) is None
    second = stamp_due(now=now + HOUR)
    assert second is not None
    assert (second.since, second.upto, second.audit) == (4, 5, 1)
    assert stamp_due(now=now + 3 * HOUR) is None  # nothing new
    chain(1, begin=9)
    third = stamp_due(now=now + 3 * HOUR + MINUTE)
    assert third is not None
    assert third.since == 6


def test_a_serious_matter_does_not_wait_for_the_interval(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(1)
    stamp_soon(now=now)  # before the first turn: nothing to bring forward
    assert stamp_due(now=now)
    chain(1, begin=1)
    stamp_soon(now=now + MINUTE)
    assert stamp_due(now=now + MINUTE)


def test_a_long_chain_is_stamped_in_parts_one_after_the_other(
    chain: Chain, authority: Authority, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_stamps, "MOST_LINKS", 2)
    chain(5)
    made = [stamp_due(now=now) for _ in range(4)]
    assert [(one.since, one.upto) for one in made if one] == [(1, 2), (3, 4), (5, 5)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("rejection", "rejection"), ("granted_with_mods", "granted_with_mods"), ("nonce", "nonce"),
        ("imprint", "imprint"), ("key", "signature"), ("expired", "expired"), ("purpose", "purpose"),
        ("stranger", "untrusted"), ("garbage", "unreadable"), ("empty", "unreadable"), ("page", "unreadable"),
        ("endless", "too_large"), ("http_500", "http_500"), ("redirect", "http_302"), ("silent", "timeout"),
        ("dripping", "timeout"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_counted_with_its_cause_and_tried_again(
    fault: str,
    reason: str,
    chain: Chain,
    authority: Authority,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain()
    authority.fault = fault
    with monkeypatch.context() as patched:
        if reason == "timeout":  # only where it is waited for: a busy machine is no fault
            patched.setattr(time_stamps, "SECONDS", 0.5)
        assert stamp_due(now=now) is None
    assert not TimeStamp.objects.exists()
    row = turn()
    assert (row.last_error, row.outcomes, row.failing_since) == (reason, {reason: 1}, now)
    assert stamp_due(now=now + MINUTE - timedelta(seconds=1)) is None
    authority.fault = ""
    assert stamp_due(now=now + MINUTE)
    row = turn()
    assert (row.last_error, row.outcomes) == ("", {reason: 1, "granted": 1})
    assert (row.failing_since, row.attempts) == (None, 0)


def test_the_pause_grows_and_a_serious_matter_does_not_shorten_it(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain()
    authority.fault = "http_500"
    moment, waits = now, []
    for _ in range(8):
        assert stamp_due(now=moment) is None
        until = turn().next_action_at
        assert until is not None
        waits.append((until - moment) // MINUTE)
        stamp_soon(now=moment)
        moment = until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert turn().outcomes == {"http_500": 8}
    assert turn().failing_since == now


def test_nobody_there_and_a_host_inside_that_nobody_named(
    chain: Chain, authority: Authority, settings: Any, now: datetime
) -> None:
    chain()
    settings.COLLECT_INNER_HOSTS = []
    assert stamp_due(now=now) is None
    settings.TIMESTAMP_URL, settings.COLLECT_INNER_HOSTS = "http://127.0.0.1:1/", ["127.0.0.1:1"]
    assert stamp_due(now=now + HOUR) is None
    assert not authority.requests
    assert turn().outcomes == {"port": 1, "connect": 1}


def test_a_file_of_roots_that_is_gone_is_a_cause_too(
    chain: Chain, authority: Authority, settings: Any, now: datetime
) -> None:
    chain()
    settings.TIMESTAMP_CA = f"{settings.TIMESTAMP_CA}.gone"
    assert stamp_due(now=now) is None
    assert not authority.requests
    assert turn().outcomes == {"roots": 1}


def test_nothing_is_open_while_the_authority_is_asked(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain()
    depth = len(connection.savepoint_ids)

    def ask(question: bytes) -> bytes:
        assert len(connection.savepoint_ids) == depth
        return authority.stamp(question)

    assert stamp_due(now=now, ask=ask)


def test_a_killed_clock_loses_a_lease_and_no_more(chain: Chain, authority: Authority, now: datetime) -> None:
    chain()

    def killed(question: bytes) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stamp_due(now=now, ask=killed)
    assert stamp_due(now=now + MINUTE) is None
    assert stamp_due(now=now + 2 * MINUTE)


def test_who_lost_the_lease_keeps_nothing(chain: Chain, authority: Authority, now: datetime) -> None:
    """The answer came after the lease had ended and another clock had asked as well."""
    chain()

    def slow(question: bytes) -> bytes:
        later = now + 3 * MINUTE
        assert claim_due(ChainTurn.objects.all(), now=later, lease=HOUR, limit=1)
        return authority.stamp(question)

    assert stamp_due(now=now, ask=slow) is None
    assert not TimeStamp.objects.exists()
    assert not AuditEntry.objects.filter(action="captures.stamped").exists()


def test_a_clock_put_back_does_not_wait_until_its_old_time_comes(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(1)
    authority.at = now + timedelta(days=400)
    assert stamp_due(now=now + timedelta(days=400))
    chain(1, begin=1)
    authority.at = now
    made = stamp_due(now=now)
    assert made is not None
    assert (made.since, made.at) == (2, now)


def test_a_clock_that_is_days_off_keeps_no_stamp_and_says_why(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(1)
    assert stamp_due(now=now + timedelta(days=2)) is None
    assert turn().last_error == "time"


def test_the_chain_waits_too_long_when_the_authority_fails_for_hours(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(2)
    assert late_since(now + timedelta(days=9)) is None  # never begun: an old desk may begin today
    authority.fault = "http_500"
    assert stamp_due(now=now) is None
    assert late_since(now + 3 * HOUR) is None
    assert late_since(now + 3 * HOUR + MINUTE) == now
    authority.fault = ""
    assert stamp_due(now=now + MINUTE)
    assert late_since(now + timedelta(days=9)) is None


def test_the_chain_waits_too_long_too_when_nobody_asks(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain(1)
    assert stamp_due(now=now)
    assert late_since(now + timedelta(days=9)) is None  # nothing waits
    chain(1, begin=1)
    assert late_since(now + 4 * HOUR) is None
    assert late_since(now + 4 * HOUR + MINUTE) == now + HOUR


def test_two_clocks_at_once_make_one_stamp(alone: str, authority: Authority) -> None:
    chained(3, NOW)
    made = at_once(*[lambda: stamp_due(now=NOW)] * 4)
    assert sum(isinstance(one, TimeStamp) for one in made) == 1
    assert not [one for one in made if isinstance(one, Exception)]
    assert TimeStamp.objects.count() == 1
    assert len(authority.requests) == 1


def test_an_error_of_the_network_is_one_of_its_kinds(
    chain: Chain, authority: Authority, now: datetime
) -> None:
    chain()

    def broken(question: bytes) -> bytes:
        raise Unreachable("tls", "certificate verify failed")

    assert stamp_due(now=now, ask=broken) is None
    assert turn().last_error == "tls"


def test_settings_fit_the_file_that_was_written(authority: Authority, settings: Any) -> None:
    assert Path(settings.TIMESTAMP_CA).read_bytes() == authority.pem
