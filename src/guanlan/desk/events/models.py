"""An event is the case: there is no second entity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class EventState(models.TextChoices):
    REGISTERED = "registered", _("Registered")
    JUDGED = "judged", _("Judged")
    CLOSED = "closed", _("Closed")


class Level(models.TextChoices):
    """Levels of domain.md 1.2; the colour never stands without the word."""

    I = "I", _("I especially major")  # noqa: E741 - the official name of the level
    II = "II", _("II major")
    III = "III", _("III larger")
    IV = "IV", _("IV general")
    WATCH = "watch", _("Watch")


class Event(models.Model):
    """One event, one file (一事一档)."""

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="events")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()  # E-0117 is number 117 of its year
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    nature = models.CharField(max_length=24, blank=True)  # code of I2, a person's word
    people = models.CharField(max_length=24, blank=True)  # code of I7, a person's word
    floors = models.JSONField(default=list, blank=True)  # codes of floors a person found to hold
    given = models.JSONField(default=dict, blank=True)  # what only a person can say, by fact of the table
    state = models.CharField(max_length=12, choices=EventState, default=EventState.REGISTERED)
    level = models.CharField(max_length=6, choices=Level, blank=True)  # confirmed by a person
    level_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="graded"
    )
    level_at = models.DateTimeField(null=True)
    proposed_level = models.CharField(max_length=6, blank=True)
    proposed_points = models.PositiveSmallIntegerField(null=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="leading"
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="opened")
    opened_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=300, blank=True)
    #: When the grade is to be looked at again (rule G13); a due row for ``clock``.
    rescore_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["year", "number"], name="event_number_once")]
        indexes = [
            models.Index(
                fields=["rescore_at"], name="event_rescore", condition=models.Q(rescore_at__isnull=False)
            ),
            models.Index(fields=["first_seen_at"], name="event_first_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        """The number people say: E-0117."""
        return f"E-{self.number:04d}"


class EventGroup(models.Model):
    """A group that feeds an event: documents joining the group become items by themselves."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="groups")
    group = models.OneToOneField("watch.Group", on_delete=models.PROTECT, related_name="event_link")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id} {self.group_id}"


class EventItem(models.Model):
    """A document of an event; ``by`` is empty when it came with its group."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="items")
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="event_items")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()
    representative = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "document"], name="item_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.document_id}"


class Assessment(models.Model):
    """A grading: the machine's proposal or a person's decision. Rows are added, never changed.

    ``level`` is the common one that lists, alerts and papers know; ``own`` is what the preset calls it.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="assessments")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)  # null: machine
    level = models.CharField(max_length=6, choices=Level, blank=True)
    own = models.CharField(max_length=24, blank=True)  # code of the preset's own level
    points = models.PositiveSmallIntegerField(null=True)
    measurable = models.PositiveSmallIntegerField(null=True)
    indicators = models.JSONField(default=list)  # as analysis.types.Indicator
    floors = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True)
    preset = models.CharField(max_length=40, default="default")
    version = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.event_id} {self.level}"


class TimelineEntry(models.Model):
    """What happened when; an entry points at its source wherever there is one (F-TRACE-4)."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    code = models.CharField(max_length=32)  # e.g. "first_seen", "registered", "grade_confirmed", "note"
    text = models.CharField(max_length=500, blank=True)
    document = models.ForeignKey("documents.Document", null=True, on_delete=models.SET_NULL)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.event_id} {self.code}"


class Forecast(models.Model):
    """What the machine said of an event's final volume, and what came (F-TRACE-3).

    One row an event and horizon, never changed but by its check. ``horizon`` is the age in hours, counted
    from the first document, at which the model looked. ``low`` to ``high`` hold the final number of documents
    in ``level`` of all cases; they are null when the model refused, for ``reason``. ``check_at`` is a due row
    for ``clock``: then ``actual`` is what came, and ``hit`` whether it lay in the interval.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="forecasts")
    horizon = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    started_at = models.DateTimeField()
    low = models.PositiveIntegerField(null=True)
    middle = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField(null=True)
    level = models.FloatField(default=0.8)
    reason = models.CharField(max_length=16, blank=True)
    inputs = models.JSONField(default=dict)  # seen, by_horizon, variant: what the model was told
    version = models.CharField(max_length=40)
    check_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    actual = models.PositiveIntegerField(null=True)
    hit = models.BooleanField(null=True)

    class Meta:
        ordering = ["event", "horizon"]
        constraints = [models.UniqueConstraint(fields=["event", "horizon"], name="forecast_once")]
        indexes = [
            models.Index(
                fields=["check_at"], name="forecast_check", condition=models.Q(check_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} +{self.horizon} h"
