"""Files built for the tests, and short ways to read them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence

import openpyxl
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from guanlan.analysis.types import RawItem
from guanlan.collect.files import BadRow, Entry, Item, ReadOptions, read_stream

PAGE = b"<!DOCTYPE html><html><head><title>t</title></head><body><p>text</p></body></html>"

HOTLINE = ["工单编号", "来电时间", "来电人", "联系电话", "联系地址", "诉求类型", "诉求标题", "诉求内容"]
HOTLINE += ["承办单位", "办理时限", "办结时间", "办理结果"]
CALL = [
    "SX2026001",
    "2026/11/22 9:30",
    "王某",
    "13900000000",
    "东街3号",
    "投诉",
    "夜间施工噪音",
    "夜里一直施工,无法休息",
]
CALL += ["住建局", "5个工作日", "", ""]


class Watched(io.BytesIO):
    """Counts the bytes that were asked for."""

    taken = 0

    def read1(self, size: int | None = -1, /) -> bytes:
        part = super().read1(size)
        self.taken += len(part)
        return part


def read(name: str, content: bytes, options: ReadOptions | None = None) -> list[Entry]:
    return list(read_stream(name, io.BytesIO(content), options))


def items(entries: list[Entry]) -> list[RawItem]:
    return [entry.raw for entry in entries if isinstance(entry, Item)]


def reasons(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(entry.position, entry.reason) for entry in entries if isinstance(entry, BadRow)]


def codes(entries: list[Entry]) -> list[str]:
    return [reason for _, reason in reasons(entries)]


def jsonl(count: int) -> bytes:
    rows = ({"title": f"标题{number}", "content": f"第{number}条正文"} for number in range(1, count + 1))
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def zipped(members: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one member replaced or added."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        members = {member: old.read(member) for member in old.namelist()}
    return zipped({**members, name: content})


def warc(*responses: tuple[str, str, bytes], packed: bool = False) -> bytes:
    """A WARC of (status, content type, content) responses."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for number, (status, kind, content) in enumerate(responses, start=1):
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        address = f"http://www.example.cn/{number}.html"
        record = writer.create_warc_record(
            address,
            "response",
            payload=io.BytesIO(content),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": "2026-11-22T01:30:00Z"},
        )
        writer.write_record(record)
    return out.getvalue()
