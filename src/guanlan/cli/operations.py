"""Looking after an installation: ``doctor``, ``audit verify``, ``captures verify``, ``manage``."""

from __future__ import annotations

import typer

from guanlan.cli import django
from guanlan.cli.data import Json
from guanlan.cli.words import fail, out, out_json, say

audit = typer.Typer(help="审计 · the audit chain", no_args_is_help=True, rich_markup_mode=None)
captures = typer.Typer(help="取证快照 · captured evidence", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    app.command()(doctor)
    app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(manage)
    app.add_typer(audit, name="audit")
    app.add_typer(captures, name="captures")


def doctor(as_json: Json = False) -> None:
    """体检 · Check settings, database, disk, models, fonts and what is overdue."""
    django.load()
    from guanlan.cli.checking import examine

    findings = examine()
    if as_json:
        out_json([finding.as_json() for finding in findings])
    for finding in [] if as_json else findings:
        out(finding.line())
    if any(finding.bad for finding in findings):
        raise typer.Exit(1)


def manage(context: typer.Context) -> None:
    """Django 管理命令 · Pass a command on to Django (makemigrations, shell …)."""
    django.load()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["guanlan manage", *context.args])


@audit.command("verify")
def audit_verify(as_json: Json = False) -> None:
    """核对审计链 · Walk the chain; one changed byte is found."""
    django.load_migrated()
    from guanlan.desk.audit.services import verify

    good, broken = verify()
    if as_json:
        out_json(
            {
                "good": good,
                "broken": broken.entry if broken else None,
                "cause": broken.cause if broken else "",
            }
        )
    elif broken is None:
        out(say(f"审计链完好，共 {good} 条", f"The chain is whole: {good} entries"))
    if broken is not None:
        raise fail(
            f"第 {broken.entry} 条{'缺失' if broken.cause == 'missing' else '被改动'}，其前 {good} 条完好",
            f"Entry {broken.entry} is {broken.cause}; the {good} before it are whole",
        )


#: cause of a fault → what it means
CAUSES = {
    "altered": ("链上的记录被改动", "link altered"),
    "missing": ("链上的记录缺失", "link missing"),
    "file_altered": ("文件被改动", "file altered"),
    "file_missing": ("文件缺失", "file missing"),
    "row_missing": ("快照登记缺失", "row of the capture missing"),
    "not_chained": ("快照不在链上", "capture not in the chain"),
    "anchor": ("审计记下的链首与存证链不符", "the audit remembers another digest of this link"),
    "stamp_altered": ("时间戳被改动", "time stamp altered"),
    "stamp_contradicts": ("时间戳证明的不是现在这条链", "time stamp vouches for another chain"),
    "stamp_invalid": ("时间戳的签名或证书不成立", "signature or certificate of a time stamp does not hold"),
    "stamp_missing": ("审计记下的时间戳不见了", "time stamp named by the audit is missing"),
    "stamp_unaudited": ("审计里没有这个时间戳", "time stamp that the audit does not know"),
}
#: Faults that are printed; the rest is counted.
PRINTED = 200


@captures.command("verify")
def captures_verify(as_json: Json = False) -> None:
    """核对快照、存证链与时间戳 · Read every capture again, walk the chain, check it against audit and time stamps."""
    django.load_migrated()
    from guanlan.desk.documents import evidence_chain
    from guanlan.desk.documents.models import Capture
    from guanlan.desk.documents.witnesses import witnesses

    good, found = evidence_chain.verify()
    faults, others = list(found), witnesses()
    faults += others.faults
    total, (links, head) = Capture.objects.count(), evidence_chain.head()
    if as_json:
        listed = [{"sha256": one.sha256, "fault": one.cause, "link": one.position} for one in faults]
        stamps = {"total": others.stamps, "good": others.good, "upto": others.upto, "last": others.last_at}
        counted = {"total": total, "links": links, "good": good, "head": head, "anchors": others.anchors}
        out_json({**counted, "stamps": stamps, "faults": listed})
    for one in [] if as_json else faults[:PRINTED]:
        where = say(f"第 {one.position} 条", f"link {one.position}") if one.position else "-"
        out(f"{say(*CAUSES[one.cause])}  {where}  {one.sha256}")
    if faults:
        raise fail(
            f"{total} 个快照、{links} 条链记录中有 {len(faults)} 处问题；链上自首条起 {good} 条完好",
            f"{len(faults)} faults in {total} captures and {links} links; the first {good} links are whole",
        )
    if not as_json:
        out(
            say(
                f"{total} 个快照全部完好，存证链 {links} 条完好，与审计中的 {others.anchors} 处记录、"
                f"{others.stamps} 个时间戳（至第 {others.upto} 条）相符，链首 {head}",
                f"All {total} captures are whole, and the chain of {links} links; {others.anchors} notes in the audit "
                f"and {others.stamps} time stamps (up to link {others.upto}) agree; head {head}",
            )
        )
