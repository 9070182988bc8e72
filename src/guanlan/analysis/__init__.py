"""Text in, judgement out: what public texts say, which belong together, how grave a matter is.

Pure and typed: no Django, no clock, no network, no settings. State (near duplicates, groups) is an
object that the caller owns. Everything for use from outside is named here; the modules below are ours.
"""

from guanlan.analysis.clean import clean, normalise_for_search
from guanlan.analysis.decode import decode
from guanlan.analysis.errors import (
    AnalysisError,
    ExpressionError,
    LabelledDataError,
    ModelError,
    Unreadable,
)
from guanlan.analysis.extract import extract
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.grade import GradeTable, default_table, load_table, propose_grade
from guanlan.analysis.group import GroupIndex, GroupOptions
from guanlan.analysis.kind import KindModel, handling_class
from guanlan.analysis.match import Expression, Matcher, compile_themes, parse
from guanlan.analysis.near_duplicates import NearDuplicateIndex
from guanlan.analysis.pipeline import (
    PipelineOptions,
    Toolbox,
    analyse,
    analyse_batch,
    compared_text,
    matched_text,
)
from guanlan.analysis.same_event import same_event
from guanlan.analysis.tone import ToneModel
from guanlan.analysis.types import (
    ANALYSIS_VERSION,
    Analysed,
    Cleaned,
    Decoded,
    Evidence,
    Extracted,
    Facts,
    Fingerprint,
    GradeProposal,
    GroupDecision,
    Indicator,
    Kind,
    NearDuplicate,
    Outcome,
    PageKind,
    Post,
    RawItem,
    Relation,
    Span,
    TextKind,
    ThemeMatch,
    Tone,
    ToneLabel,
    WeightedWord,
)

__all__ = [
    "ANALYSIS_VERSION",
    "Analysed",
    "AnalysisError",
    "Cleaned",
    "Decoded",
    "Evidence",
    "Expression",
    "ExpressionError",
    "Extracted",
    "Facts",
    "Fingerprint",
    "GradeProposal",
    "GradeTable",
    "GroupDecision",
    "GroupIndex",
    "GroupOptions",
    "Indicator",
    "Kind",
    "KindModel",
    "LabelledDataError",
    "Matcher",
    "ModelError",
    "NearDuplicate",
    "NearDuplicateIndex",
    "Outcome",
    "PageKind",
    "PipelineOptions",
    "Post",
    "RawItem",
    "Relation",
    "Span",
    "TextKind",
    "ThemeMatch",
    "Tone",
    "ToneLabel",
    "ToneModel",
    "Toolbox",
    "Unreadable",
    "WeightedWord",
    "analyse",
    "analyse_batch",
    "clean",
    "compared_text",
    "compile_themes",
    "decode",
    "default_table",
    "extract",
    "fingerprint",
    "handling_class",
    "load_table",
    "matched_text",
    "normalise_for_search",
    "parse",
    "propose_grade",
    "same_event",
]
