"""What was seen is there again after a restart, also when the power went in the middle of a record."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanlan.analysis.errors import ModelError
from guanlan.analysis.fingerprint import fingerprint
from guanlan.analysis.near_duplicates import NearDuplicateIndex, NearDuplicateJournal
from guanlan.analysis.near_duplicates.records import Forgotten, Record, frame, read_frames

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def text(seed: int, size: int = 60) -> str:
    draw = random.Random(seed)
    return "".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(size))


TEXTS = [text(seed, size) for seed, size in enumerate((60, 20, 8, 450, 900, 60))] + [
    text(0),
    "收费300元" + text(9),
]


def begun(directory: Path) -> NearDuplicateJournal:
    journal = NearDuplicateJournal(directory)
    for key, one in enumerate(TEXTS):
        journal.add(key, fingerprint(one), one, DAY + timedelta(days=key))
    return journal


def answers(index: NearDuplicateIndex | NearDuplicateJournal) -> list[object]:
    asked = [one[:-2] + "某某" for one in TEXTS] + TEXTS
    return [index.query(fingerprint(one), one) for one in asked]


def test_a_journal_opened_again_answers_the_same(tmp_path: Path) -> None:
    with begun(tmp_path / "near") as journal:
        before = answers(journal)
        assert len(journal) == len(TEXTS)
    for _ in range(2):
        with NearDuplicateJournal(tmp_path / "near") as again:
            assert (answers(again), again.cut, 3 in again) == (before, 0, True)


def test_what_was_forgotten_or_expired_stays_so(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        journal.forget([3, 77])
        assert journal.expire(DAY + timedelta(days=2)) == 2
        before = answers(journal)
    with NearDuplicateJournal(tmp_path) as again:
        assert [key for key in range(len(TEXTS)) if key in again] == [2, 4, 5, 6, 7]
        assert answers(again) == before


def test_a_checkpoint_keeps_everything_and_empties_the_log(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        before = answers(journal)
        journal.checkpoint()
        assert (tmp_path / "log").stat().st_size == 8
        journal.forget([5])
    with NearDuplicateJournal(tmp_path) as again:
        assert (len(again), 5 in again) == (len(TEXTS) - 1, False)
        again.add(5, fingerprint(TEXTS[5]), TEXTS[5])
        assert answers(again) == before


def test_a_log_left_beside_a_newer_snapshot_does_no_harm(tmp_path: Path) -> None:
    with begun(tmp_path) as journal:
        journal.forget([1])
        journal.sync()
        log = (tmp_path / "log").read_bytes()
        before = answers(journal)
        journal.checkpoint()
    (tmp_path / "log").write_bytes(log)
    with NearDuplicateJournal(tmp_path) as again:
        assert (len(again), answers(again)) == (len(TEXTS) - 1, before)


def test_a_stream_is_written_down_as_it_is_seen(tmp_path: Path) -> None:
    with NearDuplicateJournal(tmp_path) as journal:
        found = [near for _, near in journal.seen_texts(enumerate(TEXTS), DAY)]
        assert [one.key for one in found[6]] == [0]
    with NearDuplicateJournal(tmp_path) as again:
        assert len(again) == len(TEXTS)
        assert again.expire(DAY + timedelta(seconds=1)) == len(TEXTS)


@given(st.integers(0, 400))
@settings(max_examples=30, deadline=None)
def test_a_half_written_end_is_cut_and_counted(
    tmp_path_factory: pytest.TempPathFactory, missing: int
) -> None:
    directory = tmp_path_factory.mktemp("near")
    with begun(directory):
        pass
    whole = (directory / "log").read_bytes()
    short = whole[: len(whole) - missing]
    (directory / "log").write_bytes(short)
    ends = [8, *(end for _, end in read_frames(whole))]
    last = max(end for end in ends if end <= len(short))
    with NearDuplicateJournal(directory) as journal:
        assert (journal.cut, len(journal)) == (len(short) - last, ends.index(last))
        journal.add(50, fingerprint("再来一段新的文字说的是别的事"), "再来一段新的文字说的是别的事")
    with NearDuplicateJournal(directory) as again:
        assert (again.cut, 50 in again, len(again)) == (0, True, ends.index(last) + 1)


def test_a_spoilt_record_ends_the_log_there(tmp_path: Path) -> None:
    with begun(tmp_path):
        pass
    data = bytearray((tmp_path / "log").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "log").write_bytes(data)
    with NearDuplicateJournal(tmp_path) as journal:
        assert 0 < len(journal) < len(TEXTS)
        assert journal.cut > 0


@pytest.mark.parametrize("name", ["snapshot", "log"])
def test_files_of_another_version_are_refused(tmp_path: Path, name: str) -> None:
    for content in (b"GLND\x63\x00\x02\x00", b"something else"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=name):
            NearDuplicateJournal(tmp_path)


def test_a_log_cut_inside_its_head_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"GLND")
    with NearDuplicateJournal(tmp_path) as journal:
        assert len(journal) == 0
    assert (tmp_path / "log").stat().st_size == 8


RECORDS = st.builds(
    Record,
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**62),
    st.integers(-(2**63), 2**63 - 1),
    st.lists(st.binary(min_size=4, max_size=4), max_size=24).map(b"".join),
    st.binary(max_size=900),
)


@given(st.lists(RECORDS | st.builds(Forgotten, st.integers(-(2**63), 2**63 - 1)), max_size=5))
def test_records_come_back_as_they_were_written(records: list[Record | Forgotten]) -> None:
    data = b"".join(map(frame, records))
    assert [record for record, _ in read_frames(data, 0)] == records


@given(st.binary(max_size=200))
def test_noise_gives_no_record_or_a_whole_one(noise: bytes) -> None:
    assert all(end <= len(noise) for _, end in read_frames(noise, 0))
