"""Photos without what a camera wrote beside them: place, time, owner, device, thumbnails.

The pictures are not decoded, so no decoder meets hostile bytes and no picture is made worse: the file is cut
into its parts and only those are kept that draw something. Formats: JPEG (ISO 10918-1), PNG (ISO 15948),
WebP (RIFF). Whatever does not fit its format exactly is refused. Of a JPEG's camera notes one thing is written
anew: which way is up.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

#: What one report may bring: enough to show a thing, far from a flood (DEF).
MOST_PHOTOS = 3
MOST_PHOTO_BYTES = 8 * 1024 * 1024
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
#: Parts of a PNG that draw: picture, palette, transparency, colour, size of a dot, animation.
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
#: Flags of VP8X that announce colour profile, EXIF, XMP and animation: none of these parts is kept.
_WEBP_DROPPED = 0x20 | 0x08 | 0x04 | 0x02
_SOI, _EOI, _SOS, _APP0, _APP1, _APP14, _APP15, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_RESTARTS = range(0xD0, 0xD8)
_ORIENTATION = 0x0112
#: Entries of the table that are looked through for the one that says which way is up.
_MOST_TAGS = 200


class NotAPhoto(ValueError):
    """No JPEG, PNG or WebP, or one that breaks its format."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that shows what it shows and says nothing else."""

    media_type: str
    content: bytes


def strip(content: bytes) -> Photo:
    """The picture alone; its kind is read from the bytes, never from a name. Raises NotAPhoto."""
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return Photo(JPEG, _jpeg(content))
        if content.startswith(_PNG_MARK):
            return Photo(PNG, _png(content))
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return Photo(WEBP, _webp(content))
    except (struct.error, IndexError) as error:
        raise NotAPhoto("cut short") from error
    raise NotAPhoto("no photo")


def _jpeg(content: bytes) -> bytes:
    """Segments up to the first end mark; what phones hang behind it (films, more pictures) is left out."""
    kept, place, up, drawn = [b"\xff\xd8"], 2, 0, False
    while True:
        marker, start = _marker(content, place)
        if marker == _EOI:
            if not drawn:
                raise NotAPhoto("no picture in it")
            head = [_which_way_up(up)] if up > 1 else []
            return b"".join([kept[0], *head, *kept[1:], b"\xff\xd9"])
        (length,) = struct.unpack_from(">H", content, start)
        end = start + length
        if length < 2 or end > len(content):
            raise NotAPhoto("cut short")
        if marker == _APP1:
            up = up or _orientation(content[start + 2 : end])
        if marker == _SOS:
            drawn, end = True, _scan_end(content, end)
        if marker == _APP14 or not (_APP0 <= marker <= _APP15 or marker == _COM):  # 14: how colours are meant
            kept.append(bytes((0xFF, marker)) + content[start:end])
        place = end


def _marker(content: bytes, place: int) -> tuple[int, int]:
    """The marker at ``place`` and where its segment begins; filling 0xFF before it are passed over."""
    if content[place] != 0xFF:
        raise NotAPhoto("no marker")
    while content[place] == 0xFF:
        place += 1
    marker = content[place]
    if marker in (0x00, 0x01, _SOI) or marker in _RESTARTS:
        raise NotAPhoto("marker out of place")
    return marker, place + 1


def _scan_end(content: bytes, place: int) -> int:
    """Where the drawn lines end: at the first marker that is neither a stuffed byte nor a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0:
            raise NotAPhoto("cut short")
        after = content[place + 1]
        if after not in (0x00, 0xFF) and after not in _RESTARTS:
            return place
        place += 1 if after == 0xFF else 2


def _orientation(notes: bytes) -> int:
    """Which way is up (1 to 8) by the first table of EXIF notes; 0 when they do not say."""
    if not notes.startswith(b"Exif\0\0"):
        return 0
    tiff = notes[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 0
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, offset)
        for number in range(min(count, _MOST_TAGS)):
            tag, _kind, _many, value = struct.unpack_from(f"{order}HHIH", tiff, offset + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _which_way_up(up: int) -> bytes:
    """EXIF notes with this one fact."""
    table = struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, up, 0, 0)
    notes = b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + table
    return b"\xff\xe1" + struct.pack(">H", len(notes) + 2) + notes


def _png(content: bytes) -> bytes:
    kept, place = [_PNG_MARK], len(_PNG_MARK)
    while True:
        (length,) = struct.unpack_from(">I", content, place)
        name, end = content[place + 4 : place + 8], place + 12 + length
        if end > len(content) or (len(kept) == 1 and name != b"IHDR"):
            raise NotAPhoto("cut short")
        if name in _PNG_KEPT:
            kept.append(content[place:end])
        elif name[:1].isupper():  # an unknown part without which the picture cannot be drawn
            raise NotAPhoto("unknown part")
        if name == b"IEND":
            return b"".join(kept)
        place = end


def _webp(content: bytes) -> bytes:
    (size,) = struct.unpack_from("<I", content, 4)
    kept, place, end = [b"WEBP"], 12, min(8 + size, len(content))
    while place < end:
        name = content[place : place + 4]
        (length,) = struct.unpack_from("<I", content, place + 4)
        part = content[place : place + 8 + length]
        if len(part) != 8 + length:
            raise NotAPhoto("cut short")
        if name in _WEBP_KEPT:
            if name == b"VP8X":
                part = part[:8] + bytes((part[8] & ~_WEBP_DROPPED,)) + part[9:]
            kept.append(part + b"\0" * (length % 2))
        place += 8 + length + length % 2
    if not any(part[:4] in (b"VP8 ", b"VP8L") for part in kept[1:]):
        raise NotAPhoto("no picture in it")
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
