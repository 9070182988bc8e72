"""The size check: what it counts, and that only the hard limits fail."""

from __future__ import annotations

from pathlib import Path

import pytest
import sizes


def write(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def function(lines: int, parameters: str = "") -> str:
    return f"def made({parameters}):\n" + "    pass\n" * (lines - 1)


def test_a_function_of_sixty_lines_passes_and_one_more_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = write(tmp_path, "src/guanlan/analysis/long.py", function(60))
    assert sizes.main(tmp_path) == 0
    path.write_text(function(61))
    assert sizes.main(tmp_path) == 1
    assert "made: 61 lines, at most 60" in capsys.readouterr().err


def test_decorators_do_not_lengthen_a_function(tmp_path: Path):
    write(tmp_path, "src/guanlan/analysis/long.py", "@one\n@two\n" + function(60))
    assert sizes.main(tmp_path) == 0


def test_a_file_over_the_hard_limit_fails_and_one_over_the_soft_is_only_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = write(tmp_path, "src/guanlan/desk/events/services.py", "X = 1\n" * 600)
    assert sizes.main(tmp_path) == 0
    assert "long, look at it: src/guanlan/desk/events/services.py: 600 lines" in capsys.readouterr().out
    path.write_text("X = 1\n" * 601)
    assert sizes.main(tmp_path) == 1


@pytest.mark.parametrize(
    ("parameters", "fails"),
    [
        ("a, b, c, d, e", False),
        ("a, b, c, d, e, f", True),
        ("self, a, b, c, d, e", False),
        ("cls, a, b, c, d, e, f", True),
        ("a, *, b, c, d, e, f, g", False),
        ("a, b, c, /, d, e, f", True),
    ],
)
def test_only_parameters_that_may_be_passed_by_position_count(
    tmp_path: Path, parameters: str, *, fails: bool
):
    write(tmp_path, "scripts/one.py", function(3, parameters))
    assert sizes.main(tmp_path) == fails


def test_migrations_are_left_out_and_tests_are_counted_without_limits(tmp_path: Path):
    write(tmp_path, "src/guanlan/desk/events/migrations/0001_initial.py", function(900))
    write(tmp_path, "tests/desk/test_all.py", function(900))
    found = sizes.collect(tmp_path)
    assert found["tests"].functions == [900]
    assert "desk/events" not in found
    assert sizes.main(tmp_path) == 0


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("src/guanlan/cli.py", "guanlan"),
        ("src/guanlan/analysis/tone/model.py", "analysis"),
        ("src/guanlan/desk/settings.py", "desk"),
        ("src/guanlan/desk/events/views/page.py", "desk/events"),
        ("scripts/sizes.py", "scripts"),
    ],
)
def test_a_file_belongs_to_the_room_it_stands_in(tmp_path: Path, name: str, package: str):
    assert sizes.package_of(tmp_path / name, tmp_path) == package


@pytest.mark.parametrize(("values", "p95"), [([], 0), ([7], 7), (list(range(1, 101)), 95), ([1, 1, 9], 9)])
def test_percentile_takes_the_nearest_rank(values: list[int], p95: int):
    assert sizes.percentile(values, 0.95) == p95


def test_the_ratio_of_tests_to_product_is_printed(tmp_path: Path):
    write(tmp_path, "src/guanlan/cli.py", "X = 1\n" * 4)
    write(tmp_path, "tests/test_cli.py", "X = 1\n" * 5)
    assert "test lines per line of product: 1.25 (aim 1.0-1.5)" in sizes.table(sizes.collect(tmp_path))


def test_an_empty_module_counts_as_no_file(tmp_path: Path):
    write(tmp_path, "src/guanlan/desk/events/__init__.py", "")
    assert sizes.collect(tmp_path)["desk/events"].files == []
