"""One row for each act. The database refuses UPDATE and DELETE (see migration 0001's triggers)."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """An act. ``digest`` chains it to the entry before, so one changed byte is found."""

    id = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # no foreign key: entries outlive accounts
    actor = models.CharField(max_length=150)  # name as it was; "system" for clock and work
    action = models.CharField(max_length=64)  # dotted code, e.g. "event.grade_confirmed"
    object_type = models.CharField(max_length=32, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.id} {self.action}"
