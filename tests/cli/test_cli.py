"""The command line as a person meets it: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from docx import Document as WordFile

from guanlan.cli import main
from guanlan.desk.audit.models import AuditEntry
from guanlan.desk.documents.models import Capture, Document
from guanlan.desk.organisation.models import Unit, User
from guanlan.desk.sources.models import FetchRun, Source
from tests.desk.tampering import tamper

BODY = "云川县网信办"
OUTCOMES = ("stored", "duplicate", "off_topic", "rejected", "quarantined")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> Any:
        """The JSON object in the last line of standard output."""
        return json.loads(self.out.splitlines()[-1])


Command = Callable[..., Ran]


@pytest.fixture
def guanlan(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, on the database of the tests."""
    monkeypatch.setenv("GUANLAN_LANGUAGE", "zh")

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["guanlan", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def made(db: None, guanlan: Command) -> str:
    """A body made by ``init``; gives the one-time password."""
    ran = guanlan("init", "--profile", "county", "--name", BODY)
    assert ran.code == 0
    return word_in(ran.out)


def word_in(text: str) -> str:
    found = re.search(r"一次性密码 (\S+)", text)
    assert found, text
    return found[1]


def refused(ran: Ran, *parts: str) -> None:
    """Status 1, one sentence that names the cause, nothing on standard output."""
    assert ran.code == 1
    assert ran.out == ""
    assert len(ran.err.strip().splitlines()) == 1
    for part in parts:
        assert part in ran.err


def test_help_names_every_verb(guanlan: Command) -> None:
    ran = guanlan("--help")
    assert ran.code == 0
    for verb in (
        "init", "demo", "password", "up", "web", "work", "clock", "ingest", "analyse", "brief", "eval", "bench",
        "doctor", "audit", "captures", "manage",
    ):  # fmt: skip
        assert re.search(rf"^\W*{verb}\b", ran.out, re.MULTILINE), verb


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["ingest"], ["init"], ["work", "--processes", "many"], ["brief", "--colour", "red"]],
)
def test_wrong_use_is_status_two(guanlan: Command, arguments: list[str]) -> None:
    ran = guanlan(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_init_makes_a_body_whose_one_time_password_must_be_changed(made: str) -> None:
    assert Unit.objects.get().name == BODY
    admin = User.objects.get()
    assert admin.check_password(made)
    assert admin.must_change_password


def test_a_second_body_is_refused_and_the_first_stays(made: str, guanlan: Command) -> None:
    refused(guanlan("init", "--name", "另一个县"), BODY, "GUANLAN_DATA")
    assert Unit.objects.get().name == BODY
    assert User.objects.get().check_password(made)


@pytest.mark.django_db
def test_an_unknown_profile_makes_nothing(guanlan: Command) -> None:
    refused(guanlan("init", "--profile", "moon", "--name", BODY), "moon")
    assert not Unit.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments", [["ingest", "-"], ["brief"], ["audit", "verify"], ["password", "admin"]]
)
def test_without_a_body_each_command_points_to_init(guanlan: Command, arguments: list[str]) -> None:
    refused(guanlan(*arguments), "guanlan init")


