"""Small labelled rows written for these tests."""

from __future__ import annotations

from guanlan.analysis.kind.sets import Labelled
from guanlan.analysis.types import TextKind

PLACES = ("小区", "医院", "学校", "车站", "公园", "大厅", "食堂", "村里", "路口", "工地")
SAID = {
    TextKind.QUESTION: "请问{}的居住证怎么办理？需要什么材料？",
    TextKind.COMPLAINT: "投诉{}夜里施工噪音扰民，多次反映没人管！",
    TextKind.SUGGESTION: "建议在{}门口增设斑马线和路灯",
    TextKind.PRAISE: "感谢{}的民警和志愿者，你们辛苦了！",
    TextKind.NEWS: "本报讯记者昨日从{}获悉，新设备月底投入使用。",
    TextKind.NOTICE: "关于{}临时停水的通告：现将有关事项公告如下，敬请谅解。",
    TextKind.NOISE: "哈哈哈今天在{}看到好可爱的猫，晚安",
}


def rows() -> list[Labelled]:
    """Ten texts of each kind."""
    texts = [(kind, said.format(place)) for kind, said in SAID.items() for place in PLACES]
    return [Labelled(text, text, kind) for kind, text in texts]
