"""Settings from the environment."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from guanlan.desk.common.env import Env, SettingError, read_dotenv, stored_secret


def test_flags_are_read_in_words_and_numbers() -> None:
    env = Env({"A": "yes", "B": "0", "C": ""})
    assert env.flag("A", False) is True
    assert env.flag("B", True) is False
    assert env.flag("C", True) is True
    assert env.flag("D", False) is False


@pytest.mark.parametrize(("name", "value"), [("F", "perhaps"), ("N", "twelve")])
def test_nonsense_names_the_variable(name: str, value: str) -> None:
    env = Env({name: value})
    with pytest.raises(SettingError, match=name):
        env.flag(name, False) if name == "F" else env.integer(name, 1)


def test_a_secret_file_wins_over_the_variable(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    env = Env({"KEY": "from-variable", "KEY_FILE": str(tmp_path / "key")})
    assert env.secret("KEY", "") == "from-file"


def test_a_missing_secret_file_is_an_error_not_an_empty_secret() -> None:
    with pytest.raises(SettingError, match="KEY_FILE"):
        Env({"KEY_FILE": "/nowhere/at/all"}).secret("KEY", "")


def test_dotenv_reads_names_quotes_and_comments(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text('# a comment = no\nGUANLAN_A="one"\n\nGUANLAN_B=two=2\n')
    assert read_dotenv(path) == {"GUANLAN_A": "one", "GUANLAN_B": "two=2"}


def test_the_stored_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret_key"
    first = stored_secret(path)
    assert stored_secret(path) == first
    assert len(first) > 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sqlite_is_the_default_with_immediate_transactions(tmp_path: Path) -> None:
    settings = Env({}).database("URL", tmp_path / "a.sqlite3")
    assert settings["ENGINE"].endswith("sqlite3")
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in settings["OPTIONS"]["init_command"]


def test_a_postgres_address_is_taken_apart(tmp_path: Path) -> None:
    env = Env({"URL": "postgres://li%40na:p%2Fw@db.example:5433/guan%20lan"})
    settings = env.database("URL", tmp_path / "unused")
    assert (settings["USER"], settings["PASSWORD"]) == ("li@na", "p/w")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", "5433", "guan lan")


def test_another_database_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="mysql"):
        Env({"URL": "mysql://x/y"}).database("URL", tmp_path / "unused")
