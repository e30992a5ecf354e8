from pathlib import Path

import pytest
from sqlite_utils import Database

from storage import presence
from storage.chats import get_chat, pause_chat, set_mode, upsert_chat
from storage.database import now_ms
from storage.drafts import list_drafts
from storage.echoes import find_echo
from storage.messages import NewMessage, log_message
from storage.outbox import add_piece, move_piece, record_decision
from storage.preferences import FOREVER, paused_until
from tests.twin.fakes import FakeReplies, FakeTime, config_in
from twin.actions import Actions
from twin.commands import Commands
from twin.diagnostics.status import DOUBT_SHOWN_MS


@pytest.fixture
def replies() -> FakeReplies:
    return FakeReplies()


@pytest.fixture
def runs() -> list[str]:
    return []


@pytest.fixture
def commands(
    tmp_path: Path, db: Database, time: FakeTime, replies: FakeReplies, runs: list[str]
) -> Commands:
    def begin_training() -> None:
        runs.append("begun")

    return Commands(Actions(config_in(tmp_path), db, time.clock, replies, begin_training))


def draft(db: Database, *lines: str) -> int:
    chat = upsert_chat(db, "test", "ann", "Ann Lee").id
    message = log_message(db, NewMessage(chat, "peer", "lunch?", 1))
    assert message is not None
    return record_decision(db, chat, message, "draft", lines, state="draft")[0].decision_id or 0


@pytest.mark.parametrize(
    ("order", "mode"), [("on", "auto"), ("draft", "draft"), ("log", "log"), ("OFF", "off")]
)
@pytest.mark.parametrize("name", ["Ann Lee", "ann", "1"])
def test_chats_are_switched_by_name(
    db: Database, commands: Commands, order: str, mode: str, name: str
) -> None:
    chat = upsert_chat(db, "test", "ann", "Ann Lee").id
    assert commands.obey(f"/twin {order}  {name}") == f"Ann Lee: {mode}"
    assert get_chat(db, chat).mode == mode


def test_switching_on_ends_the_pause_of_the_chat(db: Database, commands: Commands) -> None:
    chat = upsert_chat(db, "test", "a", "小明").id
    pause_chat(db, chat, FOREVER)
    commands.obey("/twin on 小明")
    assert get_chat(db, chat).paused_until is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/twin on", "who?"),
        ("/twin on Nobody", "'Nobody'"),
        ("/twin on n", "2 chats match"),
        ("/twin on me", "with yourself"),
        ("/twin dance", "no such command"),
        ("/twin pause soon", "not a number"),
        ("/twin pause ²", "not a number"),
        ("/twin pause " + "9" * 5000, "not a number"),
        ("/twin dance\nnow", "no such command"),
        ("/twin approve", "which draft?"),
        ("/twin approve " + "9" * 19, "which draft?"),
        ("/twin approve " + "9" * 5000, "which draft?"),
        ("/twin approve 7", "none of that number"),
        ("/twin edit 7 hi", "none of that number"),
        ("/twin rollback", "no adapter was live before"),
    ],
)
def test_a_mistake_is_answered_with_what_was_wrong(
    db: Database, commands: Commands, line: str, says: str
) -> None:
    upsert_chat(db, "test", "a", "Ann")
    upsert_chat(db, "test", "b", "Ben")
    upsert_chat(db, "test", "me", "me", kind="self")
    answer = commands.obey(line)
    assert says in answer
    assert "\n" not in answer


def test_pausing_everything(db: Database, commands: Commands, time: FakeTime) -> None:
    commands.obey("/twin pause 30")
    assert paused_until(db) == time.clock.now() + 30 * 60_000
    commands.obey("/twin pause")
    assert paused_until(db) == FOREVER
    assert "Paused until further notice" in commands.obey("/twin status")
    commands.obey("/twin resume")
    assert paused_until(db) is None


def test_drafts_are_decided(db: Database, commands: Commands, replies: FakeReplies) -> None:
    first, second = draft(db, "yes"), draft(db, "no")
    third = draft(db, "maybe")
    commands.obey(f"/twin approve {first}")
    commands.obey(f"/TWIN edit {second} not today\nsorry")
    commands.obey(f"/twin reject {third}")
    assert [(piece.text, piece.words) for piece in replies.sent] == [
        ("yes", "twin"),
        ("not today", "owner"),
        ("sorry", "owner"),
    ]


@pytest.mark.parametrize("space", ["\n", "\t", "\u3000", "  "])
def test_any_space_parts_the_words(
    db: Database, commands: Commands, replies: FakeReplies, space: str
) -> None:
    number = draft(db, "yes")
    assert commands.obey(f"/twin{space}on{space}Ann Lee") == "Ann Lee: auto"
    commands.obey(f"/twin{space}edit{space}{number}{space}not today\nsorry")
    assert [piece.text for piece in replies.sent] == ["not today", "sorry"]


def test_the_slash_may_be_full_width(db: Database, commands: Commands) -> None:
    draft(db, "yes")
    assert commands.obey("／twin on Ann Lee") == "Ann Lee: auto"


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_words_after_the_number_are_not_ignored(
    db: Database, commands: Commands, replies: FakeReplies, verb: str
) -> None:
    number = draft(db, "yes")
    assert f"/twin edit {number} TEXT" in commands.obey(f"/twin {verb} {number} but later")
    assert replies.sent == []
    assert [waiting.number for waiting in list_drafts(db)] == [number]


def test_status_tells_what_waits_and_what_may_be_missing(db: Database, commands: Commands) -> None:
    number = draft(db, "yes")
    chat = upsert_chat(db, "test", "bob", "Bob").id
    set_mode(db, chat, "auto")
    message = log_message(db, NewMessage(chat, "peer", "hi", 1))
    [piece] = record_decision(db, chat, message or 0, "answered", ["secret"])
    move_piece(db, piece.id, "doubt")
    presence.logged_in(db, "wechat", "me", 0)
    presence.seen(db, "wechat", 3_600_000)
    answer = commands.obey("/twin status")
    assert f"{number} (Ann Lee)" in answer
    assert "Bob" in answer
    assert "secret" not in answer
    assert "messages in between may be missing" in answer
    assert "base model" in answer


def test_what_was_in_doubt_a_week_ago_is_not_shown_any_more(
    db: Database, commands: Commands, time: FakeTime
) -> None:
    chat = upsert_chat(db, "test", "bob", "Bob").id
    message = log_message(db, NewMessage(chat, "peer", "hi", 1))
    [piece] = record_decision(db, chat, message or 0, "answered", ["yes"])
    move_piece(db, piece.id, "doubt", now=time.clock.now() - DOUBT_SHOWN_MS)
    assert "to Bob" in commands.obey("/twin status")
    time.seconds += 1
    assert "Bob" not in commands.obey("/twin status")


def test_what_an_echo_told_of_is_in_doubt_no_more(db: Database, commands: Commands) -> None:
    chat = upsert_chat(db, "test", "bob", "Bob").id
    piece = add_piece(db, chat, "yes")
    move_piece(db, piece.id, "doubt")
    assert "to Bob" in commands.obey("/twin status")
    assert find_echo(db, chat, "yes", "17", now_ms()) is not None
    assert "Bob" not in commands.obey("/twin status")


def test_the_rest_answers_too(commands: Commands, runs: list[str]) -> None:
    assert commands.obey("/twin train") == "Training started; you will be told how it went."
    assert runs == ["begun"]
    assert commands.obey("/twin adapters") == "No adapter yet."
    assert commands.obey("/twin") == commands.obey("/twin help")
