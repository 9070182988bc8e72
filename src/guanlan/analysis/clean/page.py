"""One page of many texts, cut into its texts; what the site put around them is dropped and counted.

Headings (篇一, 第2篇, 3、某某总结) make sections. Inside a section, documents often follow each other with
nothing between; a new one begins where

* the one before is dated or signed,
* its outermost numbering begins again (四、 … 一、) and a paragraph before it opens a document or
  announces its items ("现将工作总结如下"), or
* two paragraphs that open and announce stand before a list that never returns to the outer numbering.

Where none of this is seen nothing is cut: two texts taken for one are easier to mend by hand than one
text in pieces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guanlan.analysis.clean import lines as kinds
from guanlan.analysis.clean.damage import damaged_spans
from guanlan.analysis.clean.lines import Furniture
from guanlan.analysis.clean.text import clean
from guanlan.analysis.types import ANALYSIS_VERSION, Cleaned, Evidence, Span

#: Fewer letters than this are no document: a heading with nothing under it yields no text.
LEAST_LETTERS = 20
#: Longest page that is looked at; far more than any page holds.
MAX_CHARACTERS = 5_000_000
#: A numbered title begins a text of at least this many characters, else it is an item of a list.
LEAST_TITLED = 120


@dataclass(frozen=True, slots=True)
class PageText:
    """One text of a page; ``span`` are its offsets in the page as it was given."""

    cleaned: Cleaned
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (empty on a page without any), where it stands in the page, and the texts under it."""

    heading: str
    span: Span
    texts: tuple[PageText, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line that belongs to the site, not to a text: as it reads cleaned, why, and where it stands."""

    line: str
    reason: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sections:
    """A page cut into sections. ``evidence`` counts the dropped lines by reason; ``original`` is kept."""

    sections: tuple[Section, ...]
    dropped: tuple[Dropped, ...]
    original: str
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION

    @property
    def texts(self) -> tuple[PageText, ...]:
        """All texts in order."""
        return tuple(text for section in self.sections for text in section.texts)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str  # cleaned and stripped, never empty
    span: Span  # in the page


def split_page(text: str) -> Sections:
    """Cut a page into its texts. Raises ValueError over ``MAX_CHARACTERS``; takes linear time."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a page of {len(text)} characters is too long")
    cleaned = clean(text)
    pinyin = any(one.code == "pinyin" for one in cleaned.evidence)
    rows = _lines(text, cleaned.text)
    headings = _headings(rows)
    kept, dropped = _sorted_out(rows, headings)
    sections = []
    for heading, body in _bodies(rows, headings, kept):
        parts = [part for part in _documents(body) if sum(len(row.text) for row in part) >= LEAST_LETTERS]
        texts = tuple(_page_text(part, text, pinyin=pinyin) for part in parts)
        sections.append(Section(heading.text, heading.span, texts))
    counts = Counter(one.reason for one in dropped)
    evidence = tuple(Evidence(reason, str(n)) for reason, n in counts.items())
    return Sections(tuple(sections), tuple(dropped), text, evidence)


def _lines(original: str, cleaned: str) -> list[_Line]:
    """Cleaning never adds or removes a line break, so lines of both stand beside each other."""
    found, start = [], 0
    for raw, line in zip(original.split("\n"), cleaned.split("\n"), strict=True):
        if line.strip():
            lead = len(raw) - len(raw.lstrip())
            found.append(_Line(line.strip(), Span(start + lead, start + len(raw.rstrip()))))
        start += len(raw) + 1
    return found


def _headings(rows: Sequence[_Line]) -> dict[int, int]:
    """Numbers of the lines that begin sections: 篇一 … if there are two, else numbered titles."""
    parts = {at: n for at, row in enumerate(rows) if (n := kinds.part_number(row.text)) is not None}
    if len(parts) >= 2 or 1 in parts.values():
        return parts
    titled: dict[int, int] = {}
    last, room = 0, LEAST_TITLED
    for at, row in enumerate(rows):
        number = kinds.titled_number(row.text)
        if number == last + 1 and room >= LEAST_TITLED:
            titled[at], last, room = number, number, 0
        else:
            room += len(row.text)
    return titled if len(titled) >= 2 and room >= LEAST_TITLED else {}


def _sorted_out(rows: Sequence[_Line], headings: dict[int, int]) -> tuple[set[int], list[Dropped]]:
    """Numbers of the lines that are text, and the lines that are furniture."""
    first = min(headings, default=0)
    block: Furniture | None = None
    kept, dropped = set[int](), list[Dropped]()
    for at, row in enumerate(rows):
        reason = None if at in headings else kinds.furniture_of(row.text, block, before_first=at < first)
        if reason is None:
            block = None
            kept.add(at)
        else:
            block = kinds.list_label(row.text) or block
            dropped.append(Dropped(row.text, reason.value, row.span))
    return kept, dropped


