"""``guanlan sources``: lists in and out, a look at an address, and where an article went."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from guanlan.cli import django
from guanlan.cli.data import Json
from guanlan.cli.words import fail, note, out, out_json, say

sources = typer.Typer(help="信源 · the register of sources", no_args_is_help=True, rich_markup_mode=None)
File = Annotated[Path, typer.Argument(help="文件 · file: .opml 或 .csv")]
Url = Annotated[str, typer.Argument(help="网址 · address")]


def register(app: typer.Typer) -> None:
    app.add_typer(sources, name="sources")


@sources.command("export")
def export_list(file: File) -> None:
    """导出 · Write all sources that have an address, as OPML or CSV by the name of the file."""
    django.load_migrated()
    from guanlan.collect.lists_of_sources import write_csv, write_opml
    from guanlan.desk.sources.models import Source
    from guanlan.desk.sources.selectors import entry_of

    if file.suffix.lower() not in (".opml", ".xml", ".csv"):
        raise fail(f"文件名应以 .opml 或 .csv 结尾：{file}", f"Name the file .opml or .csv: {file}")
    entries = [entry_of(source) for source in Source.objects.exclude(url="")]
    body = write_csv(entries) if file.suffix.lower() == ".csv" else write_opml(entries, "观澜")
    try:
        file.write_bytes(body)
    except OSError as error:
        raise fail(f"不能写入：{error}", f"Cannot write: {error}") from error
    out(say(f"已导出 {len(entries)} 个信源：{file}", f"{len(entries)} sources: {file}"))


@sources.command("import")
def import_list(
    file: File,
    unit: Annotated[str, typer.Option(help="单位代码 · unit code")] = "",
    as_json: Json = False,
) -> None:
    """导入 · Bring in OPML, CSV or addresses one a line; all switched off until a person has reviewed each."""
    django.load_migrated()
    from guanlan.collect.lists_of_sources import MOST_BYTES, ListRefused, read_sources
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.organisation.models import Unit
    from guanlan.desk.organisation.selectors import body
    from guanlan.desk.sources.services import sources_import

    found = Unit.objects.filter(code=unit).first() if unit else body()
    if found is None:
        raise fail(f"没有这个单位：{unit}", f"No such unit: {unit}")
    try:
        with file.open("rb") as opened:
            listed = read_sources(opened.read(MOST_BYTES + 1))
    except OSError as error:
        raise fail(f"不能读：{error}", f"Cannot read: {error}") from error
    except ListRefused as refused:
        raise fail(
            f"读不懂这份清单（{refused.reason}）", f"The list cannot be read ({refused.reason})"
        ) from refused
    done = sources_import(entries=listed.entries, unit=found, actor=None, now=utc_now(), label=file.name)
    for fault in listed.faults[:20]:
        note(
            say(
                f"第 {fault.row} 行未收：{fault.reason} {fault.shown}",
                f"row {fault.row}: {fault.reason} {fault.shown}",
            )
        )
    faults = len(listed.faults) + len(done.refused)
    counts = {"made": len(done.made), "known": done.known, "refused": faults}
    if as_json:
        out_json(counts)
        return
    out(
        say(
            f"新增 {len(done.made)} 个（都已关闭，待核），已有 {done.known} 个，未收 {faults} 行",
            f"{len(done.made)} new (all off, to be reviewed), {done.known} known, {faults} not taken",
        )
    )


@sources.command()
def look(url: Url, as_json: Json = False) -> None:
    """看一看 · Say what is behind an address and how it could be collected; nothing is stored."""
    django.load_migrated()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.pipeline.collecting import looking
    from guanlan.desk.web.source_words import WHAT, fetch_sentence

    try:
        found = looking.look(url, utc_now())
    except looking.NotNow as busy:
        raise fail(f"{busy.seconds} 秒后再试", f"Try again in {busy.seconds} s") from busy
    offers = [
        {
            "method": one.method,
            "url": one.url,
            "named": one.named,
            "minutes": one.minutes,
            "problem": one.problem,
        }
        for one in found.candidates
    ]
    if as_json:
        out_json({"url": found.url, "what": found.what, "reason": found.reason, "candidates": offers})
    elif found.reason:
        raise fail(fetch_sentence(found.reason), fetch_sentence(found.reason))
    else:
        out(f"{found.url}  {WHAT[found.what]}")
        for one in offers:
            out(f"  {one['method']:8} {one['url']}  {one['named']}  {one['problem']}")


@sources.command()
def where(url: Url, as_json: Json = False) -> None:
    """这篇文章去哪了 · Follow an address from the source that named it to how it ended."""
    django.load_migrated()
    from guanlan.desk.pipeline.whereabouts import whereabouts
    from guanlan.desk.web.source_words import ENDS, fetch_sentence

    found = whereabouts(url, None)
    address = found.address
    told = {
        "url": found.url,
        "end": found.end.value,
        "reason": found.reason,
        "found_at": address.found_at if address else None,
        "source": address.source.code if address else None,
        "document": found.document.pk if found.document else None,
        "until": found.until,
    }
    if as_json:
        out_json(told)
        return
    out(str(ENDS[found.end]))
    if found.reason:
        out(f"  {fetch_sentence(found.reason)}")
    if address is not None:
        at = address.found_at.astimezone()
        out(
            say(
                f"  发现：{at:%Y-%m-%d %H:%M}，信源 {address.source}",
                f"  found {at:%Y-%m-%d %H:%M} by {address.source}",
            )
        )
    if found.until is not None:
        out(
            say(
                f"  等到：{found.until.astimezone():%Y-%m-%d %H:%M}",
                f"  until {found.until.astimezone():%Y-%m-%d %H:%M}",
            )
        )
    if found.document is not None:
        out(
            say(
                f"  文档 {found.document.pk}：{found.document.title}",
                f"  document {found.document.pk}: {found.document.title}",
            )
        )


def load_starters(profile: str) -> int:
    """The starter lists of a profile, switched off; how many sources were made."""
    from guanlan.collect.lists_of_sources import read_sources
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.organisation.selectors import body
    from guanlan.desk.sources.services import sources_import
    from guanlan.packs.starters import starters_of

    unit, made = body(), 0
    for content in starters_of(profile):
        if unit is not None:
            entries = read_sources(content).entries
            made += len(
                sources_import(entries=entries, unit=unit, actor=None, now=utc_now(), label=profile).made
            )
    return made
