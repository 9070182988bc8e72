"""The analysis library stands alone: a machine without Django can import and use all of it."""

from __future__ import annotations

import json
import subprocess
import sys

#: Runs in a fresh interpreter in which nobody can import Django or the desk.
ALONE = """
import json, sys
from datetime import UTC, datetime

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "django" or name.startswith("guanlan.desk"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refuse())
import guanlan.analysis as library
from guanlan.analysis import evaluation, bench, gate
from guanlan.collect.files import Item, ReadOptions, read_stream
from guanlan.engines import engine_named
from guanlan.packs.load import demo_body, demo_items

html = ("<html><head><title>自来水发黄_云川网</title></head><body><h1>自来水发黄</h1><p>2026-11-22 08:30</p>"
        + "<p>城关镇的自来水连续三天发黄，打电话也没有人管，老人孩子都不敢喝。</p>" * 5 + "</body></html>")
tools = library.Toolbox(
    matcher=library.compile_themes({7: "任一: 自来水"}), tone=library.ToneModel.load()
)
result = library.analyse(library.RawItem(key="1", content=html.encode("gb18030")), tools)
groups = library.GroupIndex(iter(range(1, 9)).__next__)
group = groups.assign(1, result.body.text, result.title.text, datetime(2026, 11, 22, tzinfo=UTC))
grade = library.propose_grade(library.Facts(nature="service", items_24h=30))
sys.stdout.write(json.dumps({
    "outcome": result.outcome, "title": result.title.text, "encoding": result.decoded.encoding,
    "themes": [match.theme for match in result.matches], "tone": result.tone.label,
    "group": group.group, "level": grade.level, "points": grade.points,
    "django": "django" in sys.modules, "body": demo_body().name,
}))
"""


def test_it_reads_judges_groups_and_grades_without_django() -> None:
    ran = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said == {
        "outcome": None,
        "title": "自来水发黄",
        "encoding": "gb18030",
        "themes": [7],
        "tone": "negative",
        "group": 1,
        "level": None,  # too little is measurable: a person must say
        "points": 12,
        "django": False,
        "body": "云川县网信办",
    }
