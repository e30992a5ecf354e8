"""What a search finds, a page at a time, with its words marked."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.hits import mark, page_of_hits
from storage.messages import NewMessage, log_message
from storage.search import wanted_of


def log(db: Database, *texts: str, name: str = "Ann") -> int:
    chat = upsert_chat(db, "web", name, name)
    for number, text in enumerate(texts):
        log_message(db, NewMessage(chat.id, "peer", text, number))
    return chat.id


def marked(db: Database, query: str) -> list[str]:
    return [
        "".join(f"[{part.text}]" if part.found else part.text for part in hit.parts)
        for hit in page_of_hits(db, query)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("打球", ["今晚[打球]吗"]),
        ("今晚 吗", ["[今晚]打球[吗]"]),
        ("iphone", ["新[iPhone]发布会"]),
        ("hello", ['she said "[hello]" to me']),
        ("hel", ['she said "[hello]" to me']),
        ("hel ", []),
        ('"hello"', ['she said "[hello]" to me']),
        ("CAFE to", ["[café] [tomorrow]?"]),
        ("😀", ["well [😀][😀] done"]),
        ("done 😀", ["well [😀][😀] [done]"]),
        ("😀😀😀", []),
        ("100%", ["[100]% sure"]),
        ("%", ["100[%] sure"]),
        ("*", ["a [*] b"]),
        ("_", []),
        ("NOT", []),
        ("a OR b", []),
        ("text:hello", []),
        ("c1", []),
        ("", []),
        (" \n\0", []),
        ("好" * 5000, []),
        ("x " * 5000, []),
        ('"' * 5000, []),
    ],
)
def test_words_and_signs_are_found_and_marked(
    db: Database, query: str, expected: list[str]
) -> None:
    log(
        db,
        *("今晚打球吗", "新iPhone发布会", 'she said "hello" to me', "café tomorrow?"),
        *("well 😀😀 done", "100% sure", "a * b"),
    )
    assert marked(db, query) == expected


def test_pages_go_on_where_the_last_one_ended(db: Database) -> None:
    ann, ben = log(db, *["hi"] * 5), log(db, *["hi"] * 5, name="Ben")
    seen, before = [], None
    while page := page_of_hits(db, "hi", before=before, limit=3):
        seen += [(hit.message.sent_at, hit.message.chat_id, hit.chat) for hit in page]
        before = page[-1].place
    both = ((ben, "Ben"), (ann, "Ann"))
    assert seen == [(at, *chat) for at in range(4, -1, -1) for chat in both]


def test_of_a_long_text_what_stands_around_the_word(db: Database) -> None:
    log(db, "x" * 9000 + " needle " + "y " * 9000)
    (shown,) = marked(db, "needle")
    assert shown.startswith("…x")
    assert " [needle] y y" in shown
    assert shown.endswith("…")
    assert len(shown) < 230


def test_a_forgotten_chat_is_never_found(db: Database) -> None:
    ann = log(db, "secret 打球 😀")
    log(db, "open", name="Ben")
    forget_chat(db, ann)
    assert [marked(db, query) for query in ("secret", "打球", "😀")] == [[], [], []]


def test_signs_of_the_marks_themselves_in_a_text(db: Database) -> None:
    log(db, "a\x02b\x03c\x1fd word")
    assert marked(db, "word") == ["abcd [word]"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.text(st.characters(exclude_categories=[]), max_size=20),
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
)
def test_marks_take_nothing_from_a_text(db: Database, query: str, text: str) -> None:
    page_of_hits(db, query)
    wanted = wanted_of(f"{query} {text[:5]}", unfinished=True)
    for parts in mark([text, query.encode("utf-8", "replace").decode()], wanted)[:1]:
        assert "".join(part.text for part in parts) == text
