"""What others say of the chain: the audit, which remembers heads of it, and the time stamps of an authority.

Both are read again and compared with the chain as it is. The certificates are those kept with each stamp, so
nothing is asked of the network, and a stamp stays checkable when the authority is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanlan.collect.errors import StampRefused
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.audit.services import GENESIS
from guanlan.desk.documents.chain_turns import ANCHORED
from guanlan.desk.documents.evidence_chain import Fault
from guanlan.desk.documents.evidence_models import CaptureEntry
from guanlan.desk.documents.stamp_models import TimeStamp
from guanlan.desk.documents.time_stamps import STAMPED, statement_digest

#: Audit entries that hold a digest of the chain. The last is that of a pack, under another name.
EXPORTED = "event.evidence_exported"
_HOLD_A_HEAD = (ANCHORED, STAMPED, EXPORTED)
CHUNK = 500

#: SHA-256 of a token, and of the certificates it was checked against.
_Audited = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """``anchors`` are heads in the audit, ``stamps`` the stamps kept, ``good`` those without a fault."""

    anchors: int
    stamps: int
    good: int
    upto: int
    last_at: datetime | None
    faults: tuple[Fault, ...]


def witnesses() -> Witnesses:
    """Everything that others say of the chain, and what of it does not fit.

    Causes of faults: ``anchor`` (the audit remembers another digest there), ``stamp_altered`` (the token, or
    what is written beside it, is not as it came), ``stamp_contradicts`` (it vouches for other links or another
    audit), ``stamp_invalid`` (signature or certificates do not hold), ``stamp_missing`` (the audit names it),
    ``stamp_unaudited`` (the audit does not).
    """
    heads = list(_heads())
    wrong = list(_anchor_faults(heads))
    stamped = dict(_audited_stamps())
    total = good = 0
    for stamp in TimeStamp.objects.select_related("authority").order_by("upto").iterator(chunk_size=200):
        total += 1
        cause = _stamp_fault(stamp, stamped.pop(stamp.upto, None))
        good += not cause
        if cause:
            wrong.append(Fault(cause, stamp.upto, stamp.sha256))
    wrong += [Fault("stamp_missing", upto, sha256) for upto, (sha256, _) in sorted(stamped.items())]
    last = TimeStamp.objects.order_by("-upto").first()
    upto, last_at = (last.upto, last.at) if last else (0, None)
    return Witnesses(len(heads), total, good, upto, last_at, tuple(wrong))


def _heads() -> Iterator[tuple[int | None, str]]:
    """(position, digest) of each head that the audit remembers; packs of earlier versions have no position."""
    for action, data in _entries(*_HOLD_A_HEAD):
        digest = str(data.get("chain" if action == EXPORTED else "digest", ""))
        if digest not in ("", GENESIS):
            yield data.get("position"), digest


def _audited_stamps() -> Iterator[tuple[int, _Audited]]:
    for _, data in _entries(STAMPED):
        yield int(data["position"]), (str(data["sha256"]), str(data["authority"]))


def _entries(*actions: str) -> Iterator[tuple[str, dict[str, Any]]]:
    found = AuditEntry.objects.filter(action__in=actions).order_by("id")
    return found.values_list("action", "data").iterator(chunk_size=2000)


def _anchor_faults(heads: list[tuple[int | None, str]]) -> Iterator[Fault]:
    for begin in range(0, len(heads), CHUNK):
        part = heads[begin : begin + CHUNK]
        found = CaptureEntry.objects.filter(digest__in={digest for _, digest in part})
        known = dict(found.values_list("digest", "id"))
        for position, digest in part:
            if digest not in known or position not in (None, known[digest]):
                yield Fault("anchor", position, digest)


def _stamp_fault(stamp: TimeStamp, audited: _Audited | None) -> str:
    from guanlan.collect.evidence.time_stamps import check

    token, pem = bytes(stamp.token), stamp.authority.pem.encode("latin-1")
    if audited is None:
        return "stamp_unaudited"
    as_they_came = (hashlib.sha256(token).hexdigest(), hashlib.sha256(pem).hexdigest())
    if as_they_came != audited or audited != (stamp.sha256, stamp.authority_id):
        return "stamp_altered"
    try:
        said = check(token, statement_digest(stamp), pem)
    except StampRefused as error:
        return "stamp_contradicts" if error.reason == "imprint" else "stamp_invalid"
    beside = (stamp.at, stamp.serial, stamp.name, stamp.policy)
    return "" if beside == (said.at, said.serial, said.authority[:300], said.policy) else "stamp_altered"
