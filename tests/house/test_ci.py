"""What CI adds: a skipped test fails, and a PostgreSQL is found or its lack is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import postgres_url
import psycopg
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run_in_ci(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Runs one test file in a process of its own, with the plugin and without our settings."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_one.py").write_text(f"import pytest\n\n{test}", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no_skips",
        "-p",
        "no:django",
        "-p",
        "no:cacheprovider",
        "-q",
    ]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("test", "status", "says"),
    [
        (
            "@pytest.mark.skip(reason='no chromium')\ndef test_page(): pass\n",
            1,
            "skipped (Skipped: no chromium)",
        ),
        ("def test_page():\n    pytest.skip('no data')\n", 1, "in CI everything must be there"),
        ("def test_page():\n    pytest.skip('needs PostgreSQL')\n", 0, "1 skipped"),
        ("@pytest.mark.skipif(True, reason='SQLite only')\ndef test_page(): pass\n", 0, "1 skipped"),
        ("def test_page(): pass\n", 0, "1 passed"),
        ("def test_page(): assert 0\n", 1, "1 failed"),
    ],
)
def test_a_skip_fails_unless_the_other_run_has_it(tmp_path: Path, test: str, status: int, says: str):
    result = run_in_ci(tmp_path, test)
    assert result.returncode == status
    assert says in result.stdout


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
