"""What was said, where, when; with the bytes it came from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.analysis.types import Outcome, PageKind, Relation, TextKind, ToneLabel


class Capture(models.Model):
    """Bytes as received, a file named by its SHA-256 under CAPTURE_ROOT; stored once."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=80, blank=True)
    charset = models.CharField(max_length=40, blank=True)  # as declared, a hint
    captured_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class ScreeningState(models.TextChoices):
    UNSEEN = "", _("Not yet screened")
    RELEVANT = "relevant", _("Relevant")
    IRRELEVANT = "irrelevant", _("Not relevant")


TONES = [
    (ToneLabel.NEGATIVE.value, _("Negative")),
    (ToneLabel.NEUTRAL.value, _("Neutral")),
    (ToneLabel.POSITIVE.value, _("Positive")),
]
#: What a text does, seen from the desk (诉求类别).
KINDS = [
    (TextKind.QUESTION.value, _("Question")),
    (TextKind.COMPLAINT.value, _("Complaint")),
    (TextKind.SUGGESTION.value, _("Suggestion")),
    (TextKind.PRAISE.value, _("Praise")),
    (TextKind.NEWS.value, _("Report of news")),
    (TextKind.NOTICE.value, _("Public notice")),
    (TextKind.NOISE.value, _("Advert or noise")),
]
#: What an item is for the body's reports (F-SRC-8): said by a person, never by the machine.
ITEM_TYPES = [
    ("opinion", _("Public opinion (to pass on)")),
    ("policy", _("Policy information")),
    ("positive", _("Positive report, good practice")),
]
RELATIONS = [
    (Relation.COPY.value, _("Copy")),
    (Relation.VERSION.value, _("Version")),
    (Relation.TEMPLATE.value, _("Same template")),
    (Relation.REPRINT.value, _("Reprint")),
]


class Document(models.Model):
    """One text. ``id`` is time-ordered (common.ids); ``sequence`` is the order of storing.

    ``title`` and ``text`` are cleaned; ``original_*`` hold what stood there before, empty when
    nothing was changed. Machine labels never overwrite a person's: ``tone`` is the machine's,
    ``person_tone`` wins where it is set (``effective_tone``). The same holds for ``kind``, which is empty on
    documents stored before there were kinds.
    """

    id = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField(unique=True)
    source = models.ForeignKey("sources.Source", on_delete=models.PROTECT, related_name="documents")
    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="documents")
    run = models.ForeignKey("sources.FetchRun", on_delete=models.PROTECT, related_name="documents")
    capture = models.ForeignKey(Capture, null=True, on_delete=models.PROTECT, related_name="documents")
    outcome = models.CharField(max_length=12, default=Outcome.STORED.value)  # stored or off_topic
    url = models.CharField(max_length=1000, blank=True)
    url_key = models.BinaryField(max_length=16, null=True)  # digest of the address; null when there is none
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    original_title = models.CharField(max_length=600, blank=True)
    original_text = models.TextField(blank=True)
    author = models.CharField(max_length=120, blank=True)  # masked in every view
    origin = models.CharField(max_length=120, blank=True)
    page_kind = models.CharField(max_length=10, default=PageKind.ARTICLE.value)
    published_at = models.DateTimeField(null=True)  # null: the page does not say
    published_has_time = models.BooleanField(default=False)
    fetched_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    exact = models.BinaryField(max_length=16)
    signature = models.BinaryField(max_length=512)
    shingles = models.PositiveIntegerField(default=0)
    copy_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="copies")
    relation = models.CharField(max_length=10, blank=True, choices=RELATIONS)
    similarity = models.FloatField(null=True)
    tone = models.CharField(max_length=8, blank=True, choices=TONES)
    tone_probability = models.FloatField(null=True)
    tone_unsure = models.BooleanField(default=False)
    person_tone = models.CharField(max_length=8, blank=True, choices=TONES)
    effective_tone = models.CharField(max_length=8, blank=True, choices=TONES)
    kind = models.CharField(max_length=12, blank=True, choices=KINDS)
    kind_probability = models.FloatField(null=True)
    kind_unsure = models.BooleanField(default=False)
    person_kind = models.CharField(max_length=12, blank=True, choices=KINDS)
    effective_kind = models.CharField(max_length=12, blank=True, choices=KINDS)
    item_type = models.CharField(max_length=8, blank=True, default="", choices=ITEM_TYPES)
    evidence = models.JSONField(default=dict, blank=True)  # per stage: why, and versions
    engagement = models.PositiveIntegerField(null=True)  # reposts + comments + likes; null: unknown
    screening = models.CharField(max_length=10, blank=True, default="", choices=ScreeningState)
    screened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="screened"
    )
    screened_at = models.DateTimeField(null=True)
    analysis_version = models.CharField(max_length=20)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["exact"], name="document_exact"),
            models.Index(fields=["url_key"], name="document_url"),
            models.Index(fields=["outcome", "screening", "id"], name="document_feed"),
            models.Index(fields=["source", "id"], name="document_source"),
            models.Index(fields=["unit", "id"], name="document_unit"),
            models.Index(fields=["effective_tone", "id"], name="document_tone"),
            models.Index(fields=["effective_kind", "id"], name="document_kind"),
            models.Index(fields=["stored_at"], name="document_stored"),
            models.Index(fields=["item_type", "id"], name="document_type", condition=~models.Q(item_type="")),
        ]

    def __str__(self) -> str:
        return self.title or self.text[:40]


class LabelKind(models.TextChoices):
    TONE = "tone", _("Tone")
    KIND = "kind", _("Kind of text")
    TYPE = "type", _("Type of item")


class Label(models.Model):
    """What a person said about a document, beside what the machine had said; never overwritten."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=12, choices=LabelKind)
    value = models.CharField(max_length=20)
    machine_value = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="labels")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind}={self.value}"
