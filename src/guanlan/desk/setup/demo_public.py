"""The demo's channel for the public: opened by its administrator, used by fictional people, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from guanlan.desk.disclosure.models import PublicChannel, PublicReport
from guanlan.desk.disclosure.services import (
    public_channel_create,
    public_channel_switch,
    report_answer,
    report_status_set,
)
from guanlan.desk.disclosure.wording import first_words
from guanlan.desk.pipeline.public_reports import Sent, report_receive
from guanlan.desk.setup.bodies import Made

ADMINISTRATOR, OFFICER = "zhengyifan", "wangqihang"
SLUG = "yunchuan"
OPENED = timedelta(minutes=6900)
THURSDAY = 3


@dataclass(frozen=True, slots=True)
class Voice:
    """What somebody sent, minutes before the start; ``answer`` so many minutes after it was sent."""

    minutes: int
    what: str
    where: str
    when: str = ""
    contact: str = ""
    answer: str = ""
    answered_after: int = 0
    status: str = ""


VOICES = (
    Voice(
        6100,
        "文庙街中段三盏路灯不亮，晚上下晚自习的学生看不清路，昨天有人绊倒了。",
        "文庙街中段，文具店门口",
        "大约一个星期了",
        answer="城管局当晚检查，是电缆接头进水，三盏灯已于次日修好，并检查了整条街的接头。谢谢您的提醒。",
        answered_after=1500,
    ),
    Voice(
        3500,
        "滨河小区的夜市收摊以后，油水直接倒进雨水井，天一热味道很重。请管管倒油水的事，不是要赶走摊主。",
        "滨河小区西门外",
        "每天夜里十一点以后",
        contact="可在晚上到滨河小区西门值班室找我",
        status="in_hand",
    ),
    Voice(
        1300,
        "3 路公交改线以后，青石镇石桥村的老人去县医院要换两次车，能不能早晚各保留一班原来的线路？",
        "青石镇石桥村",
        status="looked_at",
    ),
    Voice(150, "人民路施工围挡把盲道占了一百多米，没有绕行提示，请加一块指示牌。", "人民路北段", "这两天"),
)


def public_acts(now: datetime) -> list[tuple[datetime, partial[None]]]:
    """What happens with the channel, each with its moment; ``made`` and the moment are added when it is done."""
    acts = [(now - OPENED, partial(_open))]
    for number, voice in enumerate(VOICES):
        sent = now - timedelta(minutes=voice.minutes)
        acts.append((sent, partial(_send, number, voice)))
        if voice.answer or voice.status:
            acts.append((sent + timedelta(minutes=voice.answered_after or 600), partial(_handle, voice)))
    return acts


def _open(made: Made, at: datetime) -> None:
    administrator = made.people[ADMINISTRATOR]
    channel = public_channel_create(
        unit=made.units[""],
        actor=administrator,
        now=at,
        slug=SLUG,
        phone="0555-12345",
        mailbox="云川县新华路 1 号县网信办（邮编 000000）",
        open_days="每季度第一个星期六上午开放，邀请人大代表、政协委员和群众参加，到现场看办理情况。",
        weekday=THURSDAY,
        reception_time="9:00–11:30",
        reception_place="县政务服务中心一楼 3 号窗口",
        photos=True,
        **first_words(),
    )
    public_channel_switch(channel=channel, on=True, actor=administrator, now=at)


def _send(number: int, voice: Voice, made: Made, at: datetime) -> None:
    sent = Sent(
        what=voice.what,
        where=voice.where,
        when=voice.when,
        contact=voice.contact,
        token=f"demo-{number}",
        address=f"198.51.{100 + number}.7",
    )
    report_receive(channel=PublicChannel.objects.get(slug=SLUG), sent=sent, now=at)


def _handle(voice: Voice, made: Made, at: datetime) -> None:
    report = PublicReport.objects.filter(run__documents__text__startswith=voice.what[:12]).first()
    if report is None:
        return
    if voice.answer:
        report_answer(report=report, text=voice.answer, actor=made.people[OFFICER], now=at)
    else:
        report_status_set(report=report, status=voice.status, actor=made.people[OFFICER], now=at)
