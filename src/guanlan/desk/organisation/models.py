"""Units, people and the roles they hold."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.Model):
    """A body or part of one. ``path`` is "/1/4/9/": every unit below shares it as a prefix."""

    code = models.SlugField(max_length=40, unique=True, allow_unicode=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=24, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.CharField(max_length=255, blank=True, db_index=True)
    contact = models.CharField(max_length=120, blank=True)
    duties = models.TextField(blank=True, max_length=5000)  # what it answers for, one duty a line
    #: grading preset of the whole body, on its root only; empty: the default one
    grading = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.short_name or self.name


class Role(models.TextChoices):
    """What a person may do; one person may hold several (F-ORG-3)."""

    MONITOR = "monitor", _("Monitor")
    REVIEWER = "reviewer", _("Reviewer")
    CASE_OFFICER = "case_officer", _("Case officer")
    APPROVER = "approver", _("Approver")
    SPOKESPERSON = "spokesperson", _("Spokesperson")
    DISCIPLINE = "discipline", _("Discipline liaison")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class User(AbstractUser):
    """A person with an account. Names the desk shows are ``display_name``."""

    display_name = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, blank=True)
    must_change_password = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.display_name or self.username


class RoleGrant(models.Model):
    """A role held from a date to a date in a unit and everything below it; ended, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="grants")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                condition=models.Q(until__isnull=True),
                name="one_open_grant_per_role_and_unit",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.unit}"


class SignInGuard(models.Model):
    """Wrong passwords for one account name from one address (organisation.sign_in)."""

    key = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    blocked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key[:12]} {self.failures}"


class SensitiveDate(models.Model):
    """A day or period when matters weigh more (domain D7, indicator I8)."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="sensitive_dates")
    name = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering = ["starts_on"]

    def __str__(self) -> str:
        return self.name
