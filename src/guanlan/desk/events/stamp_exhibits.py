"""Time stamps in an evidence pack, with everything that a third party needs to check them by common tools.

A stamp vouches for a list of digests, one for each link of the chain; the pack holds the list, and the links of
its own pages in clear. Links of other pages are digests only: they say nothing of what they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min

from guanlan.desk.common.clock import DISPLAY_ZONE
from guanlan.desk.documents.evidence_chain import form_of
from guanlan.desk.documents.evidence_models import Act, CaptureEntry
from guanlan.desk.documents.models import Document
from guanlan.desk.documents.stamp_models import TimeStamp
from guanlan.desk.documents.time_stamps import stamped_upto, statement
from guanlan.desk.events.models import Event

FOLDER = "stamps"
#: Lines of all lists together, 75 bytes each; stamps beyond are named but not put in.
MOST_LINES = 1_000_000

#: Puts a file into the pack.
Add = Callable[[str, bytes], str]


@dataclass(frozen=True, slots=True)
class Proof:
    """A link, the stamp over it, and the file of the pack that it is about (empty: left out)."""

    link: CaptureEntry
    stamp: TimeStamp | None
    path: str


def add_stamps(add: Add, digests: Collection[str], paths: Mapping[str, str]) -> str:
    """Put in the stamps over the captures with these SHA-256; what is to be said of it in one line.

    ``paths`` are the files of the pack by SHA-256.
    """
    links = CaptureEntry.objects.filter(sha256__in=digests, act=Act.KEPT).order_by("id")
    proofs = [Proof(link, stamp_over(link.id), paths.get(link.sha256, "")) for link in links]
    stamps = {one.stamp.upto: one.stamp for one in proofs if one.stamp is not None}
    if not stamps:
        return "未启用" if not settings.TIMESTAMP_URL else "尚无：链上这些条还在等待下一次时间戳"
    room = MOST_LINES
    given = []
    for stamp in stamps.values():
        lines = stamp.upto - stamp.since + 1
        if lines <= room:
            room -= lines
            given.append(stamp)
            _add_stamp(add, stamp)
    for name, pem in {_authority(stamp): stamp.authority.pem for stamp in given}.items():
        add(f"{FOLDER}/{name}", pem.encode("latin-1"))
    for one in proofs:
        if one.stamp in given:
            add(f"{FOLDER}/{_link_name(one.link)}", form_of(one.link))
    add(f"{FOLDER}/how-to-check.txt", _page(proofs, given).encode())
    covered = sum(one.stamp is not None for one in proofs)
    return f"{len(stamps)} 个，覆盖存证链上 {covered} 条（共 {len(proofs)} 条），见 {FOLDER}/how-to-check.txt"


def stamp_over(position: int) -> TimeStamp | None:
    """The first stamp that names a link."""
    return TimeStamp.objects.filter(since__lte=position, upto__gte=position).order_by("upto").first()


@dataclass(frozen=True, slots=True)
class StampedState:
    """How the captured pages of an event stand. ``last`` is the newest stamp over one of them; ``on`` says
    whether an authority is asked at all.
    """

    pages: int
    stamped: int
    last: TimeStamp | None
    on: bool

    @property
    def whole(self) -> bool:
        """Whether every page is stamped."""
        return self.pages > 0 and self.stamped == self.pages


def stamped_state(event: Event) -> StampedState:
    """Counted by page, whatever came after it (records, looks) left aside; nothing while there is no stamp."""
    upto, on = stamped_upto(), bool(settings.TIMESTAMP_URL)
    if not upto:
        return StampedState(0, 0, None, on)
    pages = Document.objects.filter(event_items__event=event, capture__isnull=False)
    links = CaptureEntry.objects.filter(sha256__in=pages.values("capture"), act=Act.KEPT)
    firsts = links.order_by().values("sha256").annotate(first=Min("id")).values_list("first", flat=True)
    positions = sorted(firsts)
    stamped = [one for one in positions if one <= upto]
    last = stamp_over(stamped[-1]) if stamped else None
    return StampedState(len(positions), len(stamped), last, on)


def _add_stamp(add: Add, stamp: TimeStamp) -> None:
    add(f"{FOLDER}/{_name(stamp)}.tsr", bytes(stamp.token))
    add(f"{FOLDER}/{_name(stamp)}.txt", b"".join(statement(stamp.since, stamp.upto, stamp.audit)))


def _name(stamp: TimeStamp) -> str:
    return f"{stamp.since:06}-{stamp.upto:06}"


def _link_name(link: CaptureEntry) -> str:
    return f"link-{link.id:06}.json"


def _authority(stamp: TimeStamp) -> str:
    return f"authority-{stamp.authority_id[:8]}.pem"


def _page(proofs: list[Proof], given: list[TimeStamp]) -> str:
    parts = [_INTRODUCTION]
    for stamp in given:
        own = [one for one in proofs if one.stamp == stamp]
        parts.append(_about(stamp, own))
    missing = [one for one in proofs if one.stamp not in given]
    if missing:
        parts.append(
            _WITHOUT + "\n".join(f"    第 {one.link.id} 条  {one.path or '（原件未附）'}" for one in missing)
        )
    return "\n\n".join(parts) + "\n"


def _about(stamp: TimeStamp, proofs: list[Proof]) -> str:
    name, first = _name(stamp), proofs[0].link
    lines = "\n".join(
        f"    第 {one.link.id} 条  {_link_name(one.link)}  {one.path or '（原件未附）'}\n        SHA-256 {one.link.sha256}"
        for one in proofs
    )
    return f"""== {name} ==
