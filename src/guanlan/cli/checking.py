"""``guanlan doctor``: one line for each thing that must hold, with what to do when it does not."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from guanlan.analysis.errors import ModelError
from guanlan.analysis.kind import KindModel
from guanlan.analysis.tone import ToneModel
from guanlan.cli.words import say
from guanlan.desk.audit.services import verify
from guanlan.desk.common.clock import utc_now
from guanlan.desk.common.env import Env, SettingError
from guanlan.desk.documents.stamp_models import ChainTurn, TimeStamp, Turn
from guanlan.desk.documents.time_stamps import late_since
from guanlan.desk.pipeline.collecting.rendering import chromium, sandboxed
from guanlan.desk.pipeline.models import Intake
from guanlan.desk.pipeline.own_tone import files_of, load_tone
from guanlan.desk.pipeline.tone_choice import read_choice
from guanlan.desk.sources.models import Source
from guanlan.judges import ChoiceError, NoAnswer, larger_for
from guanlan.packs import load as packs

#: Less free space than this and a capture may not be written any more.
LEAST_FREE_BYTES = 1_000_000_000
#: A due row that nobody took for so long means that ``work`` is not running.
LATE = timedelta(minutes=5)
#: A clock that differs from the time-stamp authority's by more than a request takes is not set right.
CLOCKS_APART = timedelta(minutes=5)


#: What a larger tone model is tried on.
TRIED = "自来水又黄了，打了几次电话都没人管！"
#: Reasons of ``NoAnswer`` in words.
NO_ANSWER = {
    "unreachable": ("连不上", "cannot be reached"),
    "refused": ("拒绝访问：检查地址、密钥和 GUANLAN_COLLECT_INNER_HOSTS", "refused: see the address, the key and GUANLAN_COLLECT_INNER_HOSTS"),
    "http_error": ("回答了一个错误", "answered with an error"),
    "busy": ("太忙", "is too busy"),
    "late": ("没有按时回答", "did not answer in time"),
    "resting": ("暂停询问中", "is left alone for a while"),
    "no_answer": ("没有按要求的格式回答", "did not answer in the form asked for"),
    "too_large": ("回答没完没了", "did not stop answering"),
    "failed": ("运行出错", "broke"),
    "no_number": ("没有给出数值", "gave no number"),
    "not_loaded": ("没有装上", "was not loaded"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """``state`` is ``ok``, ``warn`` or ``bad``."""

    name: str
    state: str
    text: str

    @property
    def bad(self) -> bool:
        return self.state == "bad"

    def line(self) -> str:
        mark = {"ok": "✓", "warn": "!", "bad": "✗"}[self.state]
        return f"{mark} {self.name}：{self.text}"

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "text": self.text}


def examine() -> list[Finding]:
    """Every check in turn; one that breaks is itself a finding."""
    return [finding for check in CHECKS for finding in _guarded(check)]


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # a broken check must not hide the ones behind it
        yield Finding(check.__name__.strip("_"), "bad", f"{type(error).__name__}: {error}")


def _python() -> Iterator[Finding]:
    yield Finding("Python", "ok", sys.version.split()[0])


def _settings() -> Iterator[Finding]:
    found = checks.run_checks()
    for message in found:
        state = "bad" if message.is_serious() else "warn"
        yield Finding(
            say("设置", "settings"), state, f"{message.id} {message.msg} {message.hint or ''}".strip()
        )
    if not found:
        yield Finding(say("设置", "settings"), "ok", say("没有问题", "nothing wrong"))


def _database() -> Iterator[Finding]:
    name = say("数据库", "database")
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(name, "bad", say(f"打不开：{error}", f"cannot be opened: {error}"))
        return
    if plan:
        text = say("版本落后，请运行 guanlan manage migrate", "is behind; run guanlan manage migrate")
        yield Finding(name, "bad", text)
    else:
        yield Finding(name, "ok", f"{connection.vendor} {_database_version()}")


def _database_version() -> str:
    sql = "SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA).free
    text = say(f"剩余 {free / 1e9:.1f} GB", f"{free / 1e9:.1f} GB free")
    yield Finding(say("磁盘", "disk"), "ok" if free > LEAST_FREE_BYTES else "bad", text)


def _models() -> Iterator[Finding]:
    yield _loads(say("语气模型", "tone model"), ToneModel.load)
    yield from _own_tone()
    yield from _larger_tone()
    yield _loads(say("诉求类别模型", "model of kinds"), KindModel.load)


def _own_tone() -> Iterator[Finding]:
    """The body's correction, where there is one; without it nothing is wrong."""
    if not files_of(settings.DATA)[0].is_file():
        return
    name = say("本单位语气校正", "own tone correction")
    try:
        version = load_tone(settings.DATA).version
    except ModelError as error:
        again = say(
            "不使用，请重新运行 guanlan train tone-body", "not used; run guanlan train tone-body again"
        )
        yield Finding(name, "warn", f"{error}: {again}")
    else:
        yield Finding(name, "ok", version)


