"""A wrong setting of the time-stamp authority is said before anything is asked, with what to do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from guanlan.desk.documents.stamp_checks import check_time_stamps
from tests.site.authority import Authority


@pytest.fixture
def good(settings: Any, tmp_path: Path, now: datetime) -> Any:
    path = tmp_path / "root.pem"
    path.write_bytes(Authority(now).pem)
    settings.TIMESTAMP_URL, settings.TIMESTAMP_CA = "https://tsa.example.cn/stamp", str(path)
    return settings


def found() -> list[str]:
    messages = check_time_stamps(None)
    assert all(message.hint for message in messages)
    return [str(message.id) for message in messages]


def test_off_and_right_are_both_quiet(settings: Any, good: Any) -> None:
    assert found() == []
    good.TIMESTAMP_POLICY, good.TIMESTAMP_LOGIN, good.TIMESTAMP_MINUTES = "1.2.156.1", "a:b", 1
    assert found() == []
    good.TIMESTAMP_URL, good.TIMESTAMP_CA, good.TIMESTAMP_POLICY = "", "/nowhere", "x"
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("URL", "tsa.example.cn", "guanlan.E007"),
        ("URL", "ftp://tsa.example.cn/", "guanlan.E007"),
        ("URL", "http://127.0.0.1:318/", "guanlan.E007"),
        ("CA", "", "guanlan.E008"),
        ("CA", "/nowhere/root.pem", "guanlan.E008"),
        ("POLICY", "the usual one", "guanlan.E009"),
        ("MINUTES", 0, "guanlan.E010"),
    ],
)
def test_each_wrong_setting_has_its_id_and_a_hint(good: Any, name: str, value: object, code: str) -> None:
    setattr(good, f"TIMESTAMP_{name}", value)
    assert found() == [code]


def test_a_file_without_a_root_is_refused(good: Any, tmp_path: Path, now: datetime) -> None:
    authority = Authority(now)
    (tmp_path / "root.pem").write_text("no certificate")
    assert found() == ["guanlan.E008"]
    (tmp_path / "root.pem").write_bytes(authority.signer_pem)
    assert found() == ["guanlan.E008"]


def test_a_log_in_over_plain_http_is_warned_of(good: Any) -> None:
    good.TIMESTAMP_URL, good.TIMESTAMP_LOGIN = "http://tsa.example.cn/", "a:b"
    assert found() == ["guanlan.W011"]


def test_a_host_inside_that_was_named_may_be_asked(good: Any) -> None:
    good.TIMESTAMP_URL, good.COLLECT_INNER_HOSTS = "http://10.1.2.3:318/", ["10.1.2.3:318"]
    assert found() == []
