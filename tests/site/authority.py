"""A small time-stamp authority on loopback (RFC 3161): root, authority and keys are made as it starts.

It stamps as it should, and in every wrong way an answer can be wrong.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from guanlan.collect.loopback import Asked, Raw, Reply

LONG = timedelta(days=3650)
Key = ec.EllipticCurvePrivateKey


@dataclass
class Authority:
    """``at`` is its clock; ``fault`` names what it does wrong; ``asked`` are the requests as they came."""

    at: datetime
    fault: str = ""
    policy: str = "1.3.6.1.4.1.99999.1"
    asked: list[tsp.TimeStampReq] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._root_key, self._key = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        self.root = _certificate(
            "Yunchuan Test Root", self._root_key, self._root_key, None, self.at - LONG, self.at + LONG
        )
        self._other = ec.generate_private_key(ec.SECP256R1())
        self.stranger = _certificate(
            "Another Root", self._other, self._other, None, self.at - LONG, self.at + LONG
        )
        self._serial = 0

    @property
    def pem(self) -> bytes:
        """The root that a desk is told to trust."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def signer_pem(self) -> bytes:
        """The certificate that signs, which is no root."""
        return self._signer().public_bytes(Encoding.PEM)

    def __call__(self, asked: Asked) -> Reply | Raw:
        """The answer over HTTP."""
        self.requests.append(asked)
        if self.fault == "http_500":
            return Reply(status=500)
        if self.fault == "redirect":
            return Reply(status=302, headers={"Location": "/elsewhere"})
        if self.fault == "silent":
            return _silent
        if self.fault == "dripping":
            return _dripping
        if self.fault == "endless":
            return _endless
        garbage = {
            "garbage": b"\x30\x03\x02\x01",
            "empty": b"",
            "page": b"<html>\xe7\x99\xbb\xe5\xbd\x95</html>",
        }
        body = garbage[self.fault] if self.fault in garbage else self.stamp(asked.body)
        return Reply(body, headers={"Content-Type": "application/timestamp-reply"})

    def stamp(self, request: bytes) -> bytes:
        """The answer to a request, or what ``fault`` makes of it."""
        asked = tsp.TimeStampReq.load(request)
        self.asked.append(asked)
        if self.fault in ("rejection", "waiting"):
            return _response(self.fault, None)
        status = "granted_with_mods" if self.fault == "granted_with_mods" else "granted"
        return _response(status, self._token(asked))

    def _token(self, asked: tsp.TimeStampReq) -> cms.ContentInfo:
        info = self._info(asked).dump()
        signer = self._signer()
        key = ec.generate_private_key(ec.SECP256R1()) if self.fault == "key" else self._key
        named = b"another certificate" if self.fault == "unnamed" else signer.public_bytes(Encoding.DER)
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "signing_time", "values": [cms.Time({"utc_time": self.at.replace(microsecond=0)})]},
                {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
                {"type": "signing_certificate_v2", "values": [{"certs": [{"cert_hash": hashlib.sha256(named).digest()}]}]},
            ]
        )  # fmt: skip
        signature = key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        given = asn1_x509.Certificate.load(signer.public_bytes(Encoding.DER))
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
                "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
                "certificates": [] if self.fault == "no_certificate" else [given],
                "signer_infos": [_signer_info(given, attributes, signature)],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _info(self, asked: tsp.TimeStampReq) -> tsp.TSTInfo:
        self._serial += 1
        imprint = asked["message_imprint"].copy()
        if self.fault == "sha512":
            imprint["hash_algorithm"]["algorithm"] = "sha512"
        if self.fault == "imprint":
            imprint["hashed_message"] = hashlib.sha256(b"another message").digest()
        values: dict[str, Any] = {
            "version": "v1",
            "policy": "1.2.3.4" if self.fault == "policy" else asked["req_policy"].native or self.policy,
            "message_imprint": imprint,
            "serial_number": self._serial,
            "gen_time": self.at.replace(microsecond=0),
        }
        if self.fault != "no_nonce":
            values["nonce"] = asked["nonce"].native + (self.fault == "nonce")
        return tsp.TSTInfo(values)

    def _signer(self) -> x509.Certificate:
        begins, ends = self.at - timedelta(days=30), self.at + timedelta(days=30)
        if self.fault == "expired":
            begins, ends = self.at - timedelta(days=90), self.at - timedelta(days=1)
        by = self._other if self.fault == "stranger" else self._root_key
        issuer = self.stranger if self.fault == "stranger" else self.root
        usage = [] if self.fault == "purpose" else [ExtendedKeyUsageOID.TIME_STAMPING]
        return _certificate("Yunchuan Test Time Stamps", self._key, by, issuer, begins, ends, usage)


async def _silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _dripping(writer: asyncio.StreamWriter) -> None:
    """One byte at a time, so that no single read ever takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n")
    while True:
        writer.write(b"0")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"0" * 65_536)
        await writer.drain()


def _certificate(
    name: str, key: Key, by: Key, issuer: x509.Certificate | None, begins: datetime, ends: datetime,
    usage: list[x509.ObjectIdentifier] | None = None,
) -> x509.Certificate:  # fmt: skip
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder(issuer.subject if issuer else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
    return builder.sign(by, hashes.SHA256())


def _signer_info(
    given: asn1_x509.Certificate, attributes: cms.CMSAttributes, signature: bytes
) -> cms.SignerInfo:
    number = {"issuer": given.issuer, "serial_number": given.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": cms.IssuerAndSerialNumber(number)}),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signature,
        }
    )


def _response(status: str, token: cms.ContentInfo | None) -> bytes:
    """asn1crypto takes a token for a must, which a refusal does not have: the outer shell is made here."""
    said = tsp.PKIStatusInfo({"status": status, "status_string": ["not today"]})
    return _sequence(said.dump() + (token.dump() if token else b""))


def _sequence(content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([0x30, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([0x30, 0x80 | size]) + length.to_bytes(size, "big") + content
