"""A gate fails on a drop or on other data, names what is missing, and is hard to lower."""

import json
from pathlib import Path

import pytest

from guanlan.analysis.evaluation.report import EvalReport
from guanlan.analysis.gate import (
    NOISE,
    Floor,
    GateError,
    Verdict,
    check,
    corpus_hash,
    evaluation_named,
    gate_all,
    gate_one,
    noise,
    pin,
    read_floor,
    repin,
)

DRAFT = Floor("dedup", ("mine/rows.jsonl",), "", 0, {}, "guanlan eval dedup ../shared/data/mine/rows.jsonl")


def report(recall: float = 0.95, n: int = 10_000, name: str = "dedup") -> EvalReport:
    return EvalReport(name, n, {"recall": recall, "precision": 0.9, "ece": 0.1}, {})


def pinned(folder: Path, **given: float) -> Path:
    path = folder / "dedup.json"
    repin(report(**given), path, DRAFT, corpus_sha256="abc")
    return path


def test_a_pinned_floor_lies_a_noise_band_under_what_was_measured(tmp_path: Path) -> None:
    floor = read_floor(pinned(tmp_path))
    assert floor.metrics == {"precision": round(0.9 - NOISE, 4), "recall": round(0.95 - NOISE, 4)}
    assert (floor.corpus_sha256, floor.n, floor.command) == ("abc", 10_000, DRAFT.command)


def test_what_is_better_when_less_is_no_floor(tmp_path: Path) -> None:
    assert "ece" not in read_floor(pinned(tmp_path)).metrics


def test_the_same_or_better_passes(tmp_path: Path) -> None:
    path = pinned(tmp_path)
    for recall in (0.95, 0.9496, 0.99):
        result = check(report(recall), path, "abc")
        assert (result.verdict, result.failed, result.problems) == (Verdict.PASSED, False, ())


@pytest.mark.parametrize(
    ("measured", "corpus", "problem"),
    [
        (report(0.949), "abc", "recall is 0.9490, the floor is 0.9495"),
        (report(float("nan")), "abc", "recall is nan, the floor is 0.9495"),
        (report(), "other", "the labelled files are not those that the floor was pinned on"),
        (report(n=11), "abc", "n is 11, pinned on 10000"),
        (report(name="tone"), "abc", "the report is of tone, the floor of dedup"),
        (EvalReport("dedup", 10_000, {"precision": 0.95}, {}), "abc", "recall is missing"),
    ],
)
def test_a_drop_or_other_data_fails(tmp_path: Path, measured: EvalReport, corpus: str, problem: str) -> None:
    result = check(measured, pinned(tmp_path), corpus)
    assert result.failed
    assert result.problems == (problem,)
    assert problem in result.line()


def test_a_floor_cannot_be_lowered_by_pinning_again(tmp_path: Path) -> None:
    path = pinned(tmp_path)
    before = path.read_bytes()
    with pytest.raises(GateError, match="recall would fall"):
        repin(report(0.90), path, DRAFT, corpus_sha256="abc")
    with pytest.raises(GateError, match="recall would fall"):
        repin(EvalReport("dedup", 10_000, {"precision": 0.95}, {}), path, DRAFT, corpus_sha256="abc")
    assert path.read_bytes() == before
    repin(report(0.97), path, DRAFT, corpus_sha256="abc")
    assert read_floor(path).metrics["recall"] == round(0.97 - NOISE, 4)


def test_a_floor_is_lowered_when_that_is_said(tmp_path: Path) -> None:
    path = pinned(tmp_path)
    repin(report(0.90), path, DRAFT, corpus_sha256="abc", allow_regression=True)
    assert read_floor(path).metrics["recall"] == round(0.90 - NOISE, 4)


def test_a_report_of_another_evaluation_is_not_pinned(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="tone"):
        repin(report(name="tone"), tmp_path / "x.json", DRAFT, corpus_sha256="abc")


def test_the_hash_tells_content_and_order_apart(tmp_path: Path) -> None:
    one, two, joined = (tmp_path / name for name in ("1", "2", "12"))
    one.write_bytes(b"ab")
    two.write_bytes(b"c")
    joined.write_bytes(b"abc")
    hashes = {corpus_hash(paths) for paths in ([one, two], [two, one], [joined], [one])}
    assert len(hashes) == 4
    assert corpus_hash([one, two]) == corpus_hash([one, two])


def rows(folder: Path) -> Path:
    text = "三防镇昨天下午开始大面积停电，居民多次向供电所反映，到今天早上仍然没有恢复"
    made = [{"id": 1, "text": text}, {"id": 2, "text": "转发微博 " + text, "copy_of": 1}]
    path = folder / "mine" / "rows.jsonl"
    path.parent.mkdir()
    path.write_text("\n".join(json.dumps(row) for row in made), encoding="utf-8")
    return path


def test_gates_run_for_real_and_missing_sets_are_named(tmp_path: Path) -> None:
    path = rows(tmp_path)
    floors = tmp_path / "floors"
    pin(floors / "a.json", tmp_path, DRAFT)
    draft = Floor("dedup", ("absent/x.jsonl",), "", 0, {}, "")
    repin(report(), floors / "b.json", draft, corpus_sha256="abc")
    (floors / "c.json").write_text("{", encoding="utf-8")
    passed, skipped, broken = gate_all(floors, tmp_path)
    assert (passed.gate, passed.verdict) == ("a", Verdict.PASSED)
    assert "recall 1.0000" in passed.line()
    assert (skipped.verdict, skipped.problems) == (Verdict.SKIPPED, ("the set absent is not here",))
    assert broken.failed
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert gate_all(floors, tmp_path)[0].failed


def test_a_worse_program_fails_its_gate(tmp_path: Path) -> None:
    rows(tmp_path)
    pin(tmp_path / "floor.json", tmp_path, DRAFT)
    worse = EvalReport("dedup", 1, {"recall": 0.0, "precision": 1.0}, {})
    assert gate_one(tmp_path / "floor.json", tmp_path, lambda paths, options: worse).failed


def test_labelled_files_that_break_fail_the_gate(tmp_path: Path) -> None:
    path = rows(tmp_path)
    path.write_text("not json", encoding="utf-8")
    floor = Floor("dedup", DRAFT.files, corpus_hash([path]), 1, {}, "")
    repin(report(), tmp_path / "f.json", floor, corpus_sha256=corpus_hash([path]))
    assert "not JSON" in gate_one(tmp_path / "f.json", tmp_path).problems[0]


def test_an_unknown_evaluation_is_refused() -> None:
    with pytest.raises(GateError, match="astrology"):
        evaluation_named("astrology")


def test_the_noise_of_a_small_set_is_two_of_its_rows() -> None:
    assert noise(1000) == 0.002
    assert noise(100_000) == NOISE
    assert noise(0) == NOISE
    assert noise(3) == 0.01
