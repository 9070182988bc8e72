"""Counts of things and cases by place and day. No field for a person, anywhere.

An entry is one place on one day. A place that has said nothing has no entry (or one whose ``value`` was
taken back): that is never zero. Zero is an entry.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from guanlan.desk.common.due import DueRow, due_index


class Rhythm(models.TextChoices):
    DAILY = "daily", _("every day")
    WORKING = "working", _("Monday to Friday")
    WEEKLY = "weekly", _("once a week")


class CountSeries(DueRow):
    """What is counted. ``next_action_at`` is when the figures of ``due_day`` should all be in.

    A measured value (a temperature) is not a count: it is entered as how many were ``checked`` and how
    many of them lay over the limit, which is ``value``; ``checked_measure`` then names the former.
    """

    unit = models.ForeignKey("organisation.Unit", on_delete=models.PROTECT, related_name="count_series")
    name = models.CharField(max_length=60)
    measure = models.CharField(max_length=20)  # unit of measure: 头, 人次, 起
    checked_measure = models.CharField(max_length=40, blank=True)  # empty: nothing but the value is asked
    definition = models.CharField(max_length=300)  # what counts and what does not
    purpose = models.CharField(max_length=300)  # what for, and on what legal basis
    #: Human health or behaviour: counts of 1 to 9 are shown to nobody beside the owner and those above it.
    about_people = models.BooleanField(default=False)
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.DAILY)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)  # weekly: 0 Monday … 6 Sunday
    due_time = models.TimeField()  # of Asia/Shanghai
    due_next_day = models.BooleanField(default=False)
    place_limit = models.PositiveIntegerField(null=True, blank=True)  # one place in one day
    total_limit = models.PositiveIntegerField(null=True, blank=True)  # all places in one day
    share_limit = models.PositiveSmallIntegerField(null=True, blank=True)  # percent of those checked
    watch_bursts = models.BooleanField(default=True)
    in_brief = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    due_day = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["unit", "name"], name="count_series_once_per_unit")]
        indexes = [due_index("count_series_due")]

    def __str__(self) -> str:
        return self.name


class CountPlace(models.Model):
    """A village, ward or school that reports. ``unit`` where it is a unit of the desk, else typed."""

    series = models.ForeignKey(CountSeries, on_delete=models.PROTECT, related_name="places")
    name = models.CharField(max_length=60)
    unit = models.ForeignKey(
        "organisation.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="count_places"
    )
    position = models.PositiveIntegerField(default=0)
    since = models.DateField()  # expected from this day on
    until = models.DateField(null=True, blank=True)  # last day it was expected
    #: First day of a silence that was called; empty again as soon as the place reports.
    silent_since = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["series", "name"], name="count_place_once")]

    def __str__(self) -> str:
        return self.name


class CountEntry(models.Model):
    """The figure of a place for a day, as it stands. ``value`` is empty where it was taken back."""

    series = models.ForeignKey(CountSeries, on_delete=models.PROTECT, related_name="entries")
    place = models.ForeignKey(CountPlace, on_delete=models.PROTECT, related_name="entries")
    day = models.DateField()
    value = models.PositiveIntegerField(null=True)
    checked = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()  # when the place first reported this day
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="counts")

    class Meta:
        ordering = ["-day", "place"]
        constraints = [models.UniqueConstraint(fields=["place", "day"], name="count_entry_once")]
        indexes = [models.Index(fields=["series", "-day"], name="count_entry_day")]

    def __str__(self) -> str:
        return f"{self.place_id} {self.day:%Y-%m-%d} {'-' if self.value is None else self.value}"


class CountRevision(models.Model):
    """Every state an entry was in: rows are added, never changed. ``reason`` is empty for the first."""

    entry = models.ForeignKey(CountEntry, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    value = models.PositiveIntegerField(null=True)
    checked = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    way = models.CharField(max_length=8)  # page, table
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["entry", "number"], name="count_revision_once")]

    def __str__(self) -> str:
        return f"{self.entry_id} v{self.number}"


class SpecialDays(models.Model):
    """Days on which nothing is expected (holidays), or something is that else would not be (make-up days)."""

    series = models.ForeignKey(CountSeries, on_delete=models.PROTECT, related_name="special_days")
    starts_on = models.DateField()
    ends_on = models.DateField()
    expected = models.BooleanField(default=False)
    reason = models.CharField(max_length=60)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-starts_on"]

    def __str__(self) -> str:
        return f"{self.starts_on} {self.reason}"
