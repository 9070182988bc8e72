"""A report keeps its blocks, where each figure came from, and who signed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportKind(models.TextChoices):
    DAILY = "daily", _("Daily brief")


class ReportState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")


class Report(models.Model):
    """``content`` is a list of blocks (reports.rules); edited figures keep the computed one beside them."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=12, choices=ReportKind, default=ReportKind.DAILY)
    day = models.DateField()
    year = models.PositiveSmallIntegerField()
    issue = models.PositiveIntegerField(null=True)  # 第N期, given when issued
    title = models.CharField(max_length=200)
    content = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=ReportState, default=ReportState.DRAFT)
    version = models.PositiveIntegerField(default=1)  # optimistic lock for two editors
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reports_made"
    )
    changed_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="reports_issued"
    )

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "kind", "day"], name="one_report_per_day"),
            models.UniqueConstraint(
                fields=["unit", "kind", "year", "issue"],
                condition=models.Q(issue__isnull=False),
                name="issue_number_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title
