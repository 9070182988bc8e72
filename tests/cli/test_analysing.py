"""`guanlan analyse -o`: in order, goes on where it stopped, and sets aside only what cannot be read."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guanlan.analysis import Analysed, RawItem
from guanlan.cli import analysing
from guanlan.cli.analysing import AnalyseError, AnalyseOptions, analyse_to
from guanlan.cli.resuming import OtherRunError, ResumableFile
from guanlan.engines import InlineEngine

OPTIONS = AnalyseOptions()
ROWS = 250


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    rows = [{"title": f"第{n}号楼停水", "content": f"{n}号楼停水，居民着急。"} for n in range(ROWS)]
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Stopping(InlineEngine):
    """Ends after its first batch, as a power cut would."""

    def run(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        for number, result in enumerate(super().run(*args, **kwargs)):
            if number:
                raise KeyboardInterrupt
            yield result


class Deadly(InlineEngine):
    """Loses every batch that holds the item with 毒 in it."""

    def run(
        self,
        function: Callable[[Any], Any],
        batches: Iterable[Any],
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> Iterator[Any]:
        def picky(batch: list[RawItem]) -> list[Analysed]:
            if any("毒" in item.body for item in batch):
                raise MemoryError("worker_killed")
            return list(function(batch))

        yield from super().run(picky, batches, initializer=initializer, initargs=initargs)


def stop_after_one_batch(posts: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(analysing, "engine_named", lambda *_: Stopping())
        analyse_to([posts], output, OPTIONS)


def test_lines_come_in_the_order_of_the_items(posts: Path, tmp_path: Path) -> None:
    counts = analyse_to([posts], tmp_path / "out.jsonl", OPTIONS)
    assert [line["title"] for line in lines_of(tmp_path / "out.jsonl")] == [
        f"第{n}号楼停水" for n in range(ROWS)
    ]
    assert counts == {"analysed": ROWS}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "posts.jsonl"]


def test_a_stopped_run_goes_on_and_ends_as_if_it_had_not_been_stopped(
    posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, output = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    analyse_to([posts], whole, OPTIONS)
    stop_after_one_batch(posts, output, monkeypatch)
    part = tmp_path / "out.jsonl.part"
    assert len(lines_of(part)) == analysing.BATCH
    assert not output.exists()
    with part.open("a", encoding="utf-8") as file:
        file.write('{"position": "half a li')
    judged: list[int] = []
    prepared = analysing.judge

    def counted(items: list[RawItem]) -> list[Analysed]:
        judged.append(len(items))
        return prepared(items)

    monkeypatch.setattr(analysing, "judge", counted)
    counts = analyse_to([posts], output, OPTIONS)
    assert output.read_bytes() == whole.read_bytes()
    assert counts == {"analysed": ROWS}
    assert sum(judged) == ROWS - analysing.BATCH


def test_other_themes_do_not_go_on_with_what_lies_there(
    posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, themes = tmp_path / "out.jsonl", tmp_path / "themes.json"
    stop_after_one_batch(posts, output, monkeypatch)
    themes.write_text('{"水": "停水"}', encoding="utf-8")
    with pytest.raises(AnalyseError, match="restart"):
        analyse_to([posts], output, AnalyseOptions(themes=themes))
    analyse_to([posts], output, AnalyseOptions(themes=themes, restart=True))
    assert all(line["themes"][0]["theme"] == "水" for line in lines_of(output))


def test_a_changed_input_is_not_gone_on_with(
    posts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out.jsonl"
    stop_after_one_batch(posts, output, monkeypatch)
    with posts.open("a", encoding="utf-8") as file:
        file.write('\n{"title": "多一条", "content": "多了一条。"}')
    with pytest.raises(AnalyseError, match="restart"):
        analyse_to([posts], output, OPTIONS)


def test_only_the_item_that_kills_its_worker_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"title": f"第{n}条", "content": "毒" if n == 7 else "停水三小时。"} for n in range(20)]
    given = tmp_path / "posts.jsonl"
    given.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    monkeypatch.setattr(analysing, "engine_named", lambda *_: Deadly())
    counts = analyse_to([given], tmp_path / "out.jsonl", OPTIONS)
    assert counts == {"analysed": 19, "quarantined": 1}
    lost = lines_of(tmp_path / "out.jsonl")[7]
    assert (lost["outcome"], lost["reason"]) == ("quarantined", "analysis_failed")
    assert lost["detail"] == "MemoryError: worker_killed"


def test_a_bad_row_has_a_line_of_its_own_between_the_good_ones(tmp_path: Path) -> None:
    given = tmp_path / "posts.jsonl"
    given.write_text('{"title": "甲", "content": "一"}\n{broken\n{"title": "乙", "content": "二"}\n', "utf-8")
    counts = analyse_to([given], tmp_path / "out.jsonl", OPTIONS)
    assert [line["outcome"] for line in lines_of(tmp_path / "out.jsonl")] == [None, "rejected", None]
    assert counts == {"analysed": 2, "rejected": 1}


@pytest.mark.parametrize(
    "rest", [b'{"position": "a:1"', b"\x00\x00\x00\n", b"[1, 2]\n"], ids=["half", "zeros", "list"]
)
def test_what_is_not_a_whole_line_is_cut(tmp_path: Path, rest: bytes) -> None:
    file = ResumableFile(tmp_path / "out.jsonl", {"version": "1"})
    with file.open() as target:
        target.write('{"position": "a:0", "outcome": null}\n')
    with file.part.open("ab") as part:
        part.write(rest)
    assert file.left().done == 1
    assert file.part.read_bytes() == b'{"position": "a:0", "outcome": null}\n'


def test_a_part_without_its_description_is_of_another_run(tmp_path: Path) -> None:
    file = ResumableFile(tmp_path / "out.jsonl", {})
    file.part.write_text("", encoding="utf-8")
    with pytest.raises(OtherRunError):
        file.left()
    file.forget()
    assert file.left() == type(file.left())()
