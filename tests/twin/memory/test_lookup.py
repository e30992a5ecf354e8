"""What is looked up, and what never is."""

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.edits import change_wording
from storage.messages import mark_recalled
from storage.people import link_chats, unlink_chat
from storage.unfinished_import import piece, whole_or_not
from tests.twin.memory.fake_model import FakeModel
from tests.twin.memory.looking_up import ASKED, HOUR, NOW, Way, found, say
from twin.config.schema import Config
from twin.memory.lookup import MOST_ASKED, look_up


def test_the_owners_words_of_an_exchange_are_found(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "what about the boat?", 1, origin="peer")
    say(db, "it sank\nin June", 2)
    say(db, "dinner was nice", 50)
    way(db, config)
    [line] = look_up(db, config, ann, ASKED, before=NOW)
    assert (line.text, line.messages, line.said_at) == ("it sank in June", (2,), 2 * HOUR)
    assert (line.kind, line.speaker) == ("passage", "owner")
    assert 0.5 < line.score <= 1


def test_a_friends_own_words_are_found_too(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "my boat sank", 1, origin="peer")
    way(db, config)
    [line] = look_up(db, config, ann, ASKED, before=NOW)
    assert (line.text, line.speaker) == ("my boat sank", "friend")


def test_nothing_is_found_where_nothing_is_like_it(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "dinner was nice", 1)
    way(db, config)
    assert found(db, config) == []
    assert found(db, config, question="") == found(db, config, question="the of 的?!") == []


def test_of_other_chats_nothing_is_found_but_of_the_same_friend(
    db: Database, config: Config, ann: int, ben: int, way: Way
) -> None:
    say(db, "the boat sank", 1, ann)
    way(db, config)
    assert found(db, config, ann) == ["the boat sank"]
    assert found(db, config, ben) == found(db, config, None) == found(db, config, 99) == []
    assert found(db, config, 2**70) == []
    assert found(db, config, ben, f"{ASKED} c{ann} chat:c{ann}") == []
    link_chats(db, ann, ben)
    assert found(db, config, ben) == ["the boat sank"]
    unlink_chat(db, ben)
    assert found(db, config, ben) == []


def test_a_group_has_its_own_lines_alone(
    db: Database, config: Config, ann: int, ben: int, way: Way
) -> None:
    link_chats(db, ann, ben)
    say(db, "the boat sank", 1, ann)
    db.execute("UPDATE chats SET kind = 'group' WHERE id = ?", [ben])
    way(db, config)
    assert found(db, config, ben) == []


def test_nothing_that_was_said_later_is_looked_at(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "the boat?", 1, origin="peer")
    say(db, "it sank: June", 2)
    way(db, config)
    assert found(db, config, before=2 * HOUR + 1) == ["it sank: June"]
    assert "June" not in "".join(found(db, config, before=2 * HOUR))
    assert found(db, config, before=1 * HOUR) == []


@pytest.mark.parametrize(
    "more", [{"origin": "twin"}, {"kind": "system"}, {"kind": "notice"}, {"text": "\u200b"}]
)
def test_what_is_nobodys_words_is_not_found(
    db: Database, config: Config, ann: int, way: Way, more: dict[str, str]
) -> None:
    say(db, **{"text": "the boat sank", "hour": 1} | more)  # type: ignore[arg-type]
    way(db, config)
    assert found(db, config) == []


def test_a_blocked_word_is_not_shown_whenever_it_was_blocked(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "the boat sank", 1)
    way(db, config)
    blocking = config.privacy.model_copy(update={"blocked_words": ("SANK",)})
    blocked = config.model_copy(update={"privacy": blocking})
    assert found(db, blocked) == []
    way(db, blocked)
    assert found(db, blocked) == []
    way(db, config)
    assert found(db, config) == ["the boat sank"]


def test_changes_and_recalls_count_at_once(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "the boat sank", 1)
    say(db, "the other boat sank", 500)
    way(db, config)
    change_wording(db, ann, "1 the boat sank", "the boat sank in July", at=NOW)
    mark_recalled(db, ann, "500 the other boat sank", NOW)
    assert found(db, config) == ["the boat sank in July"]


def test_an_import_counts_once_it_is_whole(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    with whole_or_not(db):
        with piece(db):
            say(db, "the boat sank", 1, source="import:test")
        way(db, config)
        assert found(db, config) == []
    way(db, config)
    assert found(db, config) == ["the boat sank"]


def test_after_forgetting_a_new_chat_of_that_number_has_nothing(
    db: Database, config: Config, ann: int, way: Way
) -> None:
    say(db, "the boat sank", 1)
    way(db, config)
    assert found(db, config)
    forget_chat(db, ann)
    assert found(db, config) == []
    assert upsert_chat(db, "web", "cid", "Cid").id == ann
    say(db, "nothing of the kind", 1)
    way(db, config)
    assert found(db, config) == []
    assert [row["chat_id"] for row in db["passages"].rows] in ([], [ann])


@pytest.mark.parametrize(
    "memory", [{"enabled": False}, {"scopes": ("me",)}], ids=["off", "not in the scopes"]
)
def test_it_can_be_switched_off(
    db: Database, config: Config, ann: int, memory: dict[str, object]
) -> None:
    say(db, "the boat sank", 1)
    assert found(db, config)
    off = config.memory.model_copy(update=memory)
    assert found(db, config.model_copy(update={"memory": off})) == []


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "\ud83d", '"', "text:", "NEAR(a", "x" * 9999, "_", "١", "\U000e0041"]
)
def test_no_question_is_an_error(
    db: Database, config: Config, ann: int, way: Way, text: str
) -> None:
    say(db, text, 1)
    way(db, config)
    found(db, config, question=text)


def test_a_word_is_found_among_many_messages_of_one_moment(
    db: Database, config: Config, ann: int, model: FakeModel
) -> None:
    for number in range(40):
        say(db, "the boat sank" if number == 20 else f"line {number}", 1)
    assert "the boat sank" in " ".join(found(db, config))


def test_what_is_in_very_many_messages_is_found_where_nothing_else_is(
    db: Database, config: Config, ann: int, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.search._COMMON", 2)
    for day in range(4):
        say(db, f"boat {day}", 24 * day)
    assert found(db, config, question="boat")[0] == "boat 3"
    say(db, "the boat sank", 12)
    assert found(db, config)[0] == "the boat sank"


def test_only_so_many_lines_are_shown(db: Database, config: Config, ann: int, way: Way) -> None:
    for day in range(9):
        say(db, f"boat {day} sank", 24 * day)
    way(db, config)
    assert found(db, config) == ["boat 8 sank", "boat 7 sank", "boat 6 sank"]


def test_a_long_message_is_looked_up_by_its_end(
    db: Database, config: Config, ann: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def question_vector(_db: Database, _config: Config, question: str) -> None:
        asked.append(question)

    monkeypatch.setattr("twin.memory.lookup.question_vector", question_vector)
    found(db, config, ann, "the boat? " * 1000 + "when did it sink?")
    assert [(len(each), each[-17:]) for each in asked] == [(MOST_ASKED, "when did it sink?")]
