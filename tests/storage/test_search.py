import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.database import transaction
from storage.messages import NewMessage, log_message
from storage.search import indexed_together, search_messages


def log(db: Database, *texts: str) -> int:
    chat = upsert_chat(db, "web", "a", "Ann")
    for number, text in enumerate(texts):
        log_message(db, NewMessage(chat.id, "peer", text, number))
    return chat.id


def found(db: Database, query: str) -> list[str]:
    return [row["text"] for row in search_messages(db, query)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("打球", ["今晚打球吗"]),
        ("今晚", ["今晚看iPhone发布会", "今晚打球吗"]),
        ("晚今", []),
        ("iphone发布", ["今晚看iPhone发布会"]),
        ("发布会 今晚", ["今晚看iPhone发布会"]),
        ("hello", ['she said "hello" to me']),
        ("hell", []),
        ('"hello"', ['she said "hello" to me']),
        ('said "hello', ['she said "hello" to me']),
        ("don't", ["don't worry"]),
        ("𠮷野", ["在𠮷野家吃饭"]),
        ("", []),
        ("   ", []),
    ],
)
def test_words_are_found(db: Database, query: str, expected: list[str]) -> None:
    log(
        db,
        "今晚打球吗",
        "今晚看iPhone发布会",
        'she said "hello" to me',
        "don't worry",
        "在𠮷野家吃饭",
    )
    assert found(db, query) == expected


def test_index_follows_updates_and_deletes(db: Database) -> None:
    chat = log(db, "今晚打球吗", "明天打球")
    db.execute("UPDATE messages SET text = '今晚看书吗' WHERE text = '今晚打球吗'")
    assert found(db, "打球") == ["明天打球"]
    assert found(db, "看书") == ["今晚看书吗"]
    db.execute("DELETE FROM messages WHERE text = '明天打球'")
    assert found(db, "打球") == []
    forget_chat(db, chat)
    assert found(db, "看书") == []
    db.execute("INSERT INTO messages_fts(messages_fts) VALUES ('integrity-check')")


def test_a_limit_keeps_the_newest(db: Database) -> None:
    log(db, "hello 1", "hello 2", "hello 3")
    assert [row["text"] for row in search_messages(db, "hello", limit=2)] == ["hello 3", "hello 2"]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=st.text(st.characters(exclude_categories=[]), max_size=20))
def test_no_query_is_an_error(db: Database, query: str) -> None:
    search_messages(db, query)


def test_what_is_indexed_together_is_found_like_the_rest(db: Database) -> None:
    log(db, "今晚打球吗")
    with transaction(db), indexed_together(db):
        log(db, "明天打球")
        assert found(db, "打球") == ["今晚打球吗"]
    log(db, "后天打球")
    assert sorted(found(db, "打球")) == sorted(["今晚打球吗", "明天打球", "后天打球"])
    db.execute("INSERT INTO messages_fts(messages_fts) VALUES ('integrity-check')")


def test_an_import_that_fails_leaves_the_index_at_work(db: Database) -> None:
    def fail() -> None:
        with transaction(db), indexed_together(db):
            log(db, "明天打球")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    log(db, "后天打球")
    assert found(db, "打球") == ["后天打球"]
