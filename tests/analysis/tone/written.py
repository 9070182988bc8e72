"""Small labelled files written for these tests, in the forms of the real sets."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PLACES = ("小区", "医院", "学校", "车站", "公园", "大厅", "食堂", "村里", "路口", "工地", "银行", "图书馆")
BAD = ("太差了,投诉没人管", "乱收费让人气愤", "臭气熏天很恶心", "态度恶劣真失望")
PLAIN = ("定于周一开放", "公布办理时间", "召开工作会议", "调整线路公告")
GOOD = ("真漂亮,点赞", "效率很高,感谢", "服务热情很满意", "太开心了,好喜欢")
SIX_WORDS = {
    "angry": "气死我了混蛋",
    "fear": "好害怕瑟瑟发抖",
    "happy": "好开心哈哈",
    "neutral": "今天发布公告",
    "sad": "难过得想哭",
    "surprise": "居然真没想到",
}


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as JSONL, gzip when the name ends in .gz."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def tones(path: Path) -> Path:
    """Three tones in the form of the implicit set: 0 neutral, 1 positive, 2 negative; 144 rows."""
    return write(
        path,
        (
            {"text": place + words, "label": label}
            for place in PLACES
            for label, kinds in ((0, PLAIN), (1, GOOD), (2, BAD))
            for words in kinds
        ),
    )


def two(path: Path, **extra: str) -> Path:
    """Two classes: 1 positive, 0 negative; 96 rows."""
    return write(
        path,
        (
            {"text": f"[赞]{place}{words}", "label": label, **extra}
            for place in PLACES
            for label, kinds in ((1, GOOD), (0, BAD))
            for words in kinds
        ),
    )


def six(path: Path) -> Path:
    """Six emotions; 72 rows."""
    return write(
        path,
        (
            {"id": number, "content": place + words, "label": label}
            for number, place in enumerate(PLACES)
            for label, words in SIX_WORDS.items()
        ),
    )
