"""What each stage takes and gives. Text in, judgement out.

Every result is frozen, carries its ``evidence`` (why) and the ``version`` of the rule or model
that made it, so that a figure on a page can always be traced and recomputed.

Shapes and units
----------------
* An *offset* counts Python characters (code points) in the text named by the field's docstring.
* A *probability* or *score* lies in 0..1 unless the field says "points".
* A ``datetime`` is timezone-aware and in UTC; ``None`` means unknown, never "now" and never 1970.
* Unknown is ``None``. It is never 0 and never an empty guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: Bumped whenever a stage may answer differently; stored beside every result.
ANALYSIS_VERSION = "2"


class PageKind(StrEnum):
    """What sort of page was fetched."""

    ARTICLE = "article"
    LIST = "list"
    FORUM = "forum"
    ERROR = "error"  # an error page or a log-in wall: nothing to read here


class ToneLabel(StrEnum):
    """How a text speaks of its matter."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class TextKind(StrEnum):
    """What its writer does with a text, seen from the desk of a public body (诉求类别)."""

    QUESTION = "question"  # wants information
    COMPLAINT = "complaint"  # tells of a wrong, blames, cries for help
    SUGGESTION = "suggestion"  # proposes a measure
    PRAISE = "praise"  # thanks or honours somebody in public life
    NEWS = "news"  # reports or explains
    NOTICE = "notice"  # a body tells people in its own name; a public appeal
    NOISE = "noise"  # adverts, chat, wishes, bare reposts: nothing to handle


class Relation(StrEnum):
    """How a text stands to one seen before."""

    COPY = "copy"  # the same text, edits of wording or repost marks at most
    VERSION = "version"  # the same document at another state; a person decides
    TEMPLATE = "template"  # the same form with other figures: another matter
    REPRINT = "reprint"  # the same text published elsewhere, origin line says so
    NEW = "new"


