"""How a term stands in a cleaned text: one case, one width, simplified, with borders where it needs them."""

from __future__ import annotations

from collections.abc import Iterator

from guanlan.analysis.clean.script import simplify

#: Latin terms this long or shorter are abbreviations and syllables: they need word borders.
MAX_BORDERED = 4


def folded(text: str) -> str:
    """Lower case with every offset kept: characters that grow when lowered stay as they are."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := mark.lower()) == 1 else mark for mark in text)


def literal(word: str) -> str:
    """A term as it stands in cleaned text: full-width letters narrowed, lower case."""
    return folded("".join(chr(ord(mark) - 0xFEE0) if "！" <= mark <= "～" else mark for mark in word))


def spellings(name: str) -> Iterator[str]:
    """A term as written and as it reads once cleaned (traditional made simplified)."""
    yield literal(name)
    if not _is_simplified(name):
        yield literal(simplify(name)[0])


def _is_simplified(name: str) -> bool:
    """Whether no character can be traditional; spares most terms, and short runs, the conversion tables."""
    try:
        name.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def needs_borders(word: str) -> bool:
    """Whether a folded term matches whole words only."""
    return len(word) <= MAX_BORDERED and word.isascii() and word.isalnum()


def stands_alone(text: str, start: int, end: int) -> bool:
    """No Latin letter or digit touches ``[start, end)``."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())
