"""Pictures and scans that a person puts beside what they enter: a clipping, a letter, a screenshot (F-SRC-4).

They are evidence and are never read by the machine. What a file is, its first bytes say, not its name.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Largest picture or scan, bytes: a phone's photograph is a third of it.
MOST_BYTES = 20 * 1024 * 1024
#: Media type → ending of its file. All of these a browser shows as a picture, save PDF.
ENDINGS: Mapping[str, str] = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "application/pdf": "pdf",
}  # fmt: skip
PICTURES = frozenset(ENDINGS) - {"application/pdf"}


def media_type_of(content: bytes) -> str:
    """The media type by the first bytes; empty for what is not taken."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/pdf" if content.startswith(b"%PDF-") else ""