def _bodies(
    rows: Sequence[_Line], headings: dict[int, int], kept: set[int]
) -> Iterator[tuple[_Line, list[_Line]]]:
    """Each heading with the lines under it."""
    starts = sorted(headings) or [-1]
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        heading = rows[start] if start >= 0 else _Line("", Span(0, 0))
        yield heading, [rows[at] for at in range(start + 1, end) if at in kept]


def _page_text(part: Sequence[_Line], page: str, *, pinyin: bool) -> PageText:
    span = Span(part[0].span.start, part[-1].span.end)
    text = "\n".join(row.text for row in part)
    damaged = damaged_spans(text, pinyin_damage=pinyin)
    return PageText(Cleaned(text, page[span.start : span.end], damaged), span)


def _documents(body: Sequence[_Line]) -> list[Sequence[_Line]]:
    """The documents that follow each other under one heading."""
    paragraphs = [_Paragraph.of(row.text) for row in body]
    starts = sorted(_starts(paragraphs))
    return [body[start:end] for start, end in zip(starts, [*starts[1:], len(body)], strict=False)]


@dataclass(frozen=True, slots=True)
class _Paragraph:
    number: kinds.Number | None
    closes: bool  # a date or a signature
    dated: bool
    opens: bool
    announces: bool
    bare: bool  # only the heading of an item; the next paragraph is its text

    @classmethod
    def of(cls, line: str) -> _Paragraph:
        number, dated = kinds.number_of(line), kinds.is_date(line)
        return cls(
            None if dated else number,
            dated or kinds.is_signature(line),
            dated,
            kinds.is_opening(line) and not dated,
            kinds.is_lead_in(line),
            number is not None and len(line) <= kinds.MAX_ITEM_HEADING,
        )


def _starts(body: Sequence[_Paragraph]) -> set[int]:
    """Numbers of the paragraphs that begin a document."""
    starts = {0} if body else set[int]()
    outer: kinds.Number | None = None  # the outermost number of the document so far
    last_numbered = -1
    for at, one in enumerate(body):
        start = None
        if at and body[at - 1].closes and not one.closes and _begins_after_close(body, at):
            start = at
        elif one.number is not None and outer is not None:
            start = _start_before_number(body, last_numbered, at, outer)
        if start is not None:
            starts.add(start)
            outer = None
        if one.number is not None:
            last_numbered = at
            if outer is None or one.number.rank <= outer.rank:
                outer = one.number
    return starts


def _begins_after_close(body: Sequence[_Paragraph], at: int) -> bool:
    """Behind a date anything begins a document; behind a mere name only what opens one."""
    return body[at - 1].dated or body[at].opens or body[at].announces


def _start_before_number(
    body: Sequence[_Paragraph], last_numbered: int, at: int, outer: kinds.Number
) -> int | None:
    """Where the document begins whose numbering begins at ``at``, or None if it is the same document."""
    number = body[at].number
    assert number is not None
    first = max(last_numbered, 0) + 1
    if last_numbered >= 0 and body[last_numbered].bare and first < at and not body[first].announces:
        first += 1  # the text of a bare heading
    announcing = next((n for n in range(at - 1, first - 1, -1) if body[n].announces), None)
    if number.rank == outer.rank and number.value <= outer.value:
        if announcing is None and number.rank:
            return None
        return _first_opening(body, first, at - 1 if announcing is None else announcing)
    nested = number.value == 1 and number.rank > outer.rank
    if nested and announcing == at - 1 and body[announcing].opens and not _goes_on(body, at, outer):
        start = _first_opening(body, first, announcing)
        return start if start is not None and start < announcing else None
    return None


def _first_opening(body: Sequence[_Paragraph], first: int, last: int) -> int | None:
    """The first of the opening paragraphs that end at ``last``, which may announce instead."""
    if last < first or not (body[last].opens or body[last].announces):
        return None
    while last > first and body[last - 1].opens:
        last -= 1
    return last


def _goes_on(body: Sequence[_Paragraph], at: int, outer: kinds.Number) -> bool:
    """Whether the outer numbering is taken up again behind ``at``."""
    for one in body[at:]:
        if one.number is not None and one.number.rank == outer.rank:
            return one.number.value == outer.value + 1
        if one.closes:
            return False
    return False
