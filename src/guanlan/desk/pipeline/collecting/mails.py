"""What a visit of a mailbox brought: each letter once, told by its Message-ID."""

from __future__ import annotations

from datetime import datetime

from guanlan.collect.addresses import key
from guanlan.collect.letters import Letter
from guanlan.collect.mailbox import Post
from guanlan.desk.pipeline import intake, runs
from guanlan.desk.sources.models import Address, AddressState, FetchRun, MailboxPlace, Source


def post_settle(source: Source, run: FetchRun, post: Post, now: datetime) -> int:
    """Intake rows of the letters nobody has taken yet, in the caller's transaction; how many letters."""
    known = set(map(bytes, Address.objects.filter(key__in=_keys(source, post)).values_list("key", flat=True)))
    new = {digest: letter for letter in post.letters if (digest := _key(source, letter)) not in known}
    Address.objects.bulk_create(_address(source, run, digest, letter, now) for digest, letter in new.items())
    for letter in new.values():
        run.read += len(intake.entries_add(run=run, entries=letter.entries, now=now))
    run.notes = {
        "named": len(post.letters),
        "known": len(post.letters) - len(new),
        "new": len(new),
        "left": post.left,
    }
    FetchRun.objects.filter(pk=run.pk).update(notes=run.notes, read=run.read)
    seen = {folder: list(pair) for folder, pair in post.seen.items()}
    MailboxPlace.objects.filter(source=source).update(seen=seen)
    runs.reading_finished(run, now=now)
    return len(new)


def _keys(source: Source, post: Post) -> list[bytes]:
    return [_key(source, letter) for letter in post.letters]


def _key(source: Source, letter: Letter) -> bytes:
    """Of this mailbox only: a letter to two offices is news to both."""
    return key(_name(source, letter))


def _name(source: Source, letter: Letter) -> str:
    return f"mailbox:{source.pk}:{letter.mark}"


def _address(source: Source, run: FetchRun, digest: bytes, letter: Letter, now: datetime) -> Address:
    return Address(
        key=digest,
        url=_name(source, letter),
        site="",
        title=letter.subject[:300],
        published_at=letter.sent_at,
        source=source,
        run=run,
        found_at=now,
        ended_at=now,
        state=AddressState.FETCHED,
    )
