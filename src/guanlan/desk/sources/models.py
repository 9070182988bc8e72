"""Where information comes from, and each time somebody went to look."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.common.due import DueRow, due_index
from guanlan.desk.sources.health import Doubt


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
    CHAT = "chat", _("Chat group (by hand only)")
    PUBLIC_REPORT = "public_report", _("Public report")
    UNIT = "unit", _("Submitted by a unit")
    IMPORT = "import", _("Imported file")


class Method(models.TextChoices):
    """How a source is collected. Empty: nothing is fetched; items come by hand, import or submission."""

    NONE = "", _("By hand or import")
    FEED = "feed", _("Feed (RSS, Atom, JSON)")
    SITEMAP = "sitemap", _("Sitemap")
    LIST = "list", _("List page")
    SEARCH = "search", _("Site search by keywords")
    PAGE = "page", _("Watched page")
    JSON = "json", _("JSON address")
    MAILBOX = "mailbox", _("Mailbox (IMAP)")


DOUBTS = [
    (Doubt.QUIET.value, _("Quiet: it answers and has nothing new")),
    (Doubt.BROKEN_LAYOUT.value, _("Layout changed: what is read from it shrank")),
]


class Source(DueRow):
    """One place that speaks. ``tier`` is a code of indicator I1 of the grading table.

    As a due row it is visited at ``next_action_at``; None when it is not collected or is paused.
    ``options``: ``selector``, ``rows`` and ``mapping`` (JSON), ``words`` (search), ``pages`` (of a list, 1 to 10), ``follow`` (fetch the
    articles that are named; default: where the page itself says little), ``render`` (its pages and articles
    in a browser), ``lines`` of a watched page.
    """

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
    method = models.CharField(max_length=12, blank=True, default="", choices=Method)
    options = models.JSONField(default=dict, blank=True)
    etag = models.CharField(max_length=300, blank=True, default="")
    last_modified = models.CharField(max_length=60, blank=True, default="")
    current_minutes = models.PositiveIntegerField(null=True, blank=True)  # adapted, never over the interval
    failures = models.PositiveIntegerField(default=0)  # visits that failed since the last good one
    legal_note = models.CharField(max_length=300, blank=True)
    active = models.BooleanField(default=True)
    to_review = models.BooleanField(default=False)  # came by a list: off until a person has looked at it
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=200, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_item_at = models.DateTimeField(null=True, blank=True)
    last_new_at = models.DateTimeField(null=True, blank=True)  # a visit last named something unknown
    doubt = models.CharField(max_length=14, blank=True, default="", choices=DOUBTS)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        indexes = [due_index("source_due")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A chat group is written down by a person who takes part; no machine reads it (F-SRC-11)."""
        if self.kind == SourceKind.CHAT and (self.method or self.url):
            raise ValidationError(_("A chat group is recorded by hand only: no address, nothing is fetched."))


class RunKind(models.TextChoices):
    COLLECT = "collect", _("Collection")
    IMPORT = "import", _("Import")
    MANUAL = "manual", _("Entered by hand")
    DEMO = "demo", _("Demo replay")
    PUBLIC = "public", _("Sent by the public")


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


class AddressState(models.TextChoices):
    """How the fetching of a found address ended; empty while it waits."""

    WAITING = "", _("Waiting")
    FETCHED = "fetched", _("Fetched")
    KNOWN = "known", _("Said enough by the page that named it")
    REFUSED = "refused", _("Refused: robots.txt or the guard")
    GONE = "gone", _("Not there")
    GIVEN_UP = "given_up", _("Given up after several tries")


class Address(DueRow):
    """One address that a visit found, in its one form; the answer to "where did this article go?".

    It is fetched once, whoever names it again. What was fetched is the intake row of ``run`` with the same
    address.
    """

    key = models.BinaryField(max_length=16, unique=True)
    url = models.CharField(max_length=1000)
    site = models.CharField(max_length=260)
    title = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="addresses")
    run = models.ForeignKey(FetchRun, on_delete=models.PROTECT, related_name="addresses")
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, blank=True, default="", choices=AddressState)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [due_index("address_due"), models.Index(fields=["run", "state"], name="address_run")]

    def __str__(self) -> str:
        return self.url


class Site(models.Model):
    """One host as a guest sees it: when it may be asked again, and what its robots.txt says."""

    name = models.CharField(max_length=260, primary_key=True)
    free_at = models.DateTimeField()
    robots = models.TextField(blank=True)
    robots_read_at = models.DateTimeField(null=True)
    robots_closed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["free_at"], name="site_free")]

    def __str__(self) -> str:
        return self.name


class Security(models.TextChoices):
    """How a mail server is spoken to; never in the clear."""

    TLS = "tls", _("TLS from the start (port 993)")
    STARTTLS = "starttls", _("STARTTLS (port 143)")


class MailboxPlace(models.Model):
    """Where a source of method ``mailbox`` lies. Its password is a setting, never a row.

    ``seen``: folder → [UIDVALIDITY, highest UID taken], written by each visit.
    """

    source = models.OneToOneField(Source, primary_key=True, on_delete=models.PROTECT, related_name="mailbox")
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(null=True, blank=True)
    security = models.CharField(max_length=10, choices=Security, default=Security.TLS)
    user = models.CharField(max_length=200)
    folders = models.JSONField(default=list)
    seen = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.user} · {self.host}"


class KeptMapping(models.Model):
    """Where the columns of a table go, kept for the next file of a source with the same columns."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="mappings")
    key = models.BinaryField(max_length=16)
    columns = models.JSONField()
    mapping = models.JSONField()
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["-kept_at"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="mapping_once")]

    def __str__(self) -> str:
        return "、".join(map(str, self.columns))[:200]
