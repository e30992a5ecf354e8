"""What was sent to another machine is deleted there, whatever became of the run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat, is_unfinished
from storage.chats import find_chat
from storage.errors import TwinError
from training.forgetting import finish_forgetting
from training.remote import leftovers
from training.remote.connection import LineCutError
from training.remote.leftovers import WEEK_S, end_leftovers, note_sent, was_sent
from twin.config.schema import Config, TrainSettings

KEY, OTHER = "a" * 32, "b" * 32


class FakeBox:
    """Another machine, which may be away or unable to delete."""

    def __init__(self) -> None:
        self.is_away = False
        self.left: object = []
        self.ended: list[tuple[str, str]] = []

    @contextmanager
    def connected(self, settings: TrainSettings) -> Iterator["FakeBox"]:
        if self.is_away:
            raise LineCutError("box: the connection ended (no route)")
        self.host = settings.on
        yield self

    def ask(self, do: str, key: str) -> tuple[dict[str, object], bytes]:
        assert do == "end"
        self.ended.append((self.host, key))
        return {"left": self.left}, b""


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> FakeBox:
    fake = FakeBox()
    monkeypatch.setattr(leftovers, "connected", fake.connected)
    return fake


def sent_to(config: Config, host: str, key: str) -> None:
    note_sent(config.training_on(host), key)


def test_each_where_it_was_sent_and_what_could_not_be_is_tried_again(
    box: FakeBox, config: Config
) -> None:
    sent_to(config, "box", KEY)
    sent_to(config, "other", OTHER)
    box.is_away = True
    assert len(end_leftovers(config)) == 2
    box.is_away, box.left = False, ["parcel.json"]
    [line] = end_leftovers(config, but=OTHER)
    assert line == "box: 1 files of a training can't be deleted there"
    box.left = []
    assert end_leftovers(config.training_on("")) == []  # wherever it trains now
    assert box.ended[1:] == [("box", KEY), ("other", OTHER)]
    assert not was_sent(config, KEY)
    assert end_leftovers(config) == []


@pytest.mark.parametrize("left", [7, {"a": 1}, "all", True])
def test_nonsense_of_what_is_left_there_is_no_error(
    box: FakeBox, config: Config, left: object
) -> None:
    sent_to(config, "box", KEY)
    box.left = left
    assert end_leftovers(config) == ["box: some files of a training can't be deleted there"]
    assert was_sent(config, KEY)


def test_a_machine_that_is_gone_for_a_week_is_asked_no_more(box: FakeBox, config: Config) -> None:
    sent_to(config, "box", KEY)
    [note] = config.path_of("elsewhere").iterdir()
    long_ago = note.stat().st_mtime - WEEK_S - 1
    os.utime(note, (long_ago, long_ago))
    box.is_away = True
    assert end_leftovers(config) == []
    assert not note.exists()


def test_a_note_that_is_damaged_is_no_error(box: FakeBox, config: Config) -> None:
    sent_to(config, "box", KEY)
    [note] = config.path_of("elsewhere").iterdir()
    for damaged in ("", "[]", '{"on": "-oProxyCommand=x"}', '{"on": 1}'):
        note.write_text(damaged)
        assert end_leftovers(config) == []
    assert box.ended == []


def test_forgetting_a_chat_is_unfinished_while_its_samples_may_lie_elsewhere(
    box: FakeBox, chats: Database, config: Config
) -> None:
    sent_to(config, "box", KEY)
    box.is_away = True
    forget_chat(chats, find_chat(chats, "Ann").id)
    [remains] = finish_forgetting(config, chats)
    assert remains.startswith("samples may lie there until a day has passed: box: ")
    assert is_unfinished(chats)
    box.is_away = False
    assert finish_forgetting(config, chats) == []
    assert box.ended == [("box", KEY)]
    assert not is_unfinished(chats)


def test_a_disk_that_is_full_stops_it_before_anything_goes(config: Config, tmp_path: Path) -> None:
    config.path_of("elsewhere").parent.mkdir(parents=True, exist_ok=True)
    config.path_of("elsewhere").touch()
    with pytest.raises(TwinError):
        sent_to(config, "box", KEY)