def test_the_sentences_are_english_where_the_user_reads_english(
    made: str, guanlan: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUANLAN_LANGUAGE", "en")
    refused(guanlan("init", "--name", "x"), "There is a body here already")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files as they come: three that can be read, three with something wrong."""
    place = tmp_path / "收件"
    place.mkdir()
    lines = [json.dumps({"title": f"云川县城第{n}天停水", "body": f"自来水停了{n}天。"}) for n in range(3)]
    (place / "a.jsonl").write_text("\n".join([*lines, "{broken"]), encoding="utf-8")
    (place / "b.csv").write_bytes("标题,内容,手机\n云川修路,城关镇修路占道,13900000000\n".encode("gb18030"))
    (place / "c.html").write_text(
        "<html><head><title>云川县自来水水质公示</title></head><body><article><h1>云川县自来水水质公示</h1>"
        f"<p>{'本月云川县城自来水水质检测全部合格，结果现予公布。' * 6}</p></article></body></html>",
        encoding="utf-8",
    )
    (place / "d.html").write_bytes(b"")
    (place / "e.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (place / "f.bin").write_bytes(bytes(range(256)) * 8)
    return place


def adds_up(counts: dict[str, int]) -> bool:
    return counts["fetched"] == sum(counts[name] for name in OUTCOMES)


def test_ingest_counts_good_and_bad_files_and_names_the_bad(
    made: str, guanlan: Command, folder: Path
) -> None:
    ran = guanlan("ingest", "--json", str(folder))
    assert ran.code == 0
    assert set(ran.last) == {"fetched", *OUTCOMES}
    assert adds_up(ran.last)
    assert ran.last["stored"] + ran.last["off_topic"] == 5
    assert ran.last["rejected"] == 4
    for name in ("a.jsonl", "d.html", "e.xlsx", "f.bin"):
        assert name in ran.err
    assert not Document.objects.filter(text__contains="13900000000").exists()
    run = FetchRun.objects.get()
    assert (run.state, run.fetched, run.stored) == ("done", ran.last["fetched"], ran.last["stored"])


def test_ingest_says_the_counts_in_words(made: str, guanlan: Command, folder: Path) -> None:
    ran = guanlan("ingest", str(folder / "a.jsonl"))
    numbers = [int(number) for number in re.findall(r"\d+", ran.out.splitlines()[-1])]
    assert numbers[0] == sum(numbers[1:]) == 4
    assert "a.jsonl" in ran.err


def test_what_was_read_from_standard_input_is_the_same_as_from_the_file(
    made: str, guanlan: Command, folder: Path
) -> None:
    first = guanlan("ingest", "--json", "-", stdin=(folder / "a.jsonl").read_bytes())
    assert adds_up(first.last)
    assert (first.last["fetched"], first.last["rejected"]) == (4, 1)
    again = guanlan("ingest", "--json", str(folder / "a.jsonl"))
    assert (again.last["duplicate"], again.last["rejected"]) == (3, 1)


def test_several_paths_are_one_run(made: str, guanlan: Command, folder: Path) -> None:
    ran = guanlan("ingest", "--json", str(folder / "a.jsonl"), str(folder / "b.csv"))
    assert (ran.code, ran.last["fetched"]) == (0, 5)
    assert FetchRun.objects.count() == 1


def test_a_file_full_of_rubbish_still_ends_well(made: str, guanlan: Command, folder: Path) -> None:
    ran = guanlan("ingest", "--json", str(folder / "f.bin"))
    assert (ran.code, ran.last["fetched"], ran.last["rejected"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nowhere.csv"], "nowhere.csv"),
        (["-", "--source", "moon"], "moon"),
        (["-", "--unit", "moon"], "moon"),
    ],
)
def test_ingest_begins_nothing_with_a_path_source_or_unit_that_is_not_there(
    made: str, guanlan: Command, arguments: list[str], named: str
) -> None:
    refused(guanlan("ingest", *arguments), named)
    assert not FetchRun.objects.exists()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """More records than a batch holds, with a broken one on the way."""
    lines = [json.dumps({"title": f"第{n}号", "body": f"第{n}号：自来水发黄。"}) for n in range(230)]
    lines[117] = "{broken"
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("engine", ["inline", "processes"])
def test_analyse_writes_a_line_for_each_record_in_order_without_a_database(
    guanlan: Command, many: Path, tmp_path: Path, engine: str
) -> None:
    themes = tmp_path / "themes.json"
    themes.write_text(json.dumps({"供水": "任一: 自来水"}), encoding="utf-8")
    target = tmp_path / "out.jsonl"
    ran = guanlan("analyse", str(many), "-o", str(target), "--themes", str(themes), "--engine", engine)
    assert (ran.code, ran.out) == (0, "")
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 230
    assert [line["outcome"] for line in lines].index("rejected") == 117
    titles = [line["title"] for line in lines if line["outcome"] is None]
    assert titles == [f"第{n}号" for n in range(230) if n != 117]
    assert {hit["theme"] for line in lines if line["outcome"] is None for hit in line["themes"]} == {"供水"}


def test_analyse_writes_to_standard_output_where_no_file_is_named(guanlan: Command, many: Path) -> None:
    ran = guanlan("analyse", str(many))
    assert ran.code == 0
    assert len([json.loads(line) for line in ran.out.splitlines()]) == 230
    assert "rejected=1" in ran.err


@pytest.mark.parametrize(
    "options", [["--themes", "nowhere.json"], ["-o", "no/such/folder/out.jsonl"], ["--engine", "steam"]]
)
def test_analyse_says_what_it_cannot_do_in_one_sentence(
    guanlan: Command, many: Path, options: list[str]
) -> None:
    refused(guanlan("analyse", str(many), *options), options[1])


def test_analyse_of_a_file_that_is_not_there_says_so(guanlan: Command, tmp_path: Path) -> None:
    refused(guanlan("analyse", str(tmp_path / "nowhere.csv")), "nowhere.csv")


def test_the_brief_is_written_in_each_format_and_its_paths_are_printed(
    made: str, guanlan: Command, folder: Path, tmp_path: Path
) -> None:
    guanlan("ingest", str(folder))
    ran = guanlan("brief", "--format", "docx,md", "-o", str(tmp_path / "纸"))
    assert ran.code == 0
    word, text = (Path(line) for line in ran.out.splitlines())
    assert (word.suffix, text.suffix) == (".docx", ".md")
    assert BODY in text.read_text(encoding="utf-8")
    assert BODY in "".join(node.text or "" for node in WordFile(str(word)).element.body.iter())


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--format", "papyrus"], "papyrus"),
        (["--date", "昨天"], "昨天"),
        (["--date", "2199-01-01"], "2199-01-01"),
        (["--unit", "moon"], "moon"),
    ],
)
def test_a_brief_that_cannot_be_is_refused_and_leaves_no_file(
    made: str, guanlan: Command, tmp_path: Path, options: list[str], named: str
) -> None:
    refused(guanlan("brief", "-o", str(tmp_path / "out"), *options), named)
    assert not (tmp_path / "out").exists()


def test_the_brief_of_a_past_day_carries_that_day(made: str, guanlan: Command, tmp_path: Path) -> None:
    ran = guanlan("brief", "--date", "2026-03-02", "--format", "json", "-o", str(tmp_path))
    facts = json.loads(Path(ran.out.strip()).read_text(encoding="utf-8"))
    assert date.fromisoformat(facts["day"]) == date(2026, 3, 2)


def test_a_whole_chain_is_told_with_its_length(made: str, guanlan: Command) -> None:
    entries = AuditEntry.objects.count()
    assert entries > 0
    ran = guanlan("audit", "verify")
    assert ran.code == 0
    assert f"共 {entries} 条" in ran.out
    assert guanlan("audit", "verify", "--json").last == {"good": entries, "broken": None, "cause": ""}


@pytest.mark.parametrize(
    ("statement", "cause", "words"),
    [
        ("UPDATE audit_auditentry SET actor = 'X' WHERE id = 2", "altered", "被改动"),
        ("DELETE FROM audit_auditentry WHERE id = 2", "missing", "缺失"),
    ],
)
def test_a_tampered_chain_is_status_one_and_names_the_entry(
    made: str, guanlan: Command, statement: str, cause: str, words: str
) -> None:
    guanlan("password", "admin")
    guanlan("password", "admin")
    tamper(statement)
    refused(guanlan("audit", "verify"), "第 2 条", words, "前 1 条完好")
    told = guanlan("audit", "verify", "--json")
    assert (told.code, told.last) == (1, {"good": 1, "broken": 2, "cause": cause})


def test_doctor_says_one_thing_a_line_and_agrees_with_its_status(made: str, guanlan: Command) -> None:
    plain, told = guanlan("doctor"), guanlan("doctor", "--json")
    findings = told.last
    assert {finding["state"] for finding in findings} <= {"ok", "warn", "bad"}
    assert len(plain.out.splitlines()) == len(findings)
    assert plain.code == told.code == int(any(finding["state"] == "bad" for finding in findings))
    named = {finding["name"]: finding["state"] for finding in findings}
    assert (named["数据库"], named["审计链"], named["语气模型"]) == ("ok", "ok", "ok")
    assert named["诉求类别模型"] == "ok"


def test_doctor_finds_a_broken_chain(made: str, guanlan: Command) -> None:
    tamper("UPDATE audit_auditentry SET actor = 'X' WHERE id = 1")
    ran = guanlan("doctor")
    assert ran.code == 1
    assert re.search(r"^✗ 审计链：", ran.out, re.MULTILINE)


def test_captures_are_whole_until_one_byte_changes(
    made: str, guanlan: Command, folder: Path, settings: Any
) -> None:
    guanlan("ingest", str(folder / "c.html"))
    kept = Capture.objects.get()
    assert guanlan("captures", "verify").code == 0
    (file,) = (path for path in Path(settings.CAPTURE_ROOT).rglob("*") if path.is_file())
    file.write_bytes(b"something else")
    told = guanlan("captures", "verify", "--json")
    assert told.code == 1
    assert [fault["sha256"] for fault in told.last["faults"]] == [kept.pk]


def test_work_refuses_an_engine_that_is_not_there(made: str, guanlan: Command) -> None:
    refused(guanlan("work", "--engine", "steam"), "steam")


def test_a_reset_password_replaces_the_old_one(made: str, guanlan: Command) -> None:
    ran = guanlan("password", "admin")
    assert ran.code == 0
    fresh, admin = word_in(ran.out), User.objects.get()
    assert fresh != made
    assert admin.check_password(fresh)
    assert not admin.check_password(made)
    assert admin.must_change_password


def test_nobody_gets_a_password_for_an_account_that_is_not_there(made: str, guanlan: Command) -> None:
    refused(guanlan("password", "nobody"), "nobody")


def test_manage_passes_a_command_on_to_django(made: str, guanlan: Command) -> None:
    ran = guanlan("manage", "check", "--tag", "models")
    assert ran.code == 0
    assert "System check" in ran.out


@pytest.mark.parametrize(
    ("name", "value"), [("GUANLAN_WORK_PROCESSES", "many"), ("GUANLAN_DATABASE_URL", "oracle://somewhere/x")]
)
def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    """In a process of its own: settings are read once."""
    kept = {key: kept for key, kept in os.environ.items() if not key.startswith(("GUANLAN_", "DJANGO_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "guanlan.cli", "doctor"],
        cwd=tmp_path,
        env={**kept, "GUANLAN_DATA": str(tmp_path), name: value, "GUANLAN_LANGUAGE": "zh"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    refused(Ran(ran.returncode, ran.stdout, ran.stderr), name, "设置有误")


def test_a_zip_is_read_file_by_file(made: str, guanlan: Command, folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as target:
        for path in sorted(folder.iterdir()):
            target.write(path, path.name)
    ran = guanlan("ingest", "--json", str(packed))
    assert adds_up(ran.last)
    assert ran.last["stored"] + ran.last["off_topic"] == 5


def test_a_wrong_option_leaves_an_earlier_result_as_it_was(tmp_path: Path, guanlan: Command) -> None:
    page, kept, broken = (tmp_path / name for name in ("a.txt", "out.jsonl", "themes.json"))
    page.write_text("城关镇停水了", encoding="utf-8")
    kept.write_text("earlier\n", encoding="utf-8")
    broken.write_text("{", encoding="utf-8")
    assert guanlan("analyse", str(page), "-o", str(kept), "--themes", str(broken)).code == 1
    assert kept.read_text("utf-8") == "earlier\n"
    assert not list(tmp_path.glob("*.part"))
    assert guanlan("analyse", str(page), "-o", str(kept)).code == 0
    assert "城关镇停水了" in kept.read_text("utf-8")


def test_a_body_teaches_its_own_tone_or_is_told_why_not(
    made: str, guanlan: Command, settings: LazySettings, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    refused(guanlan("train", "tone-body"), "未采用", "0 条")
    told = guanlan("train", "tone-body", "--json")
    assert (told.code, told.last["reason"]) == (1, "too_few")
    back = guanlan("train", "tone-body", "--back")
    assert (back.code, "本来就用随程序的模型" in back.out) == (0, True)


def test_doctor_names_a_tone_correction_that_is_not_used(
    made: str, guanlan: Command, settings: LazySettings, tmp_path: Path
) -> None:
    settings.DATA = tmp_path
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "tone-body.json").write_text("{}")
    named = {row["name"]: row["state"] for row in guanlan("doctor", "--json").last}
    assert named["本单位语气校正"] == "warn"


def test_doctor_calls_a_missing_browser_a_fault_only_when_a_source_needs_it(
    made: str, guanlan: Command, settings: LazySettings
) -> None:
    settings.CHROMIUM = "off"
    named = {row["name"]: row for row in guanlan("doctor", "--json").last}
    assert named["浏览器"]["state"] == "ok"
    Source.objects.filter(pk=Source.objects.order_by("pk")[0].pk).update(
        options={"render": True}, active=True
    )
    named = {row["name"]: row for row in guanlan("doctor", "--json").last}
    assert named["浏览器"]["state"] == "bad"
    assert "1 个信源" in named["浏览器"]["text"]
