"""An alert is opened in the transaction that stored its cause; deliveries leave through the outbox."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.common.due import DueRow, due_index

#: ``rule_key`` of alerts that only try a channel out begins with this.
TEST_KEY = "test:"


class AlertKind(models.TextChoices):
    THEME = "theme", _("Theme hit")
    TONE = "tone", _("Negative tone")
    VOLUME = "volume", _("Volume")
    GRADE = "grade", _("Grade")
    SOURCE = "source", _("Source")
    EVIDENCE = "evidence", _("Evidence")
    COUNT = "count", _("Counts")


class Alert(models.Model):
    """Something a person must look at. Each stage keeps its time:

    fetched → stored → opened (``opened_at``) → handed over (first delivery) → acknowledged.
    """

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=10, choices=AlertKind)
    rule = models.CharField(max_length=80)  # name of the rule as it was
    rule_key = models.CharField(max_length=40)  # e.g. "rule:7"
    #: One alert for one rule and cause: the database refuses a second (kill -9 safe).
    once_key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    cause = models.JSONField(default=dict)  # {"documents": [...], "event": id, "value": n, "threshold": n}
    fetched_at = models.DateTimeField(null=True)
    stored_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="acknowledged"
    )
    note = models.CharField(max_length=300, blank=True)
    false_alarm = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["unit", "-id"], name="alert_open", condition=models.Q(acknowledged_at__isnull=True)
            ),
            models.Index(fields=["rule_key", "opened_at"], name="alert_rule"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_test(self) -> bool:
        """Whether it only tries a channel out."""
        return self.rule_key.startswith(TEST_KEY)


class ChannelKind(models.TextChoices):
    APP = "app", _("In the desk")
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")


class Channel(models.Model):
    """How a unit's alerts leave the desk. ``address`` is an apprise address and secret."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=10, choices=ChannelKind)
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=500, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    SENDING = "sending", _("Being handed over")
    SENT = "sent", _("Handed over")
    FAILED = "failed", _("Given up")


class Delivery(DueRow):
    """One alert to one person by one channel.

    ``sending`` is written before the hand-over. A row found in ``sending`` after its lease was cut
    off by a crash: it is sent again and marked ``repeated``, on the row and in the message.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=ChannelKind)
    through = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, related_name="deliveries")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.PENDING)
    repeated = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [due_index("delivery_due")]
        constraints = [
            # Two constraints instead of one with nulls_distinct, which SQLite does not have.
            models.UniqueConstraint(
                fields=["alert", "channel", "person"],
                condition=models.Q(through__isnull=True),
                name="one_delivery_per_person",
            ),
            models.UniqueConstraint(
                fields=["alert", "through"],
                condition=models.Q(through__isnull=False),
                name="one_delivery_per_channel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
