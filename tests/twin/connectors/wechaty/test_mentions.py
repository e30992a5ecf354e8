"""Who is mentioned: by @ and a name that stands by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import at_work
from tests.twin.connectors.wechaty.gateway import ANN, OWNER, ROOM, Gateway
from tests.twin.connectors.wechaty.test_messages import event_of, payload
from twin.connectors.base import MessageReceived
from twin.connectors.wechaty.mentions import mentions, without_quoted
from twin.connectors.wechaty.messages import OwnAccount, received

BLANKS = "\u2005 \n\t\u00a0\u3000\u2009"
QUOTE = "「Ann：@Owen\u2005lunch?」\n- - - - - - - - - - - - - - -\n{}"
REFER = (
    "<msg><appmsg><title>{}</title><type>57</type><refermsg><svrid>7</svrid>"
    "<content>@Owen\u2005lunch?</content></refermsg></appmsg></msg>"
)


@pytest.mark.parametrize(
    "text",
    [
        "@Owen",
        "hi @Owen",
        "你好@Owen\u2005在吗",
        "@Owen, are you there?",
        "@Owen. Well?",
        "(@Owen)",
        "＠Owen noon",
        "@owen noon",
        "@Ow\u200ben\u2005noon",
        "@Owen👍",
        "@Owena @Owen",
        "mail a@owen.example or ask @Owen",
        "@Ann\u2005@Owen\u2005noon",
        "@Owen noon, and @Ann\u2005too",
        *(f"@Owen{blank}noon" for blank in BLANKS),
    ],
)
def test_the_owner_is_mentioned(text: str) -> None:
    assert mentions(text, "Owen")


@pytest.mark.parametrize(
    "text",
    [
        "Owen",
        "@ Owen",
        "foo@Owen",
        "foo@Owen bar",
        "äö@Owen bar",
        "foo_@Owen bar",
        "7@Owen bar",
        "@Owena",
        "@Owen2",
        "@Owen_",
        "@Owené",
        "@Owenѕ",
        "@Owen小明",
        "@owen.example",
        "@Owen-Smith",
        "@Owen's",
        "@Owen Smith\u2005hi",
        "me@Owen.example",
        "https://example.org/@Owen",
        "@Bowen hi",
        "",
    ],
)
def test_somebody_else_is(text: str) -> None:
    assert not mentions(text, "Owen")


@pytest.mark.parametrize("name", ["", " ", "\u200b\u3164"])
def test_nobody_has_no_name(name: str) -> None:
    assert not mentions("@ @\u200b", name)


@pytest.mark.parametrize("name", ["O. (w)", "小明", "Owen ❤️", "a@b", "[x]+*", "Owen\u2005"])
def test_any_name(name: str) -> None:
    assert mentions(f"@{name}\u2005hi", name)
    assert not mentions(f"x@{name}\u2005hi", name)


@given(st.text("@Owen\u2005 .「：」>\n", max_size=3000))
def test_hostile_text_takes_no_time(text: str) -> None:
    mentions(without_quoted(text * 20), "Owen")


def in_group(text: str, nickname: str = "") -> bool:
    message = payload(room=ROOM, listener="", text=text)
    owner = OwnAccount(OWNER, "Owen")
    return received(
        message, owner, chat_name="c", sender_name="s", now=1, nickname=nickname
    ).mentions_owner


@pytest.mark.parametrize("frame", [QUOTE, REFER])
def test_only_the_writers_own_words_count(frame: str) -> None:
    assert not in_group(frame.format("yes"))
    assert in_group(frame.format("yes @Owen"))


@pytest.mark.parametrize("frame", [QUOTE, REFER])
def test_an_id_counts_where_the_writers_own_words_mention_as_many(frame: str) -> None:
    def by_id(words: str, *ids: str) -> bool:
        text = frame.format(words)
        return event_of(payload(room=ROOM, listener="", text=text, mentions=ids)).mentions_owner

    assert not by_id("yes", OWNER)
    assert not by_id("yes @Bob\u2005", "bob", OWNER)
    assert by_id("@Captain\u2005yes", OWNER)
    assert event_of(payload(room=ROOM, text="you too?", mentions=(OWNER,))).mentions_owner


def test_quotes_in_a_quote_are_not_the_writers_words() -> None:
    inner = "「Bob：@Owen\u2005x」\n- - - - - - - -\nwell"
    text = f"「Ann：{inner}」\n- - - - - - - -\nyes"
    assert not in_group(text)
    assert event_of(payload(text=text)).text == "yes"


@pytest.mark.parametrize(
    "text", ["> @Owen lunch?\nyes", "「Ann：@Owen lunch?」 yes", "yes 「Ann: well @Owen」"]
)
def test_quotes_by_hand_are_not_the_writers_words(text: str) -> None:
    assert not in_group(text)
    assert in_group(f"{text}\n@Owen too")


def test_the_title_of_a_link_is_not_the_writers_words() -> None:
    title = "<msg><appmsg><title>ask @Owen</title></appmsg></msg>"
    message = payload(room=ROOM, type=14, text=title)
    assert not event_of(message).mentions_owner


def test_the_name_in_the_group_counts_too() -> None:
    assert in_group("@Captain\u2005noon?", "Captain")
    assert in_group("@Owen\u2005noon?", "Captain")
    assert not in_group("@Captains\u2005noon?", "Captain")
    assert not in_group("@Captain\u2005noon?")


async def test_the_owners_new_name_counts_at_once(gateway: Gateway, make: Make) -> None:
    gateway.login()
    async with at_work(make(gateway.settings())) as events:
        gateway.order("rename", id=OWNER, name="Owain")
        gateway.say("@Owain\u2005noon?", by=ANN, room=ROOM)
        message = await events.first(MessageReceived)
    gateway.order("rename", id=OWNER, name="Owen")
    assert message.mentions_owner


async def test_the_gateway_is_asked_for_the_name_in_the_group(gateway: Gateway, make: Make) -> None:
    gateway.login()
    gateway.order("set", nicknames={f"{ROOM}/{OWNER}": "The &lt;Captain&gt;"})
    async with at_work(make(gateway.settings())) as events:
        gateway.say("@The &lt;Captain&gt;\u2005noon?", by=ANN, room=ROOM)
        first = await events.first(MessageReceived)
        gateway.order("set", nicknames={})
        gateway.say("@The &lt;Captain&gt;\u2005noon?", by=ANN, room=ROOM)
        second = await events.first(MessageReceived)
    assert (first.text, first.mentions_owner) == ("@The <Captain>\u2005noon?", True)
    assert not second.mentions_owner
