"""``evidence``: the evidence pack of an event as a file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from guanlan.cli import django
from guanlan.cli.data import Json
from guanlan.cli.words import fail, out, out_json, say


def register(app: typer.Typer) -> None:
    app.command()(evidence)


def evidence(
    event: Annotated[str, typer.Argument(help="事件编号，如 E-0117 或 2026/117 · number of the event")],
    folder: Annotated[Path, typer.Option("--output", "-o", help="写到哪里 · folder")] = Path(),
    as_json: Json = False,
) -> None:
    """证据包 · Write the evidence pack of an event (ZIP); authors' handles are masked."""
    django.load_migrated()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.events.evidence_pack import PackOptions, evidence_pack
    from guanlan.desk.events.models import Event

    year, _, number = event.upper().removeprefix("E-").rpartition("/")
    rows = Event.objects.filter(number=int(number) if number.isdecimal() else 0).order_by("-year")
    found = (rows.filter(year=int(year)) if year.isdecimal() else rows).first()
    if found is None:
        raise fail(f"没有这个事件：{event}", f"No such event: {event}")
    made = evidence_pack(event=found, options=PackOptions(), actor=None, now=utc_now())
    path = folder / made.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.part")
        with partial.open("wb") as target:
            shutil.copyfileobj(made.file, target)
        partial.replace(path)
    except OSError as error:
        raise fail(f"不能写入 {path}：{error}", f"Cannot write {path}: {error}") from error
    if as_json:
        out_json({"path": str(path), "sha256": made.sha256, "documents": made.documents})
    else:
        out(
            say(
                f"{path}（{made.documents} 条，SHA-256 {made.sha256}）",
                f"{path} ({made.documents}) {made.sha256}",
            )
        )
