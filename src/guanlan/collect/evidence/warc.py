"""One fetch as WARC records: what was asked, what was answered, over which addresses (ISO 28500)."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from guanlan.collect.net import Answer
from guanlan.collect.net.fetching import Header

#: The connection took these off before we got the body; under their own name they would be untrue of what
#: is kept. The prefix is that of other archiving tools (pywb, browsertrix).
_OF_THE_CONNECTION = frozenset({"transfer-encoding"})
#: Bytes of one header line that are kept; servers send less.
LONGEST_HEADER = 16_384


def warc_records(answer: Answer) -> bytes:
    """The response, the request and the way there of one fetch as an uncompressed WARC file.

    The body stands as it came over the wire (its Content-Encoding kept), so the record can be read by any
    WARC tool. The address of the machine is not known to us and is left out.
    """
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
    for record in (response, request, way):
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
