"""docs/quality.md says what was measured, of everything that is pinned, where it is worse as well."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import quality_page  # noqa: E402

AIMS = json.loads((ROOT / "benchmarks/aims.json").read_text(encoding="utf-8"))


def test_the_page_is_what_the_results_say() -> None:
    assert (ROOT / "docs/quality.md").read_text(encoding="utf-8") == quality_page.page()


def test_every_floor_was_measured_and_stands_on_the_page() -> None:
    measured = {one["gate"]: one for one in quality_page.rows_of("eval.jsonl")}
    pinned = {path.stem for path in (ROOT / "benchmarks/quality").glob("*.json")}
    assert set(measured) == pinned
    for name, one in measured.items():
        floor = json.loads((ROOT / f"benchmarks/quality/{name}.json").read_text(encoding="utf-8"))
        assert one["n"] == floor["n"], name
        assert all(one["metrics"][metric] >= least for metric, least in floor["metrics"].items()), name


def test_aims_are_of_floors_and_stages_that_exist() -> None:
    pinned = {path.stem for path in (ROOT / "benchmarks/quality").glob("*.json")}
    assert set(AIMS["eval"]) <= pinned
    assert set(AIMS["bench"]) <= {one["name"] for one in quality_page.rows_of("bench.jsonl")}


def test_where_an_aim_is_missed_the_page_says_what_was_tried() -> None:
    text = quality_page.page()
    assert "**no**" in text
    assert text.count("Tried") >= 5
    assert "Faster than ours" in text or "faster than ours" in text.lower()