class Outcome(StrEnum):
    """The one counted end of every fetched item (design principle 2)."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    OFF_TOPIC = "off_topic"  # kept, searchable, but no theme asked for it
    REJECTED = "rejected"  # cannot be used; the reason is listed
    QUARANTINED = "quarantined"  # our fault or unclear: kept aside with its cause


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range ``[start, end)`` of characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a result: a stable ``code``, a value to show, and where it was seen."""

    code: str
    value: str = ""
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class RawItem:
    """One thing as it came in, before anybody looked at it.

    Either ``content`` holds a page as received (``declared_charset`` is a hint only), or ``title``
    and ``body`` hold fields that a table or feed gave as text. ``key`` is the caller's own name for
    the item and comes back unchanged on the result.
    """

    key: str
    content: bytes | None = None
    declared_charset: str | None = None
    url: str = ""
    title: str = ""
    body: str = ""
    published_at: datetime | None = None
    author: str = ""
    origin: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Bytes read as text. ``replaced`` counts characters that could not be read (shown as U+FFFD)."""

    text: str
    encoding: str
    replaced: int
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a forum thread."""

    body: str
    author: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page says, without its furniture.

    ``published_has_time`` is true when the page showed hour and minute; otherwise the datetime is
    midnight Asia/Shanghai of the day shown, in UTC.
    """

    title: str
    body: str
    kind: PageKind
    published_at: datetime | None = None
    published_has_time: bool = False
    author: str = ""
    origin: str = ""
    posts: tuple[Post, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Readable text beside the text it came from.

    ``damaged`` are spans in ``text`` where bytes were lost; they are marked, never filled in.
    ``evidence`` lists what was changed (``pinyin``, ``traditional``, ``zero_width``, ``full_width``,
    ``mojibake``) with a count as value.
    """

    text: str
    original: str
    damaged: tuple[Span, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``exact``: 16 bytes of the punctuation-free text. ``signature``: bottom-k MinHash of its
    ``shingles`` runs of five characters, 4 bytes a value, at most 24 values.
    """

    exact: bytes
    signature: bytes
    shingles: int
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """An earlier text that this one resembles. ``similarity`` is the true Jaccard of 3-grams."""

    key: int
    similarity: float
    relation: Relation
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ThemeMatch:
    """A theme that asked for this text. ``spans`` are offsets in the cleaned text that was matched.

    ``via`` is empty when everything was found as asked for; else it has, for each of ``terms``, the word
    of the expression that it stands for (zf: 政府; a town: its county), "" for one found as written.
    """

    theme: int
    clause: str  # the part of the expression that decided, as the person wrote it
    spans: tuple[Span, ...]
    terms: tuple[str, ...]
    version: str = ANALYSIS_VERSION
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightedWord:
    """A word that moved the tone: negative weight pulls to negative."""

    word: str
    weight: float
    span: Span


@dataclass(frozen=True, slots=True)
class Tone:
    """``probabilities`` over negative, neutral, positive sum to 1. ``unsure`` asks for a person.

    ``fallback`` says why a larger model that was asked did not answer; ``version`` then names the compact
    one, which judged in its place.
    """

    label: ToneLabel
    probability: float
    probabilities: tuple[float, float, float]
    unsure: bool
    words: tuple[WeightedWord, ...] = ()
    version: str = ANALYSIS_VERSION
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """``probabilities`` in the order of :class:`TextKind` sum to 1. ``unsure`` asks for a person.

    ``evidence``: the stated rules that spoke for ``label``, each with its kind and where its words stand.
    """

    label: TextKind
    probability: float
    probabilities: tuple[float, ...]
    unsure: bool
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """The group a text was put in. ``created`` when it opened a new one."""

    group: int
    created: bool
    similarity: float | None
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an event when it is graded; ``None`` where it is not known.

    Counts are of distinct texts unless named otherwise (domain rule G15).
    """

    first_source_tier: str | None = None  # a code of packs/grading/default.json, indicator I1
    nature: str | None = None  # code, I2
    items_24h: int | None = None  # I3
    items_this_hour: int | None = None  # I4
    mean_prior_6h: float | None = None  # I4, items an hour
    engagement: int | None = None  # I5, reposts + comments + likes
    negative_share: float | None = None  # I6, 0..1
    negative_n: int | None = None  # I6, texts with a tone behind the share
    people: str | None = None  # code, I7
    sensitive_hits: int | None = None  # I8
    questioning: bool | None = None  # floors apply only to negative or questioning content (G10)
    floors: tuple[str, ...] = ()  # codes of floors that a person or rule found to hold
    negative_24h: int | None = None  # negative texts or comments in 24 h (preset G7)
    keyword_growth_3d: float | None = None  # growth over three days, 2.0 is +200 % (preset G9)
    given: Mapping[str, str | float] = field(default_factory=dict)  # what only a person fills in, by fact


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the grading table. ``points`` is ``None`` when the value is unknown."""

    code: str
    value: str | None
    points: int | None
    maximum: int
    reason: str  # code of the band, e.g. "I3.50-199"


@dataclass(frozen=True, slots=True)
class GradeProposal:
    """What the table proposes. A named person confirms, raises or lowers it (rule G11)."""

    level: str | None  # "I" "II" "III" "IV" "watch"; None when too little is measurable (G12)
    points: int
    measurable: int  # of 100: the sum of maxima of known indicators
    indicators: tuple[Indicator, ...]
    floors: tuple[str, ...]
    preset: str = "default"
    version: str = ANALYSIS_VERSION
    common: str | None = (
        None  # the level of domain 1.2 that ``level`` stands for, where the preset has others
    )
    missing: tuple[str, ...] = ()  # indicators that must be filled in before this level can be confirmed
    raised_by: tuple[str, ...] = ()  # circumstances that raised the level a step (rule G14)


@dataclass(frozen=True, slots=True)
class Analysed:
    """Everything the pure pipeline can say of one item, or the reason it cannot.

    ``outcome`` is ``None`` when the item may be stored; the store then decides between stored,
    duplicate and off-topic. ``reason`` is a short stable code such as ``empty`` or ``too_large``.
    """

    key: str
    outcome: Outcome | None
    reason: str = ""
    detail: str = ""
    decoded: Decoded | None = None
    extracted: Extracted | None = None
    title: Cleaned | None = None
    body: Cleaned | None = None
    fingerprint: Fingerprint | None = None
    matches: tuple[ThemeMatch, ...] = ()
    tone: Tone | None = None
    kind: Kind | None = None
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class Burst:
    """A term that came far more often than it is wont to, from ``started_at`` until before ``ended_at``.

    ``term`` is the row of the counts; ``items`` came in that time; ``score`` is the greatest one, at
    ``peak_at`` (standard deviations for the scan, see :mod:`guanlan.analysis.burst`).
    """

    term: int
    started_at: datetime
    ended_at: datetime
    peak_at: datetime
    items: int
    score: float
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


class Direction(StrEnum):
    """Where a matter is going. The rule stands in :func:`guanlan.analysis.trend.direction`."""

    RISING = "rising"
    LEVEL = "level"
    FALLING = "falling"
    UNKNOWN = "unknown"  # too few items, or hours that nobody counted


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many items a matter will have in the end, made at ``made_at`` and never changed after.

    ``low`` to ``high`` should hold the final count in ``level`` of all cases. When ``reason`` is not empty
    the model refused: then ``estimate``, ``low`` and ``high`` are ``None``. ``horizon_hours`` is the age
    at which the model looked; ``seen`` counts the items up to ``made_at``.
    """

    made_at: datetime
    started_at: datetime
    seen: int
    estimate: int | None
    low: int | None
    high: int | None
    horizon_hours: int | None
    variant: str  # hourly, times or tree: what was known
    level: float = 0.8
    reason: str = ""  # too_young, too_few, gap
    direction: Direction = Direction.UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


@dataclass(frozen=True, slots=True)
class ForecastCheck:
    """What became of a forecast: ``hit`` when the actual count lay in the interval; None when it refused."""

    forecast: Forecast
    actual: int
    hit: bool | None
    log_error: float | None  # ln((estimate + 1) / (actual + 1))


@dataclass(frozen=True, slots=True)
class RoutingCandidate:
    """A unit that may answer for a text. ``reasons``: ``duty`` terms and ``word``s that spoke for it."""

    unit: str
    probability: float
    reasons: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class SimilarFile:
    """A closed file like the text, by the caller's key. ``similarity`` is a cosine, 0..1."""

    key: str
    unit: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Routing:
    """The likeliest units first, at most three. ``unsure`` asks for a person before anything is sent."""

    candidates: tuple[RoutingCandidate, ...]
    unsure: bool
    similar: tuple[SimilarFile, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION


class Descent(StrEnum):
    """By what an item is held to come from its parent."""

    CHAIN = "chain"  # a repost chain: //@name:
    ORIGIN_LINE = "origin_line"  # 来源：, 转自, 据…报道 names the parent's outlet
    OVERLAP = "overlap"  # the same words, published earlier
    CASCADE = "cascade"  # passed on without words: time alone speaks
    FIRST = "first"  # no parent among the items


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One item and where it most probably came from, by keys. ``probability`` is of that parent."""

    key: str
    parent: str | None
    probability: float
    relation: Descent
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class SpreadHour:
    """How many items of one platform and tier appeared in the hour that begins at ``hour`` (UTC)."""

    hour: datetime
    platform: str
    tier: str
    items: int


@dataclass(frozen=True, slots=True)
class Tracing:
    """How a matter spread among the items searched.

    ``earliest`` is the earliest *known* appearance; ``earlier_not_excluded`` is always true, and
    ``searched`` says among what was looked. ``confidence`` is that of ``earliest``, never 1.
    """

    nodes: tuple[TraceNode, ...]
    earliest: str | None
    confidence: float
    searched: str
    spread: tuple[SpreadHour, ...] = ()
    undated: int = 0
    earlier_not_excluded: bool = True
    evidence: tuple[Evidence, ...] = ()
    version: str = ANALYSIS_VERSION
