import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.listings import last_messages, page_of_chats, page_of_messages, page_of_runs
from storage.messages import NewMessage, log_message
from storage.runs import start_run


def names(db: Database, **more: object) -> tuple[list[str], int]:
    chats, total = page_of_chats(db, **more)  # type: ignore[arg-type]
    return [chat.name for chat in chats], total


def test_chats_come_most_recent_first_a_page_at_a_time(db: Database) -> None:
    for number, name in enumerate(["Ann", "Ben", "Anja", "silent"]):
        chat = upsert_chat(db, "web", name, name)
        if name != "silent":
            log_message(db, NewMessage(chat.id, "peer", "hi", number))
    assert names(db) == (["Anja", "Ben", "Ann", "silent"], 4)
    assert names(db, limit=2, offset=1) == (["Ben", "Ann"], 4)
    assert names(db, search="an") == (["Anja", "Ann"], 2)
    assert names(db, limit=0) == ([], 4)


@pytest.mark.parametrize("name", ["100%", "a_b", "back\\slash", "it's", "打球"])
def test_a_search_takes_its_letters_as_they_are(db: Database, name: str) -> None:
    for other in (name, "1000", "axb", "x"):
        upsert_chat(db, "web", other, other)
    assert names(db, search=name) == ([name], 1)


def test_messages_are_paged_from_the_newest_on(db: Database) -> None:
    ann, ben = (upsert_chat(db, "web", name, name).id for name in ("Ann", "Ben"))
    numbers = [
        log_message(db, NewMessage(chat, "peer", f"{at}", at // 2))
        for at in range(6)
        for chat in (ann, ben)
    ][::2]
    seen: list[int] = []
    while page := page_of_messages(db, ann, before=seen[-1] if seen else None, limit=4):
        seen += [message.id for message in page]
    assert seen == numbers[::-1]
    assert page_of_messages(db, ben, before=seen[0]) == []


def test_the_last_message_of_each_chat(db: Database) -> None:
    ann, ben, cas = (upsert_chat(db, "web", name, name).id for name in ("Ann", "Ben", "Cas"))
    for chat, text, at in ((ann, "new", 9), (ann, "old", 3), (ben, "a", 5), (ben, "b", 5)):
        log_message(db, NewMessage(chat, "peer", text, at))
    last = last_messages(db, [ann, ben, cas])
    assert {chat: message.text for chat, message in last.items()} == {ann: "new", ben: "b"}
    assert list(last_messages(db, [ben])) == [ben]


def test_runs_are_paged_from_the_newest_on(db: Database) -> None:
    runs = [start_run(db, "test", 1) for _ in range(3)]
    assert [run.id for run in page_of_runs(db, limit=2)] == runs[:0:-1]
    assert [run.id for run in page_of_runs(db, before=runs[1])] == runs[:1]
