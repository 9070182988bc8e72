"""A unit's report channel, what came through it, and what was answered.

What a report says is a document like any other. Here lies what must not travel with it: the receipt, the
way to reach the person (a table of its own, with its own end), photos, and how fast the channel was used.
"""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.disclosure.rules import Standing
from guanlan.desk.organisation.models import Unit

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
#: How a report stands, in the words that the public reads too.
STANDINGS = [
    (Standing.RECEIVED.value, _("Received")),
    (Standing.LOOKED_AT.value, _("Being looked at")),
    (Standing.IN_HAND.value, _("In hand")),
    (Standing.ANSWERED.value, _("Answered")),
]
#: DEF: our proposals; a body sets its own, and says them to the public.
CONTACT_DAYS, PHOTO_DAYS, HOUR_CEILING = 180, 365, 60


class PublicChannel(models.Model):
    """One unit's door for the public: off until an administrator opens it."""

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="public_channel")
    source = models.OneToOneField("sources.Source", on_delete=models.PROTECT, related_name="public_channel")
    slug = models.SlugField(
        max_length=40, unique=True, error_messages={"unique": _("This address is taken by another channel.")}
    )
    open = models.BooleanField(default=False)
    intro = models.TextField(max_length=2000)
    purpose = models.TextField(max_length=2000)  # what the data are used for (PIPL art. 17)
    keeping = models.TextField(max_length=2000)  # how long they are kept
    phone = models.CharField(max_length=100, blank=True)
    mailbox = models.CharField(max_length=200, blank=True)
    open_days = models.TextField(max_length=1000, blank=True)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, choices=WEEKDAYS)
    reception_time = models.CharField(max_length=60, blank=True)
    reception_place = models.CharField(max_length=120, blank=True)
    photos = models.BooleanField(default=False)
    hour_ceiling = models.PositiveIntegerField(
        default=HOUR_CEILING, validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    contact_days = models.PositiveIntegerField(
        default=CONTACT_DAYS, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    photo_days = models.PositiveIntegerField(
        default=PHOTO_DAYS, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["unit__path"]

    def __str__(self) -> str:
        return str(self.unit)


class ReceptionDay(models.Model):
    """A reception day that is not as usual: moved to another day, or (without one) not held."""

    channel = models.ForeignKey(PublicChannel, on_delete=models.CASCADE, related_name="exceptions")
    day = models.DateField()
    moved_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["channel", "day"], name="reception_day_once")]

    def __str__(self) -> str:
        return f"{self.day} → {self.moved_to or '–'}"


class PublicReport(models.Model):
    """One report of somebody from the public. Its text is the document of ``run``.

    ``status`` is what a person said; how it stands is the further of that and what happened to the
    document (rules.standing).
    """

    channel = models.ForeignKey(PublicChannel, on_delete=models.PROTECT, related_name="reports")
    run = models.OneToOneField("sources.FetchRun", on_delete=models.PROTECT, related_name="public_report")
    receipt = models.CharField(max_length=24, unique=True)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=10, blank=True, default="", choices=STANDINGS)
    answered_at = models.DateTimeField(null=True)  # the first answer

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["channel", "answered_at"], name="public_report_waiting")]

    def __str__(self) -> str:
        return self.receipt

    @property
    def unit(self) -> Unit:
        """Whose it is: permissions are asked over this unit."""
        return self.channel.unit


class PublicAnswer(models.Model):
    """What was answered under a receipt. Rows are added: a corrected answer leaves the earlier one."""

    report = models.ForeignKey(PublicReport, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField(max_length=4000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:40]


class ReportContact(models.Model):
    """How a person may be reached, if they said so. Read one at a time, each reading in the audit."""

    report = models.OneToOneField(
        PublicReport, primary_key=True, on_delete=models.CASCADE, related_name="contact"
    )
    text = models.CharField(max_length=200)
    drop_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.report_id)  # never the contact itself: this ends in logs


class ReportPhoto(models.Model):
    """A photo without what a camera wrote beside it. In the database, so that its end is one DELETE."""

    report = models.ForeignKey(PublicReport, on_delete=models.CASCADE, related_name="photos")
    media_type = models.CharField(max_length=20)
    content = models.BinaryField()
    drop_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.report_id} {self.media_type}"


class SendHour(models.Model):
    """What came to a channel in one hour, and what did not: the ceiling's counter and the figures' source."""

    channel = models.ForeignKey(PublicChannel, on_delete=models.CASCADE, related_name="hours")
    starts_at = models.DateTimeField()
    received = models.PositiveIntegerField(default=0)
    over_network = models.PositiveIntegerField(default=0)
    over_ceiling = models.PositiveIntegerField(default=0)
    over_look_ups = models.PositiveIntegerField(default=0)
    held_back = models.PositiveIntegerField(
        default=0
    )  # asked to send once more: too quick, or a robot's field

    class Meta:
        ordering = ["-starts_at"]
        constraints = [models.UniqueConstraint(fields=["channel", "starts_at"], name="send_hour_once")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.starts_at:%Y-%m-%d %H}"


class NetworkCount(models.Model):
    """How often one network asked, under a key nobody can turn back into an address. Gone within two days."""

    channel = models.ForeignKey(PublicChannel, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=10)
    key = models.CharField(max_length=64)
    starts_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "scope", "key", "starts_at"], name="network_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.count}"


class SentKey(models.Model):
    """What tells a second click from a second report: the form's token, or network and text, as digests."""

    key = models.CharField(max_length=64, primary_key=True)
    report = models.ForeignKey(PublicReport, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key[:12]


class DaySalt(models.Model):
    """The day's secret part of every key above. When it is gone, no key can be made again."""

    day = models.DateField(primary_key=True)
    salt = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.day)
