"""``eval trace``: parents are hidden before anything is traced; planted chains are the same every time."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from guanlan.analysis.errors import LabelledDataError
from guanlan.analysis.evaluation.planted import planted_chains, planted_origin
from guanlan.analysis.evaluation.report import EvalOptions
from guanlan.analysis.evaluation.trace import counted, evaluate, items_of, read_time
from guanlan.analysis.trace import trace

EVENT: dict[str, Any] = {
    "id": "e1",
    "text": "老桥裂了",
    "time": 1332000000,
    "reposts": [
        ["2012-03-18 03:00:00", "u3", 1, "真的吗"],
        ["2012-03-18 01:00:00", "u2", -1, "转发微博。"],
        ["2012-03-18 00:30:00", "u1", -1, ""],
    ],
}


def test_no_item_carries_its_parent() -> None:
    other = {**EVENT, "reposts": [[time, user, -1, text] for time, user, _parent, text in EVENT["reposts"]]}
    assert list(items_of(EVENT)) == list(items_of(other))


def test_an_event_is_counted_by_its_reposts() -> None:
    right, roots, reposts = counted(EVENT)
    assert (roots, reposts) == (2, 3)
    assert right in (2, 3)


def test_metrics_have_their_fixed_names_and_count_reposts(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("\n".join(json.dumps({**EVENT, "id": f"e{n}"}) for n in range(4)), encoding="utf-8")
    report = evaluate([path], EvalOptions(limit=3))
    assert report.n == 9
    assert set(report.metrics) == {"parent_accuracy", "root_baseline", "planted_origin"}
    assert report.metrics["root_baseline"] == pytest.approx(2 / 3)


def test_without_files_the_planted_chains_alone_are_asked() -> None:
    report = evaluate([], EvalOptions())
    assert set(report.metrics) == {"planted_origin"}
    assert report.metrics["planted_origin"] >= 0.95


@pytest.mark.parametrize("reposts", [[["2012-03-18 03:00:00"]], [["x", "u", "no", "t"]], [5]])
def test_an_event_of_another_form_is_named(tmp_path: Path, reposts: list[object]) -> None:
    path = tmp_path / "events"
    path.write_text(json.dumps({**EVENT, "reposts": reposts}), encoding="utf-8")
    with pytest.raises(LabelledDataError, match="e1"):
        evaluate([path], EvalOptions())


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1332000000, datetime(2012, 3, 17, 16, 0, tzinfo=UTC)),
        ("2012-03-18 00:00:00", datetime(2012, 3, 17, 16, 0, tzinfo=UTC)),
        ("Sun Mar 18 00:00:00 +0800 2012", datetime(2012, 3, 17, 16, 0, tzinfo=UTC)),
        ("03月18日 00:00", datetime(2012, 3, 17, 16, 0, tzinfo=UTC)),
        ("02月30日 00:00", None),
        ("gestern", None),
    ],
)
def test_times_are_read_in_every_form_of_the_files(value: object, read: datetime | None) -> None:
    assert read_time(value, datetime(2012, 3, 17, tzinfo=UTC)) == read


def test_planted_chains_are_the_same_every_time_and_hold_every_difficulty() -> None:
    planted = planted_chains(60, 7)
    assert planted == planted_chains.__wrapped__(60, 7)
    times = {item.key: item.at for item in planted.items}
    assert None in times.values()
    assert any(
        (at := times[key]) is not None and (start := times[origin]) is not None and at < start
        for key, origin in planted.origins.items()
    )
    assert any("来源" in item.text for item in planted.items)


def test_an_origin_counts_as_found_only_if_the_tree_begins_there() -> None:
    planted = planted_chains(5, 7)
    cut = trace([item for item in planted.items if not item.key.endswith("-0")])
    assert not any(planted_origin(cut, planted))
