"""Which handling class a document's kind leads to: a proposal that a person takes up or leaves."""

from __future__ import annotations

from guanlan.analysis.kind.handling import handling_classes
from guanlan.analysis.types import TextKind
from guanlan.desk.documents.models import Document


def proposed_class(document: Document) -> str:
    """``a`` (a demand), ``c`` (a suggestion), or nothing; never ``b``, which no machine may propose.

    A person's word on the kind is taken as it is; the machine's only where it was sure.
    """
    if not document.effective_kind or (document.kind_unsure and not document.person_kind):
        return ""
    return handling_classes()[TextKind(document.effective_kind)] or ""
