"""Evidence beside documents: the chain of captures, how long they are kept, and looks at a page again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.common.due import DueRow, due_index


class Act(models.TextChoices):
    KEPT = "kept", _("Kept")
    DROPPED = "dropped", _("Dropped by rule")


class Role(models.TextChoices):
    """What the bytes are."""

    PAGE = "page", _("Page as received")
    WARC = "warc", _("WARC record")
    LOOK = "look", _("Page as seen again")
    RENDERED = "rendered", _("Page as rendered in a browser")
    SCREEN = "screen", _("Screenshot")


class CaptureEntry(models.Model):
    """One link of the chain: bytes were kept, or dropped by a rule. Append-only (triggers of migration
    0005). ``digest`` covers every column and the digest before.
    """

    id = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField()
    act = models.CharField(max_length=8, choices=Act)
    role = models.CharField(max_length=8, choices=Role)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    of = models.CharField(max_length=64, blank=True)  # SHA-256 of the page that a record belongs to
    source_id = models.BigIntegerField(null=True)  # no foreign key: entries outlive sources
    url = models.CharField(max_length=1000, blank=True)
    reason = models.CharField(max_length=60, blank=True)  # the rule that dropped it
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["sha256"], name="chain_sha256"),
            models.Index(fields=["of"], name="chain_of", condition=~models.Q(of="")),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.act} {self.sha256[:12]}"


class Keeping(DueRow):
    """How long a capture is kept: at ``next_action_at`` the retention table is asked again."""

    capture = models.OneToOneField(
        "documents.Capture", primary_key=True, on_delete=models.PROTECT, related_name="keeping"
    )
    since = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [due_index("keeping_due"), models.Index(fields=["dropped_at"], name="keeping_dropped")]

    def __str__(self) -> str:
        return str(self.capture_id)[:12]


class Seen(models.TextChoices):
    """What a look at a page found."""

    UNCHANGED = "unchanged", _("Unchanged")
    CHANGED = "changed", _("Changed")
    GONE = "gone", _("Seen removed")
    UNREACHABLE = "unreachable", _("Not reachable")


class Revisit(DueRow):
    """The page of a document of an event under way, looked at again on a falling schedule."""

    document = models.OneToOneField(
        "documents.Document", primary_key=True, on_delete=models.CASCADE, related_name="revisit"
    )
    url = models.CharField(max_length=1000)
    site = models.CharField(max_length=260)
    captured_at = models.DateTimeField()
    rendered = models.BooleanField(default=False)  # kept as rendered: it is compared as rendered
    seen = models.CharField(max_length=12, blank=True, default="", choices=Seen)  # at the last look

    class Meta:
        indexes = [due_index("revisit_due")]

    def __str__(self) -> str:
        return self.url


class Look(models.Model):
    """One look at a page again. Rows are added, never changed."""

    document = models.ForeignKey("documents.Document", on_delete=models.CASCADE, related_name="looks")
    at = models.DateTimeField()
    seen = models.CharField(max_length=12, choices=Seen)
    reason = models.CharField(max_length=40, blank=True)
    capture = models.ForeignKey(
        "documents.Capture", null=True, on_delete=models.PROTECT, related_name="looks"
    )
    added = models.JSONField(default=list)
    removed = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.document_id} {self.seen}"


class ShotState(models.TextChoices):
    """How the taking of a screenshot ended; empty while it waits."""

    WAITING = "", _("Waiting for a collector with a browser")
    TAKEN = "taken", _("Taken")
    REFUSED = "refused", _("Refused: robots.txt or the guard")
    GONE = "gone", _("Page not there")
    FAILED = "failed", _("Could not be taken")
    ENDED = "ended", _("Not taken: the event ended first")


class Screenshot(DueRow):
    """The picture of the page of a document of an event: taken by a collector with a browser while the event
    is under way, or already there when the page was rendered on being found.
    """

    document = models.OneToOneField(
        "documents.Document", primary_key=True, on_delete=models.CASCADE, related_name="screenshot"
    )
    url = models.CharField(max_length=1000)
    site = models.CharField(max_length=260)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, blank=True, default="", choices=ShotState)
    reason = models.CharField(max_length=40, blank=True, default="")
    capture = models.ForeignKey(
        "documents.Capture", null=True, on_delete=models.PROTECT, related_name="screenshots"
    )
    cut = models.BooleanField(default=False)  # the page goes on below the picture
    shows_author = models.BooleanField(default=False)  # the page held the author's handle

    class Meta:
        indexes = [due_index("screenshot_due")]

    def __str__(self) -> str:
        return self.url