def _larger_tone() -> Iterator[Finding]:
    """The larger model that a body plugged in, tried on one sentence; without one nothing is said."""
    name = say("接入的语气模型", "larger tone model")
    behind = say("，由随程序的模型判断", "; the compact model judges")
    try:
        choice = read_choice(Env.load())
        larger = larger_for(choice)
    except (ChoiceError, SettingError, ModelError) as error:
        yield Finding(name, "bad", f"{error}{behind}")
        return
    if larger is None:
        return
    started = time.monotonic()
    (answer,) = larger.ask([TRIED], list(ToneModel.load().judge_batch([TRIED], words=False)))
    if isinstance(answer, NoAnswer):
        yield Finding(name, "bad", f"{larger.version} {say(*NO_ANSWER[answer.reason])}{behind}")
        return
    figures = f"{answer.label} {answer.probability:.2f}, {time.monotonic() - started:.1f} s, ask={choice.ask}"
    yield Finding(name, "ok", f"{larger.version} “{TRIED}” → {figures}")


def _loads(name: str, load: Callable[[], object]) -> Finding:
    try:
        load()
    except ModelError as error:
        return Finding(name, "bad", str(error))
    return Finding(name, "ok", say("可用", "loads"))


def _fonts() -> Iterator[Finding]:
    fonts = sorted((Path(packs.__file__).parent / "fonts").glob("*.ttf"))
    text = (
        say(f"{len(fonts)} 个", f"{len(fonts)} found")
        if fonts
        else say("缺字体，PDF 会缺字", "none: PDF lacks glyphs")
    )
    yield Finding(say("中文字体", "Chinese fonts"), "ok" if fonts else "bad", text)


def _assets() -> Iterator[Finding]:
    vendor = Path(settings.BASE_DIR) / "web" / "static" / "vendor"
    missing = [
        name for name in ("tabler.min.css", "htmx.min.js", "echarts.min.js") if not (vendor / name).exists()
    ]
    text = (
        say("齐全", "complete")
        if not missing
        else say("缺少，请运行 make assets", "missing; run make assets")
    )
    yield Finding(say("页面资源", "page assets"), "bad" if missing else "ok", text)


def _backlog() -> Iterator[Finding]:
    late = Intake.objects.filter(next_action_at__lt=utc_now() - LATE).count()
    text = say(f"{late} 条等待超过 5 分钟", f"{late} rows wait longer than 5 minutes")
    yield Finding(say("待分析", "backlog"), "warn" if late else "ok", text)


def _audit() -> Iterator[Finding]:
    good, broken = verify()
    text = (
        say(f"完好，{good} 条", f"whole, {good} entries")
        if broken is None
        else f"{broken.cause}: {broken.entry}"
    )
    yield Finding(say("审计链", "audit chain"), "ok" if broken is None else "bad", text)


def _browser() -> Iterator[Finding]:
    """Only a fault when a source needs it; otherwise it is said and no more."""
    name, found = say("浏览器", "browser"), chromium()
    wanted = Source.objects.filter(active=True, options__render=True).count()
    missing = {
        "off": say("按 GUANLAN_CHROMIUM 关闭", "switched off by GUANLAN_CHROMIUM"),
        "chromium": say("未找到 chromium", "no chromium found"),
        "playwright": say("缺 guanlan[browser] 组件", "the extra guanlan[browser] is not installed"),
    }
    if not found.usable:
        needed = say(f"；{wanted} 个信源需要浏览器渲染", f"; {wanted} sources need it") if wanted else ""
        yield Finding(name, "bad" if wanted else "ok", f"{missing[found.missing]}{needed}")
    elif sandboxed():
        yield Finding(name, "ok", found.path)
    else:
        text = say(
            "沙箱未启用，请用专门的非 root 账户运行 collect",
            "its sandbox is off; run collect as a user other than root",
        )
        yield Finding(name, "warn", f"{found.path}；{text}")


def _time_stamps() -> Iterator[Finding]:
    name = say("时间戳", "time stamps")
    if not settings.TIMESTAMP_URL:
        yield Finding(name, "ok", say("未启用", "off"))
        return
    turn = ChainTurn.objects.filter(pk=Turn.STAMP).first() or ChainTurn()
    last = TimeStamp.objects.order_by("-upto").first()
    said = [say("还没有", "none yet")]
    if last is not None:
        at = f"{last.at:%Y-%m-%d %H:%M:%S} UTC"
        said = [say(f"最近 {at}，至第 {last.upto} 条", f"last {at}, up to link {last.upto}")]
    apart = abs(last.at - last.received_at) if last is not None else timedelta()
    if apart > CLOCKS_APART:
        said.append(say(f"与本机时钟相差 {apart}", f"{apart} from this machine's clock"))
    if turn.last_error:
        said.append(say(f"最近一次失败：{turn.last_error}", f"the last try failed: {turn.last_error}"))
    said += [f"{code} {count}" for code, count in sorted(turn.outcomes.items())]
    doubtful = turn.failing_since is not None or apart > CLOCKS_APART
    state = "bad" if late_since(utc_now()) else "warn" if doubtful else "ok"
    yield Finding(name, state, say("；", "; ").join(said))


CHECKS: tuple[Any, ...] = (
    _python,
    _settings,
    _database,
    _disk,
    _models,
    _fonts,
    _browser,
    _assets,
    _backlog,
    _audit,
    _time_stamps,
)
