"""Keeping a report channel, and answering what came through it. One mutation, one service.

What a report says is written by ``pipeline.public_reports``, which alone knows the intake; here are the
parts of it that lie beside the document. Nothing a person said of themselves enters the audit or a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from guanlan.desk.audit.services import record
from guanlan.desk.common.clock import local_date
from guanlan.desk.disclosure import limits
from guanlan.desk.disclosure.models import (
    PublicAnswer,
    PublicChannel,
    PublicReport,
    ReceptionDay,
    ReportContact,
    ReportPhoto,
)
from guanlan.desk.disclosure.photos import Photo
from guanlan.desk.disclosure.receipts import new_receipt
from guanlan.desk.disclosure.rules import SETTABLE
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.organisation.permissions import require
from guanlan.desk.sources.models import FetchRun, SourceKind
from guanlan.desk.sources.services import source_create

CHANGEABLE = frozenset(
    {
        "slug", "intro", "purpose", "keeping", "phone", "mailbox", "open_days", "weekday", "reception_time",
        "reception_place", "photos", "hour_ceiling", "contact_days", "photo_days",
    }
)  # fmt: skip
#: Somebody who takes part hears of it at the reception at the latest a year ahead.
RECEPTION_WEEKS = 52
ANSWER_CHARACTERS = 4000
#: Rows of personal data dropped in one tick: each leaves an audit entry.
DROPS = 200
#: A photo that an event needs is asked about again after this.
LOOK_AGAIN = timedelta(days=30)
#: Draws of a receipt before giving up; with 49 bits a second one is already rare.
DRAWS = 5


def public_channel_create(*, unit: Unit, actor: User, now: datetime, **fields: Any) -> PublicChannel:
    """A channel for a unit, closed, with a source of its own. Raises ValidationError."""
    require(actor, "public_channel", unit)
    given = {name: value for name, value in fields.items() if name in CHANGEABLE}
    with transaction.atomic():
        channel = PublicChannel(unit=unit, created_at=now, **given)
        channel.full_clean(exclude=["source"])
        channel.source = source_create(
            name=f"{unit} · 公众反映",
            kind=SourceKind.PUBLIC_REPORT,
            unit=unit,
            actor=actor,
            now=now,
            code=f"public-{unit.code}",
            tier="personal",
            legal_note="公众自愿提交，页面已说明用途和保存期限",
        )
        channel.save()
        record("public_channel.created", actor=actor, now=now, target=channel, unit=unit.pk)
    return channel


def public_channel_change(*, channel: PublicChannel, actor: User, now: datetime, **fields: Any) -> None:
    """Change CHANGEABLE fields; nothing is written when nothing differs. Raises ValidationError."""
    require(actor, "public_channel", channel)
    changed = sorted(
        name for name, value in fields.items() if name in CHANGEABLE and getattr(channel, name) != value
    )
    if not changed:
        return
    with transaction.atomic():
        before = {name: getattr(channel, name) for name in changed}
        for name in changed:
            setattr(channel, name, fields[name])
        channel.full_clean()
        channel.save(update_fields=changed)
        after = {name: fields[name] for name in changed}
        record("public_channel.changed", actor=actor, now=now, target=channel, before=before, after=after)


def public_channel_switch(*, channel: PublicChannel, on: bool, actor: User, now: datetime) -> None:
    """Open the channel to the public, or close it. Doing it twice changes nothing."""
    require(actor, "public_channel", channel)
    with transaction.atomic():
        if PublicChannel.objects.filter(pk=channel.pk, open=not on).update(open=on):
            code = "public_channel.opened" if on else "public_channel.closed"
            record(code, actor=actor, now=now, target=channel)
    channel.open = on


def reception_day_set(
    *, channel: PublicChannel, day: date, moved_to: date | None, note: str, actor: User, now: datetime
) -> None:
    """Move one reception day, or (without ``moved_to``) say that it is not held. Raises ValidationError."""
    require(actor, "public_channel", channel)
    if channel.weekday is None or day.weekday() != channel.weekday:
        raise ValidationError(_("This is not a reception day."))
    if not local_date(now) <= day <= local_date(now) + timedelta(weeks=RECEPTION_WEEKS):
        raise ValidationError(_("Only the days of the coming year can be changed."))
    if moved_to == day:
        raise ValidationError(_("This is the same day."))
    with transaction.atomic():
        ReceptionDay.objects.update_or_create(
            channel=channel, day=day, defaults={"moved_to": moved_to, "note": note.strip()[:120]}
        )
        to = moved_to.isoformat() if moved_to else ""
        record("reception_day.set", actor=actor, now=now, target=channel, day=day.isoformat(), to=to)


def reception_day_reset(*, exception: ReceptionDay, actor: User, now: datetime) -> None:
    """Hold a reception as usual again."""
    require(actor, "public_channel", exception.channel)
    with transaction.atomic():
        if ReceptionDay.objects.filter(pk=exception.pk).delete()[0]:
            day = exception.day.isoformat()
            record("reception_day.reset", actor=actor, now=now, target=exception.channel, day=day)


def report_keep(
    *, channel: PublicChannel, run: FetchRun, contact: str, photos: Sequence[Photo], now: datetime
) -> PublicReport:
    """What lies beside the document of ``run``: a receipt, and (each with its end) contact and photos."""
    with transaction.atomic():
        report = _with_receipt(channel, run, now)
        if contact:
            ReportContact.objects.create(
                report=report, text=contact[:200], drop_at=now + timedelta(days=channel.contact_days)
            )
        ends = now + timedelta(days=channel.photo_days)
        ReportPhoto.objects.bulk_create(
            ReportPhoto(report=report, media_type=one.media_type, content=one.content, drop_at=ends)
            for one in photos
        )
        # The receipt is a key: whoever reads the audit shall not look up answers with it.
        record("public_report.received", actor=None, now=now, target=report, unit=channel.unit_id)
    return report


def report_status_set(*, report: PublicReport, status: str, actor: User, now: datetime) -> None:
    """Say how far a report is. Raises ValidationError for what only an answer can say."""
    require(actor, "answer", report)
    if status not in SETTABLE:
        raise ValidationError(_("This cannot be set by hand."))
    with transaction.atomic():
        if PublicReport.objects.filter(pk=report.pk).exclude(status=status).update(status=status):
            record("public_report.status_set", actor=actor, now=now, target=report, status=status)
    report.status = status


def report_answer(*, report: PublicReport, text: str, actor: User, now: datetime) -> PublicAnswer:
    """Write the answer that is shown under the receipt; a second one corrects the first, which stays.

    Raises ValidationError when it is empty, too long, or the same again.
    """
    require(actor, "answer", report)
    wanted = text.strip()
    if not wanted or len(wanted) > ANSWER_CHARACTERS:
        raise ValidationError(_("An answer has 1 to %(n)s characters.") % {"n": ANSWER_CHARACTERS})
    with transaction.atomic():
        last = report.answers.first()
        if last is not None and last.text == wanted:
            raise ValidationError(_("This is what the answer says already."))
        answer = PublicAnswer.objects.create(report=report, text=wanted, by=actor, at=now)
        PublicReport.objects.filter(pk=report.pk, answered_at__isnull=True).update(answered_at=now)
        code = "public_report.answer_corrected" if last else "public_report.answered"
        record(code, actor=actor, now=now, target=report)
    return answer


def contact_read(*, report: PublicReport, actor: User, now: datetime) -> str:
    """How the person may be reached; empty when they did not say or it has gone. Each reading is kept."""
    require(actor, "contact", report)
    with transaction.atomic():
        found = ReportContact.objects.filter(report=report).first()
        if found is None:
            return ""
        record("public_report.contact_read", actor=actor, now=now, target=report)
    return found.text


def contact_drop(*, report: PublicReport, actor: User, now: datetime) -> None:
    """Delete how to reach the person before its time, because they asked for it (PIPL art. 47)."""
    require(actor, "contact", report)
    with transaction.atomic():
        if ReportContact.objects.filter(report=report).delete()[0]:
            record("public_report.contact_deleted", actor=actor, now=now, target=report)


def photo_read(*, photo: ReportPhoto, actor: User, now: datetime) -> bytes:
    """A photo's bytes; people and doors can be seen on it, so each reading is kept."""
    require(actor, "read", photo.report)
    record("public_report.photo_read", actor=actor, now=now, target=photo.report, photo=photo.pk)
    return bytes(photo.content)


