"""The intake: every fetched thing is one row here and ends in exactly one counted outcome."""

from __future__ import annotations

from django.db import models

from guanlan.analysis.types import Outcome
from guanlan.desk.common.due import DueRow, due_index

OUTCOMES = [(outcome.value, outcome.value) for outcome in Outcome]


class Intake(DueRow):
    """One item of one run. Pending while ``outcome`` is empty; afterwards the ledger line.

    ``payload`` holds the fields of a table row or feed entry (see pipeline.intake) and is emptied
    once the item is stored; pages lie in ``capture``. Rejected and quarantined rows keep theirs.
    """

    run = models.ForeignKey("sources.FetchRun", on_delete=models.PROTECT, related_name="intake")
    source = models.ForeignKey("sources.Source", on_delete=models.PROTECT, related_name="intake")
    position = models.CharField(max_length=255)
    capture = models.ForeignKey("documents.Capture", null=True, on_delete=models.PROTECT)
    payload = models.JSONField(default=dict)
    url = models.CharField(max_length=1000, blank=True)
    fetched_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True, default="", choices=OUTCOMES)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    document_id = models.BigIntegerField(null=True)  # stored, or the earlier one of a duplicate
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            due_index("intake_due"),
            models.Index(fields=["run", "outcome"], name="intake_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.position}"


class ToneTally(models.Model):
    """How many documents stored on one day (of Asia/Shanghai) one model judged, and why it did so in the place
    of another: ``fallback`` is empty where nobody else had been asked. Written with the documents it counts.
    """

    day = models.DateField()
    version = models.CharField(max_length=160)
    fallback = models.CharField(max_length=20, blank=True)
    texts = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "version", "fallback"], name="tone_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.version} {self.fallback}".strip()
