"""Time stamps of an outside authority for the chain of captures, and the turns of what happens to the chain."""

from __future__ import annotations

from django.db import models

from guanlan.desk.common.due import DueRow, due_index


class Authority(models.Model):
    """The certificates that a stamp was checked against, as they were in the settings' file then."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    pem = models.TextField()

    def __str__(self) -> str:
        return self.sha256[:12]


class TimeStamp(models.Model):
    """An authority's word that the links up to ``upto`` existed at ``at``.

    ``token`` is the answer as it came over the wire. What it vouches for is made again from both chains
    (``time_stamps.statement``), so a stamp that fits proves them unchanged. Rows are added, never changed.
    """

    since = models.BigIntegerField()  # the first link that is named
    upto = models.BigIntegerField(unique=True)  # the last link: two clocks make one stamp
    audit = models.BigIntegerField()  # the last entry of the audit then; 0: none
    at = models.DateTimeField()  # by the authority's clock
    received_at = models.DateTimeField()  # by ours
    serial = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    policy = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    token = models.BinaryField()
    sha256 = models.CharField(max_length=64)  # of the token; stands in the audit too
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="stamps")

    class Meta:
        ordering = ["-upto"]

    def __str__(self) -> str:
        return f"{self.since}-{self.upto} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def signer(self) -> str:
        """The authority as people call it: the common name of ``CN=…,O=…``, or all of it."""
        parts = [part for part in self.name.split(",") if part.startswith("CN=")]
        return parts[0].removeprefix("CN=") if parts else self.name


class Turn(models.TextChoices):
    """What happens to the chain from time to time."""

    STAMP = "stamp"
    ANCHOR = "anchor"


class ChainTurn(DueRow):
    """When the chain is stamped, or noted in the audit, the next time. ``outcomes`` counts every try by how it
    ended; ``failing_since`` is set while none succeeds.
    """

    name = models.CharField(max_length=10, primary_key=True, choices=Turn)
    outcomes = models.JSONField(default=dict)
    failing_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [due_index("chain_turn_due")]

    def __str__(self) -> str:
        return self.name
