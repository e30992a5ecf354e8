from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.facts import NewFact, enter_facts, release_facts, withdraw_facts
from storage.media_texts import store_media_text
from storage.messages import NewMessage, log_message
from storage.people import link_chats
from storage.quotes import long_runs, said_elsewhere

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


def test_eight_words_are_found_wherever_they_stand(db: Database) -> None:
    ids = chats(db, ann="hello", bob=SECRET)
    quote, filler = " ".join(SECRET.split()[:8]), [f"word{number}" for number in range(92)]
    for at in range(93):
        reply = " ".join([*filler[:at], quote, *filler[at:]])
        assert said_elsewhere(db, reply, ids["ann"]), at


def test_a_quote_in_one_script_is_found_in_a_reply_in_another(db: Database) -> None:
    ids = chats(db, ann="hello", bob=SECRET, cas=ZH)
    assert said_elsewhere(db, f"你听说了吗他今天跟我讲了这么一句话是不是真的 {SECRET}", ids["ann"])
    assert said_elsewhere(db, f"he said this and I could not believe it at all: {ZH}", ids["ann"])


def test_recalled_messages_count_and_own_words_do_not(db: Database) -> None:
    ids = chats(db, ann="hello", bob=SECRET)
    db.execute("UPDATE messages SET recalled_at = 1 WHERE text = ?", [SECRET])
    assert said_elsewhere(db, SECRET, ids["ann"])
    log_message(db, NewMessage(ids["ann"], "owner", SECRET, 9))
    assert not said_elsewhere(db, SECRET, ids["ann"])


def test_what_was_read_in_a_file_is_a_secret_and_makes_none_known(db: Database) -> None:
    ids = chats(db, ann="hello", bob=SECRET, cas="hello", dan="hello")
    for name, words in (("cas", ZH), ("dan", SECRET)):
        file = NewMessage(ids[name], "peer", "", 9, kind="voice", media=name)
        number = log_message(db, file)
        assert number is not None
        store_media_text(db, number, name, words, reader="reads", at=9)
    assert said_elsewhere(db, ZH, ids["ann"])
    assert not said_elsewhere(db, ZH, ids["cas"])
    assert said_elsewhere(db, SECRET, ids["ann"])  # bob wrote it, whatever picture dan sent
    log_message(db, NewMessage(ids["ann"], "owner", ZH, 10))
    assert not said_elsewhere(db, ZH, ids["ann"])


def test_a_language_without_spaces_that_is_not_cjk(db: Database) -> None:
    thai = "ความลับของฉันคือฉันกำลังจะลาออกจากงานในเดือนหน้า"
    ids = chats(db, ann="hello", bob=thai)
    assert said_elsewhere(db, thai, ids["ann"])


@given(text=st.text())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_search(db: Database, text: str) -> None:
    said_elsewhere(db, text * 20, 1)


few_words = st.lists(st.sampled_from(["ab", "cd", "我", "你"]), max_size=30).map(" ".join)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(few_words, min_size=2, max_size=3), st.data())
def test_it_says_what_comparing_every_run_says(
    db: Database, said: list[str], data: st.DataObject
) -> None:
    """What is looked up first only spares looking further."""
    db.execute("DELETE FROM messages")
    ids = [upsert_chat(db, "test", f"c{n}", "c").id for n in range(len(said))]
    for chat, text in zip(ids, said, strict=True):
        log_message(db, NewMessage(chat, "peer", text, 1))
    text = data.draw(st.sampled_from(said)) + " " + data.draw(few_words)
    padded = [f" {' '.join(one.split())} " for one in said]
    holders = (
        [chat for chat, one in zip(ids, padded, strict=True) if f" {' '.join(run)} " in one]
        for run in long_runs(text)
    )
    expected = any(len(chats) == 1 and chats[0] != ids[0] for chats in holders)
    assert said_elsewhere(db, text, ids[0]) == expected


def test_linked_chats_are_one_friend(db: Database) -> None:
    ids = chats(db, ann="hello", bob=SECRET, bob_work=SECRET)
    link_chats(db, ids["bob"], ids["bob_work"])
    assert said_elsewhere(db, SECRET, ids["ann"])
    db.execute("DELETE FROM messages WHERE chat_id = ?", [ids["bob_work"]])
    assert not said_elsewhere(db, SECRET, ids["bob_work"])


def test_what_was_released_is_no_secret_where_it_may_be_told(db: Database) -> None:
    ids = chats(db, ann="hello", bob=f"{SECRET}. {ZH}", cas="hello")
    fact = NewFact(ids["bob"], 2, "owner", "other", None, "", SECRET, 1, 1)
    enter_facts(db, [fact])
    assert said_elsewhere(db, SECRET, ids["ann"])
    release_facts(db, [1], [ids["ann"]])
    assert not said_elsewhere(db, f"well, {SECRET.upper()}", ids["ann"])
    assert said_elsewhere(db, ZH, ids["ann"])
    assert said_elsewhere(db, SECRET, ids["cas"])
    assert said_elsewhere(db, SECRET, None)
    withdraw_facts(db, [1])
    assert said_elsewhere(db, SECRET, ids["ann"])
