"""What we listen for, and what was heard together."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.alerts.models import AlertKind


class Theme(models.Model):
    """A matter a body listens for. ``expression`` is in the language of guanlan.analysis.match."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="themes")
    name = models.CharField(max_length=60)
    expression = models.TextField()
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    #: The version whose look back over past documents is finished, and how far a running one has come.
    looked_back_version = models.PositiveIntegerField(default=0)
    look_back_before = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="theme_name_once_per_unit")]

    def __str__(self) -> str:
        return self.name


class ThemeHit(models.Model):
    """A theme that asked for a document: the clause that decided and where."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="hits")
    document = models.ForeignKey("documents.Document", on_delete=models.CASCADE, related_name="hits")
    clause = models.CharField(max_length=300)
    spans = models.JSONField(default=list)  # [[start, end], …] in title + "\n" + text
    terms = models.JSONField(default=list)
    #: empty, or for each of terms the word that it stands for ("" where it was found as written)
    via = models.JSONField(default=list, blank=True)
    theme_version = models.PositiveIntegerField(default=1)
    false_hit = models.BooleanField(default=False)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["theme", "document"], name="hit_once")]
        indexes = [models.Index(fields=["theme", "-document"], name="hit_theme")]

    def __str__(self) -> str:
        return f"{self.theme_id} {self.document_id}"


class Group(models.Model):
    """Texts about the same event, put together by the machine and corrected by people."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="groups")
    title = models.CharField(max_length=300)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    size = models.PositiveIntegerField(default=1)  # items
    distinct = models.PositiveIntegerField(default=1)  # distinct texts
    negative = models.PositiveIntegerField(default=0)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    dismissed_reason = models.CharField(max_length=200, blank=True)
    #: A group that a person put into another one stays as an empty row: ``work`` may still know it.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged")

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["unit", "-last_at"], name="group_recent")]

    def __str__(self) -> str:
        return self.title


class GroupMember(models.Model):
    """A document stands in one group at most."""

    document = models.OneToOneField(
        "documents.Document", on_delete=models.CASCADE, primary_key=True, related_name="membership"
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    similarity = models.FloatField(null=True)
    evidence = models.JSONField(default=list)
    by_person = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.document_id} in {self.group_id}"


class Verdict(models.TextChoices):
    """What is held of two groups."""

    TOGETHER = "together", _("one matter")
    APART = "apart", _("different matters")
    ALIKE = "alike", _("perhaps one matter")


class GroupLink(models.Model):
    """Two groups and what is held of them; the row that every ``work`` reads before it groups.

    Without a person (``by``) the machine speaks: it joined two groups that nobody had touched, or it only
    asks (``alike``). What a person says of the same pair replaces that. ``first`` has the smaller number.
    """

    first = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="links")
    second = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="linked")
    verdict = models.CharField(max_length=8, choices=Verdict)
    similarity = models.FloatField(null=True)
    evidence = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="link_once")]
        indexes = [models.Index(fields=["-at"], name="link_recent")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.verdict} {self.second_id}"


class AlertRule(models.Model):
    """An early-warning rule. Which fields count depends on ``kind`` (watch.rules)."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="rules")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=AlertKind)
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.CASCADE, related_name="rules")
    threshold = models.PositiveIntegerField(default=1)  # documents in the window
    window_minutes = models.PositiveIntegerField(default=60)
    probability = models.FloatField(default=0.7)  # tone rules: at least this sure of "negative"
    level = models.CharField(max_length=6, blank=True)  # grade rules: at least this level
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A filter of the feed that a person kept under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="view_name_once")]
        verbose_name = _("saved view")

    def __str__(self) -> str:
        return self.name
