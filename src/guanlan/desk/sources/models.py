"""Where information comes from, and each time somebody went to look."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.common.due import DueRow, due_index


class SourceKind(models.TextChoices):
    """The class of a source (F-SRC-1, F-SRC-5)."""

    NEWS = "news", _("News site")
    PORTAL = "portal", _("Portal")
    FORUM = "forum", _("Forum")
    WEIBO = "weibo", _("Microblog")
    WECHAT = "wechat", _("WeChat account")
    SHORT_VIDEO = "short_video", _("Short video")
    PRESS = "press", _("Press, radio, TV")
    MAILBOX = "mailbox", _("Mailbox")
    HOTLINE = "hotline", _("Hotline sheet")
    RECEPTION = "reception", _("Reception day")
    LETTER = "letter", _("Letter")
    MESSAGE_BOARD = "message_board", _("Message board")
    UNIT = "unit", _("Submitted by a unit")
    IMPORT = "import", _("Imported file")


class Source(models.Model):
    """One place that speaks. ``tier`` is a code of indicator I1 of the grading table."""

    code = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=SourceKind)
    tier = models.CharField(max_length=24, blank=True)
    url = models.URLField(max_length=500, blank=True)
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="sources")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="sources"
    )
    credibility = models.PositiveSmallIntegerField(default=3)  # 1 hearsay … 5 official
    interval_minutes = models.PositiveIntegerField(null=True, blank=True)  # null: no rhythm is expected
    legal_note = models.CharField(max_length=300, blank=True)
    active = models.BooleanField(default=True)
    paused_reason = models.CharField(max_length=200, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_item_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RunKind(models.TextChoices):
    COLLECT = "collect", _("Collection")
    IMPORT = "import", _("Import")
    MANUAL = "manual", _("Entered by hand")
    DEMO = "demo", _("Demo replay")


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    READING = "reading", _("Reading")
    ANALYSING = "analysing", _("Analysing")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class FetchRun(DueRow):
    """One visit or one import. fetched = stored + duplicate + off_topic + rejected + quarantined."""

    kind = models.CharField(max_length=12, choices=RunKind)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.WAITING)
    label = models.CharField(max_length=255, blank=True)  # file name as given
    source = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="runs")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    upload = models.CharField(max_length=255, blank=True)  # file kept under UPLOAD_ROOT until read
    mapping = models.JSONField(default=dict, blank=True)
    read = models.PositiveIntegerField(default=0)  # entries already turned into intake rows
    notes = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    fetched = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    off_topic = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [due_index("run_due"), models.Index(fields=["started_at"], name="run_started")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label or self.pk}"
