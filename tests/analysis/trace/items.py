"""Short ways to write items."""

from datetime import UTC, datetime, timedelta

from guanlan.analysis.trace import TraceItem, masked

STARTED = datetime(2026, 3, 1, 8, tzinfo=UTC)
ARTICLE = (
    "昨天傍晚，县城东边的老桥因连日大雨出现裂缝，交通部门已封闭桥面，过往车辆请绕行新桥。"
    "现场工作人员说，检测预计三天完成，附近居民用水不受影响，公交线路临时改道。"
)


def item(
    key: str, text: str, minutes: float | None = 0, *, author: str = "", outlet: str = "", origin: str = ""
) -> TraceItem:
    at = None if minutes is None else STARTED + timedelta(minutes=minutes)
    return TraceItem(key, text, at=at, author=masked(author) if author else "", outlet=outlet, origin=origin)
