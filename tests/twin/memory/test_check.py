"""`bot.py memory check` and `show`."""

import json
from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from tests.terminal import Terminal
from tests.twin.memory.fake_model import FakeModel
from twin.config.schema import Config
from twin.memory.check import check, figures
from twin.memory.labelled import LabelledSet, read_labelled

SAID = {"ann": ["the boat sank", "dinner was nice", "we ate fish"], "ben": ["my secret is plum"]}
ASKED = [
    {"chat": "ann", "text": "which boat sank?", "messages": ["ann0"], "kind": "fact"},
    {"chat": "ann", "text": "where is the cat?", "messages": []},
    {"chat": "ann", "text": "what secret is plum?", "messages": ["ben0"]},
    {"chat": "ann", "text": "who ate?", "messages": ["ann1"]},
    {"chat": "ann", "text": "which boat sank?", "messages": ["ann0"], "at": "2026-01-01"},
]


def labelled_file(folder: Path, **more: object) -> Path:
    chats = [
        {
            "id": chat,
            "messages": [
                {"id": f"{chat}{at}", "at": f"2026-01-0{at + 2}T10:00Z", "from": "me", "text": text}
                for at, text in enumerate(texts)
            ],
        }
        | more
        for chat, texts in SAID.items()
    ]
    file = folder / "set.json"
    file.write_text(json.dumps({"chats": chats, "questions": ASKED}), encoding="utf-8")
    return file


@pytest.fixture
def labelled(tmp_path: Path) -> LabelledSet:
    return read_labelled(labelled_file(tmp_path))


def test_what_is_found_and_what_is_not(
    labelled: LabelledSet, config: Config, model: FakeModel
) -> None:
    answers = check(labelled, config)
    assert [one.rank for one in answers] == [1, None, None, 2, None]
    assert [one.shown for one in answers] == [("ann0",), (), (), ("ann2",), ()]
    told = figures(answers)
    assert told["recall"] == {"1": 0.3333, "5": 0.6667, "10": 0.6667}
    assert told["by_kind"]["fact"] == {"questions": 1, "1": 1.0, "5": 1.0, "10": 1.0}
    assert told["unsupported"] == {"questions": 2, "nothing_shown": 1.0, "something_shown": 0.0}
    assert told["leaks"] == 0
    assert not config.database.exists()


def test_what_is_shown_of_another_chat_is_a_leak(
    labelled: LabelledSet, config: Config, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = "twin.memory.lookup.chats_of_person"
    monkeypatch.setattr(everything, lambda db, _: [chat["id"] for chat in db["chats"].rows])
    leaked = [one.leaked for one in check(labelled, config)]
    assert leaked == [(), (), ("ben0",), (), ()]


def test_linked_chats_are_one(tmp_path: Path, config: Config, model: FakeModel) -> None:
    linked = read_labelled(labelled_file(tmp_path, person="A"))
    asked = check(linked, config)[2]
    assert (asked.rank, asked.shown, asked.leaked) == (1, ("ben0",), ())


def test_the_figures_of_no_question_are_none() -> None:
    told = figures([])
    assert told["recall"] == {"1": None, "5": None, "10": None}
    assert told["unsupported"]["nothing_shown"] is None


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], model: FakeModel) -> Terminal:
    return Terminal(tmp_path, capsys, "memory", settings="[memory]\nenabled = true\n")


def test_the_command_prints_figures_and_answers(terminal: Terminal, tmp_path: Path) -> None:
    told = terminal.json("check", str(labelled_file(tmp_path)))
    assert (told["answerable"], told["leaks"]) == (3, 0)
    first = told["answers"][0]
    assert (first["rank"], first["shown"], first["answered_by"]) == (1, ["ann0"], ["ann0"])
    said = terminal.people("check", str(labelled_file(tmp_path)))
    assert "Messages of other chats shown: 0." in said


def test_what_stands_before_an_answer_is_shown_with_its_messages(terminal: Terminal) -> None:
    db = open_database(terminal.database)
    chat = upsert_chat(db, "web", "ann", "Ann").id
    for hour, (origin, text) in enumerate([("owner", "the boat sank"), ("peer", "which boat?")]):
        log_message(db, NewMessage(chat, origin, text, hour * 90_000_000))  # type: ignore[arg-type]
    for given in ((), ("--question", "which boat sank?")):
        told = terminal.json("show", "Ann", *given)
        [line] = told["lines"]  # nobody is reminded of a question
        assert [one["text"] for one in line["messages"]] == ["the boat sank"]
        assert "- the boat sank" in told["text"]
    assert terminal.json("show", "Ann", "--question", "where is the cat?")["lines"] == []
    said = terminal.people("show", "Ann", "--question", "the cat?")
    assert "Nothing of earlier is shown." in said
    assert "the boat sank" in terminal.people("show", "Ann")
    db.close()
