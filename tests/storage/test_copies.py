from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.copies import said_elsewhere
from storage.messages import NewMessage, log_message

SECRET = "my sister is in the clinic again and nobody else knows about it"
ZH = "我姐姐上个月已经偷偷办好了离婚手续谁都还不知道"


def chats(db: Database, **said: str) -> dict[str, int]:
    numbers = {}
    for at, (name, text) in enumerate(said.items()):
        numbers[name] = upsert_chat(db, "test", name, name).id
        log_message(db, NewMessage(numbers[name], "peer", text, at))
    return numbers


def test_a_long_quote_of_one_other_chat_is_found(db: Database) -> None:
    ids = chats(db, ann="hello", bob=f"you know, {SECRET}!", cas=ZH)
    assert said_elsewhere(db, f"well. {SECRET.upper()}, right?", ids["ann"])
    assert said_elsewhere(db, f"听说{ZH},真的吗", ids["ann"])
    assert not said_elsewhere(db, SECRET, ids["bob"])


def test_short_or_common_words_are_no_secret(db: Database) -> None:
    ids = chats(db, ann="hello", bob="see you tomorrow then", cas=SECRET, dan=SECRET)
    assert not said_elsewhere(db, "see you tomorrow then", ids["ann"])
    assert not said_elsewhere(db, SECRET, ids["ann"])
    assert not said_elsewhere(db, "", ids["ann"])


def test_a_quote_in_a_very_long_reply_is_found(db: Database) -> None:
    ids = chats(db, ann="hello", bob=f"{SECRET} {SECRET}")
    filler = " ".join(f"word{number}" for number in range(300))
    assert said_elsewhere(db, f"{filler} {SECRET} {SECRET} {filler}", ids["ann"])


@given(text=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_search(db: Database, text: str) -> None:
    said_elsewhere(db, text * 20, 1)
