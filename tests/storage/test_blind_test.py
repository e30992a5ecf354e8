from collections.abc import Callable

import pytest
from sqlite_utils import Database

from storage.adapters import Adapter, promote
from storage.blind_links import (
    chat_of_blind_link,
    open_blind_link,
    open_blind_links,
    revoke_blind_links,
)
from storage.blind_test import (
    Moment,
    Tally,
    add_pair,
    count_judged,
    count_pairs,
    drop_unjudged,
    next_pair,
    record_choice,
    shown_messages,
    tallies,
)
from storage.chat_deletion import forget_chat
from storage.chats import Chat, upsert_chat
from storage.consent import withdraw_consent
from storage.edits import change_wording
from storage.errors import InputError
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.messages import (
    Message,
    NewMessage,
    Origin,
    log_message,
    mark_recalled,
    messages_of_chat,
)
from storage.thumbs import count_thumbs, set_thumb, thumbs_of
from tests.registry import enter_adapter


@pytest.fixture
def ann(db: Database) -> Chat:
    return upsert_chat(db, "web", "ann", "Ann")


@pytest.fixture
def ben(db: Database) -> Chat:
    return upsert_chat(db, "web", "ben", "Ben")


@pytest.fixture
def one(db: Database, ann: Chat, ben: Chat) -> Adapter:
    adapter = enter_adapter(db, "one", chats=[ann.id])
    promote(db, "one")
    return adapter


def say(db: Database, chat: Chat, origin: Origin, text: str, at: int) -> Message:
    log_message(db, NewMessage(chat.id, origin, text, at, external_id=f"m{at}"))
    return list(messages_of_chat(db, chat.id))[-1]


def moment(db: Database, chat: Chat, at: int = 1) -> Moment:
    said = [
        say(db, chat, "peer", "still up?", at),
        say(db, chat, "peer", "dinner?", at + 1),
        say(db, chat, "owner", "yes", at + 2),
        say(db, chat, "owner", "at seven", at + 3),
    ]
    return Moment(said[:1], said[1:2], said[2:])


def pair(
    db: Database, adapter: Adapter, chat: Chat, *, twin_first: bool = True, at: int = 1
) -> int:
    assert add_pair(db, adapter.id, moment(db, chat, at), "no", twin_first=twin_first, now=1)
    return int(db.execute("SELECT MAX(id) FROM blind_pairs").fetchone()[0])


@pytest.mark.parametrize("twin_first", [True, False])
def test_a_pair_shows_both_answers_in_its_order(
    db: Database, ann: Chat, one: Adapter, twin_first: bool
) -> None:
    pair(db, one, ann, twin_first=twin_first)
    shown = next_pair(db, one.id, "owner")
    assert shown is not None
    assert [m.text for m in (*shown.context, *shown.question)] == ["still up?", "dinner?"]
    assert shown.answers == (("no", "yes\nat seven") if twin_first else ("yes\nat seven", "no"))
    record_choice(db, shown.id, "owner", 0, now=2)
    assert tallies(db) == [Tally(one.id, "one", ann.id, 1, int(twin_first))]


def test_each_person_judges_a_pair_once(db: Database, ann: Chat, one: Adapter) -> None:
    number = pair(db, one, ann)
    for place in (0, 1, 0):
        record_choice(db, number, "owner", place, now=2)
    assert next_pair(db, one.id, "owner") is None
    assert next_pair(db, one.id, "friend") is not None
    record_choice(db, number, "friend", 1, now=2)
    assert tallies(db) == [Tally(one.id, "one", ann.id, 2, 1)]
    assert (count_judged(db, ann.id, "friend"), count_judged(db, ann.id, "owner")) == (1, 1)


def test_a_friend_sees_and_judges_pairs_of_their_own_chat_alone(
    db: Database, ann: Chat, ben: Chat, one: Adapter
) -> None:
    number = pair(db, one, ann)
    assert next_pair(db, one.id, "friend", ben.id) is None
    with pytest.raises(InputError, match="gone"):
        record_choice(db, number, "friend", 0, now=2, chat_id=ben.id)
    assert tallies(db) == []


