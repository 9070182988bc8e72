"""Made-up messages of three units, and a duty list."""

from guanlan.analysis.route import ClosedFile, Duty

BUSES = ("公交车乱停靠", "出租车拒载", "汽车站票价太高", "快递迟迟不送", "高速收费站堵车", "网约车司机态度差")
SCHOOLS = (
    "小学食堂不卫生",
    "幼儿园学费上涨",
    "中学老师补课收费",
    "高考报名流程",
    "学生转学被拒",
    "校服价格太高",
)
WAGES = ("工厂拖欠工资", "公司不交社保", "退休金发放晚了", "工伤认定难", "养老保险怎么转移", "辞退不给补偿")

DUTIES = [
    Duty("交通局", "出租车 公交车 汽车站 高速 快递 网约车"),
    Duty("教育局", "负责小学、中学、幼儿园的招生和收费，监督老师补课"),
    Duty("人社局", "工资 社保 退休金 工伤 养老保险 辞退"),
]


def files() -> list[ClosedFile]:
    """Six closed files of each unit."""
    named = (("交通局", BUSES), ("教育局", SCHOOLS), ("人社局", WAGES))
    return [
        ClosedFile(f"{title}\n我反映{title}的问题，请有关部门处理。", unit, key=f"{unit}{number}")
        for unit, titles in named
        for number, title in enumerate(titles)
    ]