签发机构 Authority: {stamp.name}
签发时间 Time: {_moment(stamp.at)}
编号 Serial: {stamp.serial}    策略 Policy: {stamp.policy}
根证书文件的 SHA-256 of the file of trusted certificates: {stamp.authority_id}

openssl ts -verify -data {name}.txt -in {name}.tsr -CAfile {_authority(stamp)} -attime {int(stamp.at.timestamp())}
grep "$(sha256sum {_link_name(first)} | cut -d' ' -f1)" {name}.txt

{lines}"""


def _moment(at: datetime) -> str:
    return f"{at.astimezone(DISPLAY_ZONE):%Y-%m-%d %H:%M:%S} 北京时间 ({at:%Y-%m-%dT%H:%M:%SZ})"


_INTRODUCTION = """时间戳核对方法 · How to check the time stamps
================================================

证明什么：下列机构以签名证明，在签发时间之前，本单位的存证链上已有 .txt 中列出的各条。
.txt 每行是一条的序号和指纹；与本案有关的各条，内容在 link-….json 里，其余只有指纹，看不出内容。

在 stamps 文件夹里运行（需要 openssl、sha256sum、grep；Windows 可用 Git Bash）：

  1. 每个时间戳运行一次下面的 openssl 命令，须显示 Verification: OK。
     （-attime 是签发时间：按签发时证书是否有效来核对，证书日后到期不影响结果。）
  2. 用 sha256sum 算出 link-….json 的指纹，须在 .txt 里找到（下面的 grep 命令须输出一行）。
  3. 打开 link-….json："sha256" 一项就是所附文件的 SHA-256，用 sha256sum 对照；"at" 是本单位记下的取证时间（UTC）。
  4. 根证书 authority-….pem 是本单位当时信任的，请向签发机构核实。

What it proves: the authority signed that, by the time of the stamp, our chain of captures held every link whose
digest the .txt lists. Links of this matter are in clear in link-….json; the others are digests only.
In the folder "stamps": (1) run the openssl command of each stamp: it must say "Verification: OK"; -attime judges the
certificate at the time of signing. (2) The SHA-256 of link-….json must stand in the .txt (the grep command prints
a line). (3) "sha256" in link-….json is that of the file named beside it. (4) Ask the authority whether
authority-….pem is its root certificate."""
_WITHOUT = """== 没有时间戳的 · Without a stamp ==
"""
