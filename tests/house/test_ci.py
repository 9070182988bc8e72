"""What CI adds: a skipped test fails, and a PostgreSQL is found or its lack is said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import postgres_url
import psycopg
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


TESTS = """
import pytest

@pytest.mark.skip(reason="no chromium")
def test_marked(): pass

def test_inside(): pytest.skip("no data")

def test_other_database(): pytest.skip("needs PostgreSQL")

@pytest.mark.skipif(True, reason="SQLite only")
def test_other_database_marked(): pass

def test_good(): pass

def test_bad(): assert 0
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest prints of TESTS with the plugin, in a process and a folder of their own."""
    folder = tmp_path_factory.mktemp("ci")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_one.py").write_text(TESTS, encoding="utf-8")
    (folder / "test_two.py").write_text(
        "import pytest\n\npytest.importorskip('no_such_module')\n", encoding="utf-8"
    )
    plain = ["-p", "no_skips", "-p", "no:django", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, "-rA", "-q", "--continue-on-collection-errors"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS), "PYTEST_ADDOPTS": "--no-fold-skipped"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    return result.stdout


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("test_marked", "ERROR"),
        ("test_inside", "FAILED"),
        ("test_other_database", "SKIPPED"),
        ("test_other_database_marked", "SKIPPED"),
        ("test_good", "PASSED"),
        ("test_bad", "FAILED"),
    ],
)
def test_a_skip_fails_unless_the_other_run_has_it(said: str, test: str, outcome: str):
    assert re.search(rf"^{outcome} .*test_one\.py::{test}\b", said, re.MULTILINE)


def test_a_skip_that_fails_gives_its_reason(said: str):
    assert (
        "test_one.py::test_marked was skipped (Skipped: no chromium); in CI everything must be there" in said
    )


def test_a_module_that_skips_itself_fails_too(said: str):
    assert re.search(r"^ERROR test_two\.py", said, re.MULTILINE)


def test_the_named_server_is_the_only_one_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GUANLAN_TEST_POSTGRES", "postgres://me:secret@db.example:6543/")
    assert postgres_url.candidates() == ["postgres://me:secret@db.example:6543"]


def test_without_a_name_this_machine_is_tried_with_the_usual_accounts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GUANLAN_TEST_POSTGRES", raising=False)
    monkeypatch.setenv("PGPORT", "7777")
    assert postgres_url.candidates()[-1] == "postgres://postgres@127.0.0.1:7777"


def test_no_server_is_said_without_giving_the_password_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("GUANLAN_TEST_POSTGRES", "postgres://me:secret@db.example:6543")

    def refuse(server: str) -> None:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(postgres_url, "prepare", refuse)
    assert postgres_url.main() == 1
    printed = capsys.readouterr()
    assert "no PostgreSQL to test on: db.example: connection refused" in printed.err
    assert "secret" not in printed.err + printed.out


def test_the_first_server_that_lets_us_in_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("GUANLAN_TEST_POSTGRES", raising=False)
    monkeypatch.delenv("PGPORT", raising=False)

    def only_postgres(server: str) -> None:
        if "postgres@" not in server:
            raise psycopg.OperationalError("role does not exist")

    monkeypatch.setattr(postgres_url, "prepare", only_postgres)
    assert postgres_url.main() == 0
    assert capsys.readouterr().out.strip().endswith("postgres@127.0.0.1:5432/guanlan_scratch")
