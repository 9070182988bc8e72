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


@captures.command("verify")
def captures_verify(as_json: Json = False) -> None:
    """核对快照 · Read every capture again and compare its SHA-256."""
    django.load_migrated()
    from guanlan.desk.documents import captures as store
    from guanlan.desk.documents.models import Capture

    faults = list(store.verify())
    total = Capture.objects.count()
    if as_json:
        out_json({"total": total, "faults": [{"sha256": sha, "fault": fault} for sha, fault in faults]})
    for sha, fault in [] if as_json else faults:
        out(f"{fault} {sha}")
    if faults:
        raise fail(
            f"{total} 个快照中有 {len(faults)} 个有问题", f"{len(faults)} of {total} captures are faulty"
        )
    if not as_json:
        out(say(f"{total} 个快照全部完好", f"All {total} captures are whole"))
