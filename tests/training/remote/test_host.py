"""What this machine answers to another one that trains here."""

import io
import os
import time
from pathlib import Path
from typing import Any

import pytest

from training.remote import host, protocol
from training.remote.host import folder_of, serve
from training.remote.parcel import key_of

CONTENT = b'{"samples": []}'
KEY = key_of(CONTENT)
Question = tuple[dict[str, Any], bytes]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def answers(*questions: Question) -> list[dict[str, Any]]:
    """The answers to questions of one connection, with the content of each under "content"."""
    asked, told = io.BytesIO(), io.BytesIO()
    for question, content in questions:
        protocol.write(asked, question, content)
    asked.seek(0)
    serve(asked, told, {protocol.GREETING: "0"})
    told.seek(0)
    assert protocol.read_greeting(told) == {"twin": "0"}
    found = [protocol.read(told) for _ in questions]
    assert told.read() == b""
    return [{**line, "content": content} if content else line for line, content in found]


def put(content: bytes, at: int = 0, *, last: bool = True, key: str = KEY) -> Question:
    return {"do": "put", "key": key, "at": at, "last": last}, content


def asked(do: str, **more: Any) -> Question:
    return {"do": do, "key": KEY, **more}, b""


def test_a_cut_parcel_goes_on_where_it_was(temporary: Path) -> None:
    assert answers(asked("state"), put(CONTENT[:5], last=False)) == [
        {"state": "absent"},
        {"state": "partial", "has": 5},
    ]
    assert answers(asked("state"), put(CONTENT[5:], 5), asked("state")) == [
        {"state": "partial", "has": 5},
        {"state": "ready"},
        {"state": "ready"},
    ]
    assert [path.name for path in temporary.iterdir()] == [f"twin-training-{KEY}"]
    assert temporary.joinpath(f"twin-training-{KEY}").stat().st_mode & 0o077 == 0
    assert answers(asked("end"), asked("end"), asked("state")) == [
        {"left": []},
        {"left": []},
        {"state": "absent"},
    ]
    assert list(temporary.iterdir()) == []


def test_other_bytes_than_were_sent_are_not_trained_on() -> None:
    twice, wrong, train = answers(
        put(CONTENT[:5], last=False), put(CONTENT[5:], 4), asked("train")
    )[0:3]
    assert twice == {"state": "partial", "has": 5}
    assert wrong == {"error": "has 5 bytes, not 4"}
    assert train == {"error": "nothing to train on came"}
    [other] = answers(put(b"something else", 5))
    assert other == {"error": "other bytes came than were sent; try again"}
    assert answers(asked("state")) == [{"state": "partial", "has": 0}]


@pytest.mark.parametrize(
    "key", ["", "../../etc", "a" * 31, "A" * 32, KEY + "\n", f"{KEY}/..", None]
)
def test_a_key_names_no_other_folder(temporary: Path, key: object) -> None:
    for do in ("state", "put", "train", "get", "end"):
        assert answers(({"do": do, "key": key}, b"")) == [{"error": "no key"}]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", ["parcel.json", "../secret", "/etc/passwd", "twin.db", ""])
def test_the_results_alone_are_given(temporary: Path, name: str) -> None:
    (temporary / "secret").write_text("mine")
    (temporary / "secret").chmod(0o600)
    _, told = answers(put(CONTENT), asked("get", name=name, at=0))
    assert told == {"error": f"{name}: no result"}


def test_a_result_is_read_from_anywhere_to_its_end() -> None:
    answers(put(CONTENT))
    (folder_of(KEY) / host.WEIGHTS).write_bytes(b"weights")
    (folder_of(KEY) / host.RESULT).write_bytes(b"{}")
    state, whole, rest, end = answers(
        asked("state"), *(asked("get", name=host.WEIGHTS, at=at) for at in (0, 4, 7))
    )
    assert (state, whole, rest, end) == (
        {"state": "done"},
        {"content": b"weights"},
        {"content": b"hts"},
        {},
    )


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_somebody_elses_folder_is_left_alone(temporary: Path) -> None:
    (temporary / "private").mkdir()
    folder_of(KEY).symlink_to(temporary / "private")
    for question in (asked("state"), put(CONTENT), asked("train"), asked("end")):
        [told] = answers(question)
        assert str(told.get("error")).endswith("is somebody else's")
    assert list((temporary / "private").iterdir()) == []


def test_what_nobody_asks_for_a_day_is_deleted_by_the_next_that_calls(temporary: Path) -> None:
    answers(put(CONTENT))
    other = key_of(b"other")
    answers(put(b"other", key=other))
    yesterday = time.time() - host.KEEP_S - 60
    os.utime(folder_of(KEY) / host.ASKED, (yesterday, yesterday))
    answers()
    assert [path.name for path in temporary.iterdir()] == [f"twin-training-{other}"]


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense\n",
        b"[1]\n",
        b'{"do": "put", "bytes": 99999999}\n',
        b'{"bytes": -1}\n',
        b"{" * 70_000,
    ],
)
def test_what_is_no_question_ends_it(line: bytes) -> None:
    told = io.BytesIO()
    with pytest.raises(protocol.NonsenseError):
        serve(io.BytesIO(line), told, {protocol.GREETING: "0"})
