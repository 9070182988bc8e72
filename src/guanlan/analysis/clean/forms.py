"""Characters that are invisible, and characters that are only another form of a plain one."""

from __future__ import annotations

import re
import unicodedata

#: Zero-width, direction and control characters; the joiner inside an emoji stays, it means something.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb]|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d"
)
_MAYBE_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
#: Halves of surrogate pairs are no characters; JSON can carry them, no database can.
_SURROGATE = re.compile("[\ud800-\udfff]")

#: Chinese punctuation is full width by nature and is left as it is.
_CHINESE_PUNCTUATION = frozenset("！（），：；？［］｛｝～")


def _plain_forms() -> dict[str, str]:
    forms = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    forms = {wide: plain for wide, plain in forms.items() if wide not in _CHINESE_PUNCTUATION}
    forms |= {"\u3000": " ", "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\uffe5": "¥"}
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            forms[chr(code)] = plain
    return forms


_FORMS = _plain_forms()
_FORM = re.compile("[" + "".join(map(re.escape, _FORMS)) + "]")


def drop_invisible(text: str) -> tuple[str, int]:
    """Remove invisible characters; a broken surrogate becomes U+FFFD (a lost character)."""
    if not _MAYBE_INVISIBLE.search(text):
        return text, 0
    text, broken = _SURROGATE.subn("\ufffd", text)
    text, dropped = _INVISIBLE.subn("", text)
    return text, broken + dropped


def narrow_forms(text: str) -> tuple[str, int]:
    """Full-width letters, digits and signs to plain ones; radicals and compatibility Han to plain Han."""
    if not _FORM.search(text):
        return text, 0
    return _FORM.subn(lambda found: _FORMS[found[0]], text)
