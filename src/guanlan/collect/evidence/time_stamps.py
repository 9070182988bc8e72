"""Asking a time-stamp authority (RFC 3161), and checking its answer: as it comes in, and years later offline.

The signature and the way to the authority's certificate are checked by OpenSSL, through rfc3161-client. What a
stamp must say beside that is checked here: the library compares an imprint whatever hash it is of, and does
not ask whether the stamp names its certificate, which ``openssl ts -verify`` does.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import (
    PKIStatus,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from guanlan.collect.errors import StampRefused

SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
#: Longest answer that is read, bytes; real ones with a chain of certificates have 3 to 8 KB.
MOST_BYTES = 65_536
#: An authority whose clock and ours differ by more than this says nothing that we could use: one is wrong.
MOST_APART = timedelta(hours=24)
#: What OpenSSL says of a certificate → our code; the first that fits.
_CAUSES = (
    ("expired", "expired"),
    ("not yet valid", "expired"),
    ("purpose", "purpose"),
    ("issuer certificate", "untrusted"),
    ("self-signed", "untrusted"),
    ("self signed", "untrusted"),
)


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _Imprint:
    algorithm: _Algorithm
    digest: bytes


@asn1.sequence
class _Request:
    version: int
    imprint: _Imprint
    policy: x509.ObjectIdentifier | None
    nonce: int
    certificates: Annotated[bool, asn1.Default(False)]


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it goes out: for the SHA-256 of a message, with a nonce, asking for certificates."""

    der: bytes
    digest: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a checked answer says. ``at`` is UTC; ``serial`` is decimal; ``authority`` names the signer."""

    at: datetime
    serial: str
    authority: str
    policy: str


def question(digest: bytes, policy: str = "") -> Question:
    """A request for what has this SHA-256; nothing else leaves the machine. ``policy`` is a dotted number."""
    nonce = secrets.randbits(63) | 1
    imprint = _Imprint(algorithm=_Algorithm(algorithm=SHA256, parameters=asn1.Null()), digest=digest)
    wanted = x509.ObjectIdentifier(policy) if policy else None
    request = _Request(version=1, imprint=imprint, policy=wanted, nonce=nonce, certificates=True)
    return Question(asn1.encode_der(request), digest, nonce)


def check(answer: bytes, digest: bytes, roots: bytes, *, nonce: int | None = None, policy: str = "") -> Stamp:
    """Check an answer against the SHA-256 it must vouch for and the PEM certificates that are trusted.

    The signer's certificate must be meant for time stamps alone, lead to ``roots``, and be valid at the time
    that the stamp says. Raises StampRefused. Without ``nonce`` a kept stamp is checked again.
    """
    try:
        return _checked(_decoded(answer), digest, roots_of(roots), nonce, policy)
    except StampRefused:
        raise
    except (VerificationError, ValueError, TypeError, OverflowError) as error:
        raise StampRefused("unreadable", str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the library's Rust; it would end our thread
            raise
        raise StampRefused("unreadable", "the library gave up") from error


def check_fresh(answer: bytes, asked: Question, roots: bytes, *, now: datetime, policy: str = "") -> Stamp:
    """The same of an answer that just came, to the very question, from a clock that is not far off."""
    stamp = check(answer, asked.digest, roots, nonce=asked.nonce, policy=policy)
    if abs(stamp.at - now) > MOST_APART:
        raise StampRefused("time", stamp.at.isoformat())
    return stamp


def roots_of(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file, each once. Raises StampRefused ``roots``."""
    try:
        return list(dict.fromkeys(x509.load_pem_x509_certificates(pem)))
    except ValueError as error:
        raise StampRefused("roots", str(error)) from error


def _decoded(answer: bytes) -> TimeStampResponse:
    try:
        given = decode_timestamp_response(answer)
        status, said = PKIStatus(given.status), "; ".join(given.status_string)
    except ValueError as error:
        raise StampRefused("unreadable", str(error)) from error
    if status != PKIStatus.GRANTED:  # with modifications too: there was nothing in our question to modify
        raise StampRefused(status.name.lower(), said)
    return given


def _checked(
    given: TimeStampResponse, digest: bytes, roots: list[x509.Certificate], nonce: int | None, policy: str
) -> Stamp:
    said = given.tst_info
    imprint = said.message_imprint
    if imprint.hash_algorithm != SHA256 or imprint.message != digest:
        raise StampRefused("imprint")
    if nonce is not None and said.nonce != nonce:
        raise StampRefused("nonce")
    if policy and said.policy.dotted_string != policy:
        raise StampRefused("policy", said.policy.dotted_string)
    try:
        VerifierBuilder(roots=roots).build().verify(given, digest)
    except VerificationError as error:
        raise StampRefused(_cause(str(error)), str(error)) from error
    signer = _signer(given)
    _names_its_certificate(given.time_stamp_token(), signer)
    return Stamp(
        at=said.gen_time.astimezone(UTC),
        serial=str(said.serial_number),
        authority=signer.subject.rfc4514_string(),
        policy=said.policy.dotted_string,
    )


def _signer(given: TimeStampResponse) -> x509.Certificate:
    """The one certificate that the signature names."""
    data = given.signed_data
    (info,) = data.signer_infos
    found = [
        certificate
        for certificate in map(x509.load_der_x509_certificate, data.certificates)
        if (certificate.issuer, certificate.serial_number) == (info.issuer, info.serial_number)
    ]
    if len(found) != 1:
        raise StampRefused("certificate", f"{len(found)} certificates of the signer")
    return found[0]


def _names_its_certificate(token: bytes, signer: x509.Certificate) -> None:
    """RFC 3161 2.4.1 and RFC 5816: the digest of the signer's certificate stands among what is signed."""
    der = signer.public_bytes(Encoding.DER)
    names = (
        hashlib.new(name, der, usedforsecurity=False).digest()
        for name in ("sha1", "sha256", "sha384", "sha512")
    )
    if not any(name in token for name in names):
        raise StampRefused("certificate", "the stamp does not name it")


def _cause(text: str) -> str:
    if "EKU" in text:
        return "purpose"
    return next((code for words, code in _CAUSES if words in text), "signature")
