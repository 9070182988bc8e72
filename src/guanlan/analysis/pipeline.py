"""One item from bytes to judgement: decode, extract, clean, fingerprint, match, tone, kind.

Nothing here raises for a bad item: it ends as an :class:`Analysed` with an outcome and a reason, so
that what went in can always be counted against what came out. Table rows and feed entries (``title``
and ``body`` given) skip decode and extract. There is no clock here: a date in the future is the
business of whoever knows what time it is.

Reasons of ``REJECTED``: ``empty`` ``binary`` ``too_large`` ``no_text`` ``error_page`` ``list_page``; of
``QUARANTINED``: ``failed``, with the cause as detail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from guanlan.analysis.clean import clean
from guanlan.analysis.decode import decode
from guanlan.analysis.errors import Unreadable
from guanlan.analysis.extract import extract
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.kind import KindModel
from guanlan.analysis.match import Matcher
from guanlan.analysis.near_duplicates import MIN_LETTERS
from guanlan.analysis.shingles import read
from guanlan.analysis.tone import Judge
from guanlan.analysis.types import Analysed, Kind, Outcome, PageKind, RawItem, Tone

#: Items read before their tones are judged together: the model works on matrices.
CHUNK = 64
#: Characters of a cause that are kept.
MAX_DETAIL = 500

_NOT_A_TEXT = {PageKind.ERROR: "error_page", PageKind.LIST: "list_page"}


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """Bounds. ``max_bytes`` of a page, ``max_characters`` of a row; more is ``too_large``.

    ``tone_words`` asks for the words that decided a tone, which costs most of the tone's time.
    """

    max_bytes: int = 10_000_000
    max_characters: int = 2_000_000
    tone_words: bool = True


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What a worker holds while it works: compiled themes, models of tone and kind or none, bounds."""

    matcher: Matcher | None = None
    tone: Judge | None = None
    kind: KindModel | None = None
    options: PipelineOptions = PipelineOptions()


def analyse(item: RawItem, tools: Toolbox) -> Analysed:
    """Everything that can be said of one item without a clock and a store. Never raises."""
    return next(analyse_batch((item,), tools))


def analyse_batch(items: Iterable[RawItem], tools: Toolbox) -> Iterator[Analysed]:
    """``analyse`` of each item, in order. A broken item never touches its neighbours."""
    source = iter(items)
    while chunk := list(islice(source, CHUNK)):
        toned = list(_with_tones([_guarded(item, tools) for item in chunk], tools))
        yield from _with_kinds(toned, tools)


def matched_text(analysed: Analysed) -> str:
    """The text that themes, tone and kind were judged on: offsets in ``matches``, ``tone`` and ``kind`` are its."""
    parts = (analysed.title, analysed.body)
    return "\n".join(part.text for part in parts if part is not None and part.text)


def compared_text(analysed: Analysed) -> str:
    """The text of ``fingerprint``: the body, or title and body when there is hardly a body."""
    title, body = (part.text if part is not None else "" for part in (analysed.title, analysed.body))
    return text_to_compare(title, body)


def text_to_compare(title: str, body: str) -> str:
    """The one rule of what copies are found by: for items just read and for those read back."""
    if len(read(body).letters) >= MIN_LETTERS:
        return body
    return "\n".join(part for part in (title, body) if part)


def _guarded(item: RawItem, tools: Toolbox) -> Analysed:
    try:
        return _analyse(item, tools)
    except Unreadable as error:
        return Analysed(item.key, Outcome.REJECTED, error.reason, error.detail[:MAX_DETAIL])
    except Exception as error:  # anything else is our fault: the item is kept aside with its cause
        return Analysed(item.key, Outcome.QUARANTINED, "failed", _cause(error))


def _analyse(item: RawItem, tools: Toolbox) -> Analysed:
    if item.content is None:
        return _judged(Analysed(item.key, None), _whole(item.title), _whole(item.body), tools, item)
    if len(item.content) > tools.options.max_bytes:
        raise Unreadable("too_large", f"{len(item.content)} bytes")
    decoded = decode(item.content, item.declared_charset)
    page = extract(decoded.text, item.url)
    started = Analysed(item.key, None, decoded=decoded, extracted=page)
    if page.kind in _NOT_A_TEXT:
        return replace(started, outcome=Outcome.REJECTED, reason=_NOT_A_TEXT[page.kind])
    return _judged(started, page.title or item.title, page.body, tools, item)


def _judged(started: Analysed, title: str, body: str, tools: Toolbox, item: RawItem) -> Analysed:
    if len(title) + len(body) > tools.options.max_characters:
        raise Unreadable("too_large", f"{len(title) + len(body)} characters")
    cleaned = replace(started, title=clean(title.strip()), body=clean(body.strip()))
    text = matched_text(cleaned)
    if not any(mark.isalnum() for mark in text):
        if started.decoded is None and not (item.title or item.body):
            raise Unreadable("empty")
        return replace(cleaned, outcome=Outcome.REJECTED, reason="no_text")
    return replace(
        cleaned,
        fingerprint=fingerprint(compared_text(cleaned)),
        matches=tools.matcher.match(text) if tools.matcher else (),
    )


def _with_tones(read_items: list[Analysed], tools: Toolbox) -> Iterator[Analysed]:
    waiting = [one for one in read_items if one.outcome is None]
    if tools.tone is None or not waiting:
        yield from read_items
        return
    tones = iter(_tones([matched_text(one) for one in waiting], tools.tone, tools.options))
    for one in read_items:
        if one.outcome is not None:
            yield one
            continue
        tone = next(tones)
        if isinstance(tone, Tone):
            yield replace(one, tone=tone)
        else:
            yield replace(one, outcome=Outcome.QUARANTINED, reason="failed", detail=tone)


def _tones(texts: list[str], model: Judge, options: PipelineOptions) -> list[Tone | str]:
    """A tone for each text, or the cause why there is none."""
    try:
        return list(model.judge_batch(texts, words=options.tone_words))
    except Exception as error:  # one text spoils a matrix: find it alone
        if len(texts) == 1:
            return [_cause(error)]
        return [tone for text in texts for tone in _tones([text], model, options)]


def _with_kinds(read_items: list[Analysed], tools: Toolbox) -> Iterator[Analysed]:
    waiting = [one for one in read_items if one.outcome is None]
    if tools.kind is None or not waiting:
        yield from read_items
        return
    kinds = iter(_kinds([matched_text(one) for one in waiting], tools.kind))
    for one in read_items:
        if one.outcome is not None:
            yield one
            continue
        kind = next(kinds)
        if isinstance(kind, Kind):
            yield replace(one, kind=kind)
        else:
            yield replace(one, outcome=Outcome.QUARANTINED, reason="failed", detail=kind)


def _kinds(texts: list[str], model: KindModel) -> list[Kind | str]:
    """A kind for each text, or the cause why there is none."""
    try:
        return list(model.judge_batch(texts))
    except Exception as error:  # as for tones
        if len(texts) == 1:
            return [_cause(error)]
        return [kind for text in texts for kind in _kinds([text], model)]


def _whole(text: str) -> str:
    """Text of a table with halves of surrogate pairs joined or, when alone, marked as lost."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:MAX_DETAIL]


__all__ = [
    "PipelineOptions",
    "Toolbox",
    "analyse",
    "analyse_batch",
    "compared_text",
    "matched_text",
]