CHANGES: list[Callable[[Database, Chat], object]] = [
    lambda db, chat: mark_recalled(db, chat.id, "m2", 9),
    lambda db, chat: change_wording(db, chat.id, "m4", "at eight", at=9),
    lambda db, chat: change_wording(db, chat.id, "m1", "awake?", at=9),
    lambda db, chat: db.execute(
        "DELETE FROM messages WHERE external_id = 'm3' AND chat_id = ?", [chat.id]
    ),
    lambda db, chat: forget_chat(db, chat.id),
    lambda db, chat: withdraw_consent(db, chat.id, None, 9),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_pair_goes_with_what_it_shows(
    db: Database, ann: Chat, ben: Chat, one: Adapter, change: Callable[[Database, Chat], object]
) -> None:
    other = enter_adapter(db, "other", chats=[ben.id])
    record_choice(db, pair(db, one, ann), "owner", 0, now=2)
    record_choice(db, pair(db, other, ben), "owner", 0, now=2)
    change(db, ann)
    assert [tally.chat_id for tally in tallies(db)] == [ben.id]
    for table in ("blind_pairs", "blind_answers"):
        assert db.table(table).count == 1
    assert db["blind_messages"].count == 4


def test_what_a_pruned_adapter_wrote_elsewhere_goes_with_the_chat_it_learnt(
    db: Database, ann: Chat, ben: Chat, one: Adapter
) -> None:
    pair(db, one, ben)
    db.execute("UPDATE adapters SET status = 'pruned' WHERE id = ?", [one.id])
    forget_chat(db, ann.id)
    assert db["blind_pairs"].count == 0


def test_what_changed_while_the_twin_answered_makes_no_pair(
    db: Database, ann: Chat, one: Adapter
) -> None:
    read = moment(db, ann)
    change_wording(db, ann.id, "m3", "no", at=9)
    assert not add_pair(db, one.id, read, "yes", twin_first=True, now=1)
    assert db["blind_pairs"].count == 0


def test_pairs_of_earlier_adapters_go_unless_somebody_judged_them(
    db: Database, ann: Chat, one: Adapter
) -> None:
    judged, _ = pair(db, one, ann), pair(db, one, ann, at=11)
    record_choice(db, judged, "friend", 0, now=2)
    two = enter_adapter(db, "two", chats=[ann.id])
    drop_unjudged(db, two.id)
    assert [number for (number,) in db.execute("SELECT id FROM blind_pairs")] == [judged]
    assert (count_pairs(db, one.id, ann.id), count_pairs(db, two.id, ann.id)) == (1, 0)
    assert len(shown_messages(db, ann.id)) == 4


def test_a_link_opens_one_chat_until_it_is_closed(db: Database, ann: Chat, ben: Chat) -> None:
    first, of_ben = open_blind_link(db, ann.id), open_blind_link(db, ben.id)
    second = open_blind_link(db, ann.id)
    assert chat_of_blind_link(db, first) is None
    assert chat_of_blind_link(db, second) == ann
    assert {chat.id for _, chat in open_blind_links(db)} == {ann.id, ben.id}
    assert revoke_blind_links(db, ann.id) == 1
    assert chat_of_blind_link(db, second) is None
    assert chat_of_blind_link(db, of_ben) == ben
    forget_chat(db, ben.id)
    assert open_blind_links(db) == []
    group = upsert_chat(db, "web", "club", "Club", kind="group")
    with pytest.raises(InputError, match="Club"):
        open_blind_link(db, group.id)


def test_a_link_goes_along_when_two_chats_become_one(db: Database, ann: Chat, ben: Chat) -> None:
    kept, other = open_blind_link(db, ann.id), open_blind_link(db, ben.id)
    again = upsert_chat(db, "import", "Ann", "Ann")
    merge_chats(db, LoggedDouble(ann.id, again.id, "Ann", "Ann"))
    assert chat_of_blind_link(db, kept) == again
    assert chat_of_blind_link(db, other) == ben


def test_thumbs_are_of_the_twins_words_alone_and_go_with_them(db: Database, ann: Chat) -> None:
    asked, said = say(db, ann, "peer", "hm?", 1), say(db, ann, "twin", "yo", 2)
    set_thumb(db, said.id, True, now=3)
    set_thumb(db, said.id, False, now=4)
    with pytest.raises(InputError, match="twin"):
        set_thumb(db, asked.id, True, now=3)
    assert thumbs_of(db, [asked.id, said.id]) == {said.id: False}
    assert count_thumbs(db) == {"up": 0, "down": 1}
    change_wording(db, ann.id, "m2", "something else entirely", at=5)
    assert thumbs_of(db, [said.id]) == {}
    set_thumb(db, said.id, True, now=6)
    set_thumb(db, said.id, None, now=7)
    assert count_thumbs(db) == {"up": 0, "down": 0}
    set_thumb(db, said.id, True, now=8)
    forget_chat(db, ann.id)
    assert db["thumbs"].count == 0
