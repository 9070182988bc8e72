"""Photos lose what a camera wrote beside them and nothing that can be seen; what is no photo is refused."""

from __future__ import annotations

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.desk.disclosure.photos import JPEG, PNG, WEBP, NotAPhoto, strip

PLACE = b"GPS 31.2304N 121.4737E"
SCAN = b"\x12\x34\xff\x00\x56\xff\xd0\x78"  # a stuffed byte and a restart inside


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def exif(up: int, order: str = ">") -> bytes:
    mark = b"MM\0*" if order == ">" else b"II*\0"
    entries = [(0x010F, 2, 4, 0x41424344), (0x0112, 3, 1, up << 16 if order == ">" else up)]
    table = struct.pack(f"{order}H", len(entries))
    table += b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    return segment(0xE1, b"Exif\0\0" + mark + struct.pack(f"{order}I", 8) + table + PLACE)


def jpeg(*notes: bytes, after: bytes = b"") -> bytes:
    drawing = segment(0xDB, b"table") + segment(0xC0, b"frame") + segment(0xDA, b"scan") + SCAN
    more = segment(0xC4, b"more") + segment(0xDA, b"scan 2") + SCAN
    return b"\xff\xd8" + b"".join(notes) + drawing + more + b"\xff\xd9" + after


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*notes: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(notes)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def riff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def webp(*parts: bytes) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_jpeg_is_kept_without_its_notes() -> None:
    notes = [
        segment(0xE0, b"JFIF\0" + PLACE), exif(1), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
        segment(0xE2, b"ICC_PROFILE\0" + PLACE), segment(0xED, b"Photoshop" + PLACE), segment(0xFE, PLACE),
    ]  # fmt: skip
    photo = strip(jpeg(*notes, after=b"\xff\xd8" + PLACE + b"\xff\xd9"))
    assert (photo.media_type, photo.content) == (JPEG, jpeg())


@pytest.mark.parametrize("order", [">", "<"])
def test_only_which_way_is_up_is_written_anew(order: str) -> None:
    content = strip(jpeg(exif(6, order))).content
    assert PLACE not in content
    assert strip(content).content == content
    again = strip(content + b"trailing").content
    assert again.startswith(b"\xff\xd8\xff\xe1")
    assert b"Exif\0\0MM\0*" in again
    assert again.endswith(jpeg()[2:])


@pytest.mark.parametrize(
    "notes", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0XX\0*\0\0\0\x08\0\1"]
)
def test_broken_notes_are_no_reason_to_refuse_a_photo(notes: bytes) -> None:
    assert strip(jpeg(segment(0xE1, notes))).content == jpeg()


def test_a_png_is_kept_without_its_notes() -> None:
    notes = [chunk(b"tEXt", PLACE), chunk(b"eXIf", PLACE), chunk(b"iTXt", PLACE), chunk(b"tIME", b"1234567")]
    photo = strip(png(*notes) + PLACE)
    assert (photo.media_type, photo.content) == (PNG, png())


def test_a_webp_is_kept_without_its_notes() -> None:
    head = riff(b"VP8X", bytes((0x2C,)) + b"\0" * 9)
    photo = strip(
        webp(head, riff(b"ICCP", PLACE), riff(b"VP8 ", b"odd"), riff(b"EXIF", PLACE), riff(b"XMP ", PLACE))
    )
    assert photo.media_type == WEBP
    assert photo.content == webp(riff(b"VP8X", b"\0" * 10), riff(b"VP8 ", b"odd"))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"GIF89a", b"<svg onload=alert(1)>", b"%PDF-1.7", b"\xff\xd8\xff", b"\xff\xd8\xff\xd9",
        jpeg()[:-2], jpeg()[:20], b"\xff\xd8" + segment(0xFE, b"x") + b"junk", png()[:-12], png()[:30],
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), png(chunk(b"EVIL", b"x")), webp(riff(b"EXIF", PLACE)),
        webp(b"VP8 \xff\xff\xff\x7f"), b"\xff\xd8\xff\xe1\x00\x01",
    ],
)  # fmt: skip
def test_what_is_no_photo_or_cut_short_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPhoto):
        strip(content)


@given(st.sampled_from([jpeg(exif(6)), png(), webp(riff(b"VP8 ", b"odd"))]), st.data())
def test_no_bytes_make_it_fail_otherwise(whole: bytes, data: st.DataObject) -> None:
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NotAPhoto):
        strip(bytes(content[: data.draw(st.integers(0, len(content)))]))
