"""A time stamp is believed when everything about it holds, and refused with its cause when anything does not."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp

from guanlan.collect.errors import StampRefused
from guanlan.collect.evidence import time_stamps
from guanlan.collect.evidence.time_stamps import Stamp, check, check_fresh, question, roots_of
from tests.site.authority import Authority

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MESSAGE = b"4001 " + b"a" * 64 + b"\n"
DIGEST = hashlib.sha256(MESSAGE).digest()
POLICY = "1.3.6.1.4.1.99999.1"


def stamped(authority: Authority, policy: str = POLICY, now: datetime = NOW) -> Stamp:
    asked = question(DIGEST, policy)
    return check_fresh(authority.stamp(asked.der), asked, authority.pem, now=now, policy=policy)


def test_a_question_names_the_hash_a_nonce_and_asks_for_certificates() -> None:
    asked = question(DIGEST, POLICY)
    read = tsp.TimeStampReq.load(asked.der).native
    assert read["message_imprint"] == {"hash_algorithm": {"algorithm": "sha256", "parameters": None}, "hashed_message": DIGEST}  # fmt: skip
    assert (read["nonce"], read["cert_req"], read["req_policy"]) == (asked.nonce, True, POLICY)
    assert question(DIGEST).nonce != asked.nonce
    assert tsp.TimeStampReq.load(question(DIGEST).der).native["req_policy"] is None


def test_a_good_stamp_says_when_and_by_whom() -> None:
    stamp = stamped(Authority(NOW))
    assert stamp == Stamp(NOW, "1", "CN=Yunchuan Test Time Stamps", POLICY)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("rejection", "rejection"), ("waiting", "waiting"), ("granted_with_mods", "granted_with_mods"),
        ("nonce", "nonce"), ("no_nonce", "nonce"), ("imprint", "imprint"), ("policy", "policy"),
        ("key", "signature"), ("expired", "expired"), ("purpose", "purpose"), ("stranger", "untrusted"),
        ("unnamed", "certificate"), ("no_certificate", "signature"),
    ],
)  # fmt: skip
def test_each_fault_is_refused_with_its_cause(fault: str, reason: str) -> None:
    with pytest.raises(StampRefused) as refused:
        stamped(Authority(NOW, fault))
    assert refused.value.reason == reason


@pytest.mark.parametrize("answer", [b"", b"\x30", b"<html>", b"\x30\x03\x02\x01\x00", b"\x30\x80" * 5000])
def test_garbage_is_unreadable(answer: bytes) -> None:
    with pytest.raises(StampRefused, match="unreadable"):
        check(answer, DIGEST, Authority(NOW).pem)


def test_the_same_digits_of_another_hash_are_no_stamp_of_ours() -> None:
    authority, asked = Authority(NOW, "sha512"), question(DIGEST)
    with pytest.raises(StampRefused, match="imprint"):
        check(authority.stamp(asked.der), DIGEST, authority.pem)


@pytest.mark.parametrize(("hours", "good"), [(-23, True), (23, True), (-25, False), (25, False)])
def test_a_clock_that_is_a_day_away_is_not_believed(hours: int, good: bool) -> None:
    authority = Authority(NOW)
    if good:
        assert stamped(authority, now=NOW + timedelta(hours=hours)).at == NOW
    else:
        with pytest.raises(StampRefused, match="time"):
            stamped(authority, now=NOW + timedelta(hours=hours))


def test_a_kept_stamp_is_good_for_ever_whatever_the_certificate_does_later() -> None:
    """The certificate need be valid when it stamped, not when it is looked at."""
    old = datetime(2001, 1, 1, tzinfo=UTC)
    authority, asked = Authority(old), question(DIGEST)
    assert check(authority.stamp(asked.der), DIGEST, authority.pem).at == old


@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_no_flipped_byte_makes_it_say_something_else(bit: int) -> None:
    """A few bytes are not covered by the signature (a text for people, version numbers): they say nothing."""
    authority, asked = Authority(NOW), question(DIGEST)
    answer = authority.stamp(asked.der)
    true = check(answer, DIGEST, authority.pem)
    refused = 0
    for place in range(len(answer)):
        flipped = bytearray(answer)
        flipped[place] ^= bit
        try:
            assert check(bytes(flipped), DIGEST, authority.pem) == true
        except StampRefused:
            refused += 1
    assert refused > 0.95 * len(answer)


def test_roots_are_read_once_each_and_nothing_else_is() -> None:
    pem = Authority(NOW).pem
    assert len(roots_of(pem * 2)) == 1
    for wrong in (b"", b"no certificate", pem[:200]):
        with pytest.raises(StampRefused, match="roots"):
            roots_of(wrong)


def test_openssl_agrees(tmp_path: Path) -> None:
    authority, asked = Authority(datetime.now(UTC)), question(DIGEST)
    answer = authority.stamp(asked.der)
    files = {"message": MESSAGE, "stamp.tsr": answer, "ca.pem": authority.pem}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = ["openssl", "ts", "-verify", "-data", "message", "-in", "stamp.tsr", "-CAfile", "ca.pem"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in ran.stdout, ran.stderr


def test_a_panic_of_the_library_is_an_answer_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    def panic(answer: bytes) -> None:
        raise PanicException

    monkeypatch.setattr(time_stamps, "decode_timestamp_response", panic)
    with pytest.raises(StampRefused, match="unreadable"):
        check(b"x", DIGEST, Authority(NOW).pem)
