"""Sentences for codes that services return."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanlan.analysis.grade import default_table
from guanlan.desk.sources.reasons import sentence

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
    "answer": gettext_lazy(
        "Reports of the public are answered by reviewers, case officers, approvers and spokespersons."
    ),
    "contact": gettext_lazy("How to reach a person is read by case officers and approvers only."),
    "public_channel": gettext_lazy("Channels for the public are kept by administrators."),
    "people": gettext_lazy("Units and people are kept by administrators."),
    "audit": gettext_lazy("The audit is open to auditors and administrators."),
}


def refusal(verb: str) -> str:
    """One sentence that says who may do what was refused."""
    return str(REFUSALS[verb]) if verb in REFUSALS else _("This is not open to your role.")


#: evidence codes of guanlan.analysis.clean → what was changed
CLEANED: dict[str, Promise] = {
    "pinyin": gettext_lazy("pinyin taken out"),
    "traditional": gettext_lazy("traditional characters made simplified"),
    "zero_width": gettext_lazy("invisible characters taken out"),
    "full_width": gettext_lazy("full-width letters and digits made plain"),
    "mojibake": gettext_lazy("garbled characters repaired"),
}

#: sources.health.Health → word
HEALTH: dict[str, Promise] = {
    "on_time": gettext_lazy("On time"),
    "failing": gettext_lazy("Failing"),
    "late": gettext_lazy("Late"),
    "never": gettext_lazy("Never yet"),
    "paused": gettext_lazy("Paused"),
    "no_rhythm": gettext_lazy("No rhythm"),
    "quiet": gettext_lazy("Quiet: nothing new where there used to be news"),
    "broken_layout": gettext_lazy("Layout changed: much less is read than before"),
}

#: analysis.types.Outcome → word
OUTCOMES: dict[str, Promise] = {
    "stored": gettext_lazy("Stored"),
    "duplicate": gettext_lazy("Duplicate"),
    "off_topic": gettext_lazy("Off topic"),
    "rejected": gettext_lazy("Rejected"),
    "quarantined": gettext_lazy("Set aside"),
}

#: Outcomes that need no reason code, as sentences.
OUTCOME_SENTENCES: dict[str, Promise] = {
    "off_topic": gettext_lazy("No theme asked for it; kept and searchable under “off topic”."),
    "duplicate": gettext_lazy("The same text from the same place is here already."),
}

#: collect.files.Field → what a column becomes
FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("Title"),
    "body": gettext_lazy("Text"),
    "html": gettext_lazy("Web page (HTML)"),
    "url": gettext_lazy("Link"),
    "published_at": gettext_lazy("Published"),
    "origin": gettext_lazy("Source"),
    "author": gettext_lazy("Author (masked)"),
    "unit": gettext_lazy("Unit"),
    "number": gettext_lazy("Number"),
    "reposts": gettext_lazy("Reposts"),
    "comments": gettext_lazy("Comments"),
    "likes": gettext_lazy("Likes"),
    "reads": gettext_lazy("Reads"),
}

#: collect.files.sniff.Format → what the file is
FORMATS: dict[str, Promise] = {
    "empty": gettext_lazy("empty file"),
    "html": gettext_lazy("web page"),
    "txt": gettext_lazy("plain text"),
    "csv": gettext_lazy("table (CSV)"),
    "jsonl": gettext_lazy("records (JSON lines)"),
    "json": gettext_lazy("records (JSON)"),
    "xlsx": gettext_lazy("table (Excel)"),
    "feed": gettext_lazy("feed (RSS, Atom)"),
    "zip": gettext_lazy("archive (ZIP)"),
    "warc": gettext_lazy("web archive (WARC)"),
    "old_office": gettext_lazy("old Office file"),
    "binary": gettext_lazy("no text"),
    "unknown": gettext_lazy("unknown kind"),
}

#: collect.files.NOTES → remark on a preview
NOTES: dict[str, Promise] = {
    "duplicate_header": gettext_lazy("Two columns have the same name; look at where they go."),
    "header_below_first_row": gettext_lazy("The heading stands below the first row; what is above is left."),
    "no_header": gettext_lazy("No heading was found; columns are numbered."),
    "several_sheets": gettext_lazy("The workbook has several sheets; all of them are read."),
}

#: audit object types → what the act was about
OBJECTS: dict[str, Promise] = {
    "alert": gettext_lazy("Alert"),
    "alertrule": gettext_lazy("Alert rule"),
    "channel": gettext_lazy("Channel"),
    "countseries": gettext_lazy("Series of counts"),
    "document": gettext_lazy("Information item"),
    "event": gettext_lazy("Event"),
    "fetchrun": gettext_lazy("Run"),
    "group": gettext_lazy("Group"),
    "publicchannel": gettext_lazy("Channel for the public"),
    "publicreport": gettext_lazy("Report of the public"),
    "report": gettext_lazy("Report"),
    "savedview": gettext_lazy("Kept view"),
    "source": gettext_lazy("Source"),
    "theme": gettext_lazy("Theme"),
    "timestamp": gettext_lazy("Time stamp"),
    "themehit": gettext_lazy("Theme hit"),
    "unit": gettext_lazy("Unit"),
    "user": gettext_lazy("Person"),
}

#: audit action codes → words. An unknown code is shown as it is.
ACTIONS: dict[str, Promise] = {
    "alert.acknowledged": gettext_lazy("acknowledged an alert"),
    "alert.marked_false": gettext_lazy("marked an alert as false"),
    "alert.opened": gettext_lazy("opened an alert"),
    "captures.anchored": gettext_lazy("noted the head of the chain of captures"),
    "captures.stamped": gettext_lazy("had the chain of captures time-stamped"),
    "channel.changed": gettext_lazy("changed a channel"),
    "channel.created": gettext_lazy("added a channel"),
    "channel.tested": gettext_lazy("sent a test through a channel"),
    "counts.days_dropped": gettext_lazy("took special days of counts back"),
    "counts.days_set": gettext_lazy("set special days of counts"),
    "counts.entered": gettext_lazy("entered counts"),
    "counts.exported": gettext_lazy("exported counts"),
    "counts.places_set": gettext_lazy("set the places that report counts"),
    "counts.series_changed": gettext_lazy("changed a series of counts"),
    "counts.series_closed": gettext_lazy("closed a series of counts"),
    "counts.series_created": gettext_lazy("added a series of counts"),
    "counts.series_reopened": gettext_lazy("opened a series of counts again"),
    "document.entered": gettext_lazy("entered information by hand"),
    "document.kind_set": gettext_lazy("set the kind of text"),
    "document.tone_set": gettext_lazy("set the tone"),
    "documents.screen_undone": gettext_lazy("took marks back"),
    "documents.screened": gettext_lazy("marked information"),
    "documents.type_set": gettext_lazy("said what information is for reports"),
    "event.changed": gettext_lazy("changed an event"),
    "event.closed": gettext_lazy("closed an event"),
    "event.document_removed": gettext_lazy("took information out of an event"),
    "event.excerpt_kept": gettext_lazy("kept an excerpt as proof"),
    "event.excerpt_taken_back": gettext_lazy("took an excerpt back"),
    "event.evidence_exported": gettext_lazy("made an evidence pack"),
    "document.seen_removed": gettext_lazy("saw the page removed"),
    "event.documents_added": gettext_lazy("put information into an event"),
    "event.grade_confirmed": gettext_lazy("confirmed a grade"),
    "event.item_chosen": gettext_lazy("chose representative information"),
    "event.noted": gettext_lazy("added a note to an event"),
    "event.registered": gettext_lazy("registered an event"),
    "event.reopened": gettext_lazy("reopened an event"),
    "group.dismissed": gettext_lazy("dismissed a group"),
    "group.merged": gettext_lazy("merged groups"),
    "group.split": gettext_lazy("split a group"),
    "group.joined": gettext_lazy("joined groups by machine"),
    "group.parted": gettext_lazy("kept groups apart"),
    "import.begun": gettext_lazy("began an import"),
    "model.tone_forgotten": gettext_lazy("went back to the shipped tone model"),
    "model.tone_taught": gettext_lazy("taught the tone model"),
    "person.created": gettext_lazy("added a person"),
    "person.deactivated": gettext_lazy("closed an account"),
    "person.password_changed": gettext_lazy("changed the own password"),
    "person.password_reset": gettext_lazy("gave a new one-time password"),
    "person.profile_changed": gettext_lazy("changed the own settings"),
    "person.sign_in_blocked": gettext_lazy("sign-in held back after wrong passwords"),
    "person.signed_in": gettext_lazy("signed in"),
    "public_channel.changed": gettext_lazy("changed a channel for the public"),
    "public_channel.closed": gettext_lazy("closed a channel for the public"),
    "public_channel.created": gettext_lazy("prepared a channel for the public"),
    "public_channel.opened": gettext_lazy("opened a channel for the public"),
    "public_report.answer_corrected": gettext_lazy("corrected the answer to a report of the public"),
    "public_report.answered": gettext_lazy("answered a report of the public"),
    "public_report.contact_deleted": gettext_lazy("deleted a contact on request"),
    "public_report.contact_dropped": gettext_lazy("a contact was deleted, its time being over"),
    "public_report.contact_read": gettext_lazy("read how to reach a person"),
    "public_report.photo_dropped": gettext_lazy("a photo was deleted, its time being over"),
    "public_report.photo_read": gettext_lazy("looked at a photo"),
    "public_report.received": gettext_lazy("received a report of the public"),
    "public_report.status_set": gettext_lazy("said how a report of the public stands"),
    "reception_day.reset": gettext_lazy("held a reception day as usual again"),
    "reception_day.set": gettext_lazy("changed a reception day"),
    "report.changed": gettext_lazy("changed a report"),
    "report.corrected": gettext_lazy("corrected an issued report"),
    "report.exported": gettext_lazy("exported a report"),
    "report.issued": gettext_lazy("issued a report"),
    "report.made": gettext_lazy("made a report"),
    "role.ended": gettext_lazy("ended a role"),
    "role.granted": gettext_lazy("gave a role"),
    "rule.changed": gettext_lazy("changed an alert rule"),
    "rule.created": gettext_lazy("added an alert rule"),
    "run.bad_rows_exported": gettext_lazy("exported the bad rows of a run"),
    "source.asked_now": gettext_lazy("had a source visited at once"),
    "source.changed": gettext_lazy("changed a source"),
    "source.created": gettext_lazy("added a source"),
    "source.looked_at": gettext_lazy("had an address looked at"),
    "source.paused": gettext_lazy("paused a source"),
    "source.resumed": gettext_lazy("resumed a source"),
    "source.reviewed": gettext_lazy("reviewed a source and switched it on"),
    "sources.exported": gettext_lazy("exported the list of sources"),
    "sources.imported": gettext_lazy("brought in a list of sources"),
    "theme.changed": gettext_lazy("changed a theme"),
    "theme.created": gettext_lazy("added a theme"),
    "theme.hit_marked": gettext_lazy("judged a theme hit"),
    "theme.resumed": gettext_lazy("resumed a theme"),
    "theme.retired": gettext_lazy("retired a theme"),
    "unit.changed": gettext_lazy("changed a unit"),
    "unit.grading_chosen": gettext_lazy("chose the grading table"),
    "unit.created": gettext_lazy("added a unit"),
    "view.dropped": gettext_lazy("dropped a kept view"),
    "view.kept": gettext_lazy("kept a view"),
}


def why_not_stored(reason: str, outcome: str) -> str:
    """Why an item of a run was not stored, in one sentence."""
    return sentence(reason) if reason else str(OUTCOME_SENTENCES.get(outcome, outcome))


def tiers() -> list[tuple[str, str]]:
    """Codes of indicator I1 of the default grading table and their words in the reader's language.

    Sources keep one code whatever table the body grades by: every table knows these codes.
    """
    english = (get_language() or "").startswith("en")
    for indicator in default_table().indicators:
        if indicator.fact == "first_source_tier":
            return [(band.code, band.words.en if english else band.words.zh) for band in indicator.bands]
    return []
