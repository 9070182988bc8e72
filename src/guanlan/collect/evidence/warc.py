"""One fetch as WARC records: what was asked, what was answered, over which addresses (ISO 28500)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from guanlan.collect.browser.model import Rendered
from guanlan.collect.net import Answer
from guanlan.collect.net.fetching import Header

#: The connection took these off before we got the body; under their own name they would be untrue of what
#: is kept. The prefix is that of other archiving tools (pywb, browsertrix).
_OF_THE_CONNECTION = frozenset({"transfer-encoding"})
#: Bytes of one header line that are kept; servers send less.
LONGEST_HEADER = 16_384


def warc_records(answer: Answer, rendered: Rendered | None = None) -> bytes:
    """The response, the request and the way there of one fetch as an uncompressed WARC file.

    The body stands as it came over the wire (its Content-Encoding kept), so the record can be read by any
    WARC tool. The address of the machine is not known to us and is left out. Of a page that was ``rendered``
    the response is what came, and a conversion record what a browser made of it (ISO 28500, 6.7).
    """
    answer = rendered.received if rendered else answer
    kept = BytesIO()
    writer = WARCWriter(kept, gzip=False)
    date = _moment(answer.asked_at)
    response = writer.create_warc_record(
        answer.url,
        "response",
        payload=BytesIO(answer.packed),
        length=len(answer.packed),
        http_headers=_head(f"{answer.status} {answer.reason}".strip(), answer.headers, answer.http_version),
        warc_headers_dict={"WARC-Date": date},
    )
    beside = {"WARC-Date": date, "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")}
    line = f"GET {_path(answer.url)} {answer.http_version}"
    request = writer.create_warc_record(
        answer.url,
        "request",
        payload=BytesIO(b""),
        http_headers=StatusAndHeaders(line, _plain(answer.request_headers), is_http_request=True),
        warc_headers_dict=beside,
    )
    way = writer.create_warc_record(
        answer.url,
        "metadata",
        payload=BytesIO(_way(answer)),
        warc_content_type="application/warc-fields",
        warc_headers_dict=beside,
    )
    records = [response, request, way]
    if rendered is not None:
        made = {
            "WARC-Date": _moment(rendered.at),
            "WARC-Refers-To": response.rec_headers.get_header("WARC-Record-ID"),
            "WARC-Rendered-By": rendered.browser,
        }
        if rendered.picture:
            made["WARC-Screenshot-Digest"] = f"sha256:{hashlib.sha256(rendered.picture).hexdigest()}"
        records.append(
            writer.create_warc_record(
                rendered.url,
                "conversion",
                payload=BytesIO(rendered.html),
                length=len(rendered.html),
                warc_content_type="text/html; charset=utf-8",
                warc_headers_dict=made,
            )
        )
    for record in records:
        writer.write_record(record)
    return kept.getvalue()


def _head(status: str, headers: tuple[Header, ...], version: str) -> StatusAndHeaders:
    named = [
        (f"X-Orig-{name}" if name.lower() in _OF_THE_CONNECTION else name, value)
        for name, value in _plain(headers)
    ]
    return StatusAndHeaders(status, named, protocol=version)


def _plain(headers: tuple[Header, ...]) -> list[Header]:
    return [(name, value[:LONGEST_HEADER]) for name, value in headers]


def _way(answer: Answer) -> bytes:
    hops = "".join(f"hop: {hop}\r\n" for hop in answer.hops)
    return f"{hops}fetchTimeMs: {round(answer.seconds * 1000)}\r\n".encode()


def _path(url: str) -> str:
    """Path and query of an address in its one form (see Target)."""
    return f"/{url.split('://', 1)[-1].partition('/')[2]}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