def personal_drop_due(*, now: datetime) -> int:
    """Drop contacts and photos whose time is over, and keys of past days; how many rows went.

    A photo of a text in an event is kept as long as the event needs it and asked about again.
    """
    dropped = 0
    with transaction.atomic():
        for contact in ReportContact.objects.filter(drop_at__lte=now).select_related("report")[:DROPS]:
            ReportContact.objects.filter(pk=contact.pk).delete()
            record("public_report.contact_dropped", actor=None, now=now, target=contact.report)
            dropped += 1
        due = ReportPhoto.objects.filter(drop_at__lte=now).defer("content").select_related("report")
        needed = due.filter(report__run__documents__event_items__isnull=False).values_list("pk", flat=True)
        ReportPhoto.objects.filter(pk__in=list(needed)).update(drop_at=now + LOOK_AGAIN)
        for photo in due[:DROPS]:
            ReportPhoto.objects.filter(pk=photo.pk).delete()
            record("public_report.photo_dropped", actor=None, now=now, target=photo.report)
            dropped += 1
        return dropped + limits.keys_drop_due(now)


def _with_receipt(channel: PublicChannel, run: FetchRun, now: datetime) -> PublicReport:
    for draw in range(DRAWS):
        try:
            with transaction.atomic():
                return PublicReport.objects.create(
                    channel=channel, run=run, receipt=new_receipt(local_date(now)), received_at=now
                )
        except IntegrityError:
            if draw == DRAWS - 1:
                raise
    raise AssertionError("unreachable")
