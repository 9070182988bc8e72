"""A visit to a mailbox: what it takes, what it leaves, and servers that mean no good."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from guanlan.collect import mailbox
from guanlan.collect.errors import Blocked, FetchError, GuardRefused, TooMuch, Unreachable
from guanlan.collect.files import BadRow, Item
from guanlan.collect.kinds import NotReadable
from guanlan.collect.letters import Letter, LetterOptions
from guanlan.collect.mailbox import STARTTLS, Mailbox, Visit, quoted
from tests.site.imap import CERTIFICATE, Folder, MailServer, imap_server, letter

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a body adds the root of its own mail server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.fixture
def server() -> Iterator[MailServer]:
    with imap_server() as running:
        yield running


def box(server: MailServer, **fields: object) -> Mailbox:
    made = Mailbox(
        host="127.0.0.1",
        user="shuji@a.example",
        password=server.password,
        port=server.port,
        inner=(f"127.0.0.1:{server.port}",),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def titles(letters: tuple[Letter, ...]) -> list[str]:
    return [one.raw.title for each in letters for one in each.entries if isinstance(one, Item)]


def test_a_visit_takes_the_letters_and_leaves_no_trace(server: MailServer) -> None:
    server.put(letter("一"), letter("二", mid="<2@a.example>"))
    post = Visit(box(server)).run({}, NOW)
    assert titles(post.letters) == ["一", "二"]
    assert post.seen == {"INBOX": (7, 2)}
    assert any(said.startswith("EXAMINE") for said in server.said)
    assert not any(word in said for said in server.said for word in ("SELECT", "STORE", "BODY[]", "EXPUNGE"))
    assert any("BODY.PEEK[]" in said for said in server.said)


def test_the_next_visit_takes_only_what_is_above(server: MailServer) -> None:
    server.put(letter("一"))
    seen = Visit(box(server)).run({}, NOW).seen
    assert Visit(box(server)).run(seen, NOW).letters == ()
    server.put(letter("二", mid="<2@a.example>"))
    assert titles(Visit(box(server)).run(seen, NOW).letters) == ["二"]


def test_a_folder_that_was_made_anew_is_read_from_its_beginning(server: MailServer) -> None:
    server.put(letter("一"))
    post = Visit(box(server)).run({"INBOX": (6, 900)}, NOW)
    assert titles(post.letters) == ["一"]
    assert post.seen == {"INBOX": (7, 1)}
    assert any("SINCE 24-Oct-2026" in said for said in server.said)


def test_more_letters_than_a_visit_takes_wait_for_the_next(server: MailServer) -> None:
    server.put(*(letter(str(n), mid=f"<{n}@a.example>") for n in range(7)))
    few = box(server, most_letters=3)
    post = Visit(few).run({}, NOW)
    assert (titles(post.letters), post.left) == (["0", "1", "2"], 4)
    post = Visit(few).run(post.seen, NOW)
    assert (titles(post.letters), post.left) == (["3", "4", "5"], 1)


def test_only_named_folders_are_read_also_chinese_ones(server: MailServer) -> None:
    server.put(letter("收件箱的"))
    server.put(letter("群众来信的"), folder="&f6RPF2dlT+E-")
    post = Visit(box(server, folders=("群众来信",))).run({}, NOW)
    assert titles(post.letters) == ["群众来信的"]
    assert post.seen == {"群众来信": (7, 1)}


def test_starttls_speaks_in_the_clear_only_before_it() -> None:
    with imap_server(tls=False) as server:
        server.put(letter("一"))
        post = Visit(box(server, security=STARTTLS)).run({}, NOW)
    assert titles(post.letters) == ["一"]
    said = [line.split(" ")[0] for line in server.said]
    assert said.index("STARTTLS") < said.index("LOGIN")


def test_a_letter_that_is_too_large_is_told_and_never_fetched(server: MailServer) -> None:
    server.put(letter("大", body="字" * 5000), letter("小", mid="<2@a.example>"))
    post = Visit(box(server, letters=LetterOptions(most_bytes=4000))).run({}, NOW)
    (large,) = post.letters[0].entries
    assert isinstance(large, BadRow)
    assert large.reason == "too_large"
    assert titles(post.letters) == ["小"]
    assert sum("BODY.PEEK" in said for said in server.said) == 1


def reason(server: MailServer, **fields: object) -> tuple[type[Exception], str]:
    with pytest.raises((FetchError, NotReadable)) as caught:
        Visit(box(server, **fields)).run({}, NOW)
    return type(caught.value), caught.value.reason  # type: ignore[attr-defined]


def test_whatever_goes_wrong_has_a_name(server: MailServer) -> None:
    server.put(letter())
    assert reason(server, password="wrong") == (Blocked, "login")
    assert reason(server, password="") == (NotReadable, "no_password")
    assert reason(server, password="x\r\nA1 LOGOUT") == (Blocked, "login")
    assert reason(server, user="汉字") == (Blocked, "login")
    assert reason(server, folders=("没有",)) == (NotReadable, "no_folder")
    assert reason(server, folders=("a\r\nb",)) == (NotReadable, "no_folder")
    assert reason(server, inner=()) == (GuardRefused, "port")
    assert reason(server, inner=(), port=993) == (GuardRefused, "inside")
    assert reason(server, inner=(), host="10.0.0.1", port=0) == (GuardRefused, "inside")
    assert not any("LOGOUT" in said for said in server.said)


def test_a_name_that_leads_inside_is_refused_when_it_is_called(server: MailServer) -> None:
    visit = Visit(
        box(server, host="mail.example.org", port=0, inner=()), lambda *_: ["93.184.216.34", "127.0.0.1"]
    )
    with pytest.raises(GuardRefused):
        visit.run({}, NOW)


def test_a_certificate_of_somebody_else_is_refused(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert reason(server) == (Unreachable, "tls")
    assert not any("LOGIN" in said for said in server.said)


def test_a_server_that_floods_is_left(server: MailServer) -> None:
    server.flood = True
    server.put(letter())
    assert reason(server) == (TooMuch, "too_large")


def test_a_server_that_never_answers_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "VISIT_SECONDS", 0.2)
    with imap_server(silent=True) as server:
        assert reason(server) == (Unreachable, "timeout")


def test_a_server_that_is_none_is_told(server: MailServer) -> None:
    server.tls = False
    assert reason(server)[0] is Unreachable


def test_stopping_from_another_thread_ends_a_visit() -> None:
    with imap_server(silent=True) as server:
        visit = Visit(box(server))
        ended: list[str] = []

        def run() -> None:
            with pytest.raises(Unreachable) as caught:
                visit.run({}, NOW)
            ended.append(caught.value.reason)

        thread = threading.Thread(target=run)
        thread.start()
        threading.Timer(0.2, visit.stop).start()
        thread.join(10)
    assert ended in (["broken_off"], ["connect"])


def test_a_password_is_not_shown_by_accident(server: MailServer) -> None:
    assert server.password not in repr(box(server))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("台北", '"&U,BTFw-"'),  # RFC 3501, section 5.1.3
        ("日本語", '"&ZeVnLIqe-"'),
        ("a&b", '"a&-b"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
    ],
)
def test_folders_are_written_as_the_standard_says(name: str, written: str) -> None:
    assert quoted(name) == written


def test_an_empty_folder_is_a_visit_without_letters(server: MailServer) -> None:
    server.folders["INBOX"] = Folder(validity=3)
    assert Visit(box(server)).run({}, NOW).seen == {"INBOX": (3, 0)}
