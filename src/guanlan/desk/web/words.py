"""Sentences for codes that services return."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: verb of organisation.permissions → why it was refused
REFUSALS: dict[str, Promise] = {
    "read": gettext_lazy("Your account holds no role yet, so there is nothing it may read."),
    "screen": gettext_lazy("Marking information is for monitors, reviewers and case officers."),
    "ingest": gettext_lazy("Bringing in information is for monitors, reviewers and case officers."),
    "theme": gettext_lazy("Themes are kept by reviewers and case officers."),
    "source": gettext_lazy("Sources are kept by reviewers and case officers."),
    "rule": gettext_lazy("Alert rules are kept by reviewers and case officers."),
    "acknowledge": gettext_lazy("Alerts are acknowledged by the people of the desk."),
    "event": gettext_lazy("Events are opened and kept by reviewers, case officers and approvers."),
    "grade": gettext_lazy("Grades are confirmed by case officers and approvers."),
    "lower_grade": gettext_lazy("Only an approver may lower a grade."),
    "close": gettext_lazy("Only an approver may close an event."),
    "report": gettext_lazy("Reports are written by reviewers, case officers and approvers."),
    "issue": gettext_lazy("Only an approver may issue a report."),
    "people": gettext_lazy("Units and people are kept by administrators."),
    "audit": gettext_lazy("The audit is open to auditors and administrators."),
}


def refusal(verb: str) -> str:
    """One sentence that says who may do what was refused."""
    return str(REFUSALS[verb]) if verb in REFUSALS else _("This is not open to your role.")
