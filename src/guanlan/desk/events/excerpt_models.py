"""Excerpts kept as proof (作为证据摘录保存)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Excerpt(models.Model):
    """Words of a document that a person kept as proof for an event; they open with the captured page.

    The words and the capture are never changed. One that was kept by mistake is taken back, and stays.
    """

    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="excerpts")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="excerpts")
    capture = models.ForeignKey(
        "documents.Capture", null=True, on_delete=models.PROTECT, related_name="excerpts"
    )
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="excerpts")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]
