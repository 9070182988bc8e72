"""Setting a body up: ``init`` for a real one, ``demo`` for the fictional county."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from guanlan.cli import demo_site, django, processes
from guanlan.cli.sources import load_starters
from guanlan.cli.words import fail, note, out, say


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(demo)
    app.command()(password)


def init(
    name: Annotated[str, typer.Option(help="单位全称 · full name of the body")],
    profile: Annotated[str, typer.Option(help="township、county、school …")] = "township",
    admin: Annotated[str, typer.Option(help="管理员账号 · administrator's account")] = "admin",
    *,
    starters: Annotated[
        bool, typer.Option(help="带上起步信源清单（关闭，待核）· starter sources, off")
    ] = True,
) -> None:
    """建立单位 · Create an empty body with one administrator and a one-time password."""
    django.load()
    django.migrate()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.setup.bodies import BodyExists, body_create
    from guanlan.packs.load import PackError

    try:
        word = body_create(name=name, profile_code=profile, admin=admin, now=utc_now())
    except BodyExists as error:
        raise fail(
            f"这里已经有单位：{error}。要另建一个，请换一个 GUANLAN_DATA 目录。",
            f"There is a body here already: {error}. Use another GUANLAN_DATA folder for another one.",
        ) from error
    except PackError as error:
        raise fail(f"没有这种模板：{error}", f"No such profile: {error}") from error
    out(say(f"已建立：{name}", f"Created: {name}"))
    if starters:
        made = load_starters(profile)
        out(say(f"  起步信源 {made} 个，都已关闭，待核", f"  {made} starter sources, all off until reviewed"))
    _credentials(admin, word)
    out(
        say(
            "下一步：guanlan up，然后打开 http://127.0.0.1:8000",
            "Next: guanlan up, then open http://127.0.0.1:8000",
        )
    )


def demo(host: processes.Host = "127.0.0.1", port: processes.Port = 8000) -> None:
    """演示 · Create the fictional county once, replay its days, and start everything."""
    os.environ.setdefault("GUANLAN_DATA", str(Path.cwd() / "data" / "demo"))
    processes.require_free(host, port)
    half = Path(os.environ["GUANLAN_DATA"]) / "demo_half_made"
    if half.exists():  # a first start that was cut off; nothing in it is anybody's work
        shutil.rmtree(half.parent)
    ready = half.with_name("demo_ready")
    if not ready.exists():
        half.parent.mkdir(parents=True, exist_ok=True)
        half.touch()
    django.load()
    django.migrate()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.setup.demo import demo_prepare

    site = demo_site.place(half.parent, utc_now())
    prepared = demo_prepare(now=utc_now(), say=note, site=site.url)
    ready.touch()
    half.unlink(missing_ok=True)
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - only compared
    out("")
    out(say(f"  观澜演示：{address}", f"  Guanlan demo: {address}"))
    if prepared.password:
        _credentials(prepared.username, prepared.password)
    else:
        out(
            say(
                f"  账号 {prepared.username}，用你自己设的密码",
                f"  account {prepared.username}, your own password",
            )
        )
    out(
        say("  按 Ctrl-C 停止；再次运行 make run 会接着上次继续。", "  Ctrl-C stops; make run goes on later.")
    )
    out("")
    sys.stdout.flush()
    # A fresh, small supervisor: this process has the whole desk loaded.
    listen = ["--host", host, "--port", str(port)]
    arguments = ["-m", "guanlan.cli", "up", *listen, "--demo-site", str(site.file)]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own interpreter


def password(username: Annotated[str, typer.Argument(help="账号 · account")]) -> None:
    """重置密码 · Give an account a new one-time password."""
    django.load_migrated()
    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.organisation.models import User
    from guanlan.desk.organisation.services import password_reset

    user = User.objects.filter(username=username).first()
    if user is None:
        raise fail(f"没有这个账号：{username}", f"No such account: {username}")
    _credentials(username, password_reset(user=user, actor=None, now=utc_now()))


def _credentials(username: str, word: str) -> None:
    out(say(f"  账号 {username}   一次性密码 {word}", f"  account {username}   one-time password {word}"))
