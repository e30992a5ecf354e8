from hypothesis import given
from hypothesis import strategies as st

from storage.messages import Message
from storage.stale_chats import LONGEST_MS
from twin.config.schema import Config
from twin.memory.passages import MOST_CHARS, MOST_MESSAGES, passages_of

MINUTE = 60_000


def said(number: int, origin: str, text: str, minute: int, **more: object) -> Message:
    values = {"kind": "text", "recalled_at": None} | more
    return Message(number, 1, origin, text=text, sent_at=minute * MINUTE, **values)  # type: ignore[arg-type]


def texts(config: Config, *messages: Message) -> list[str]:
    return [passage.text for passage in passages_of(messages, config)]


def test_a_passage_is_what_a_friend_wrote_with_the_answer(config: Config) -> None:
    assert texts(
        config,
        said(1, "peer", "how was", 0),
        said(2, "peer", "work", 1),
        said(3, "owner", "my boss yelled", 5),
        said(4, "owner", "again", 6),
        said(5, "peer", "oh no", 7),
        said(6, "owner", "night", 999),
    ) == ["how was\nwork\nmy boss yelled\nagain", "oh no", "night"]


def test_only_words_of_people_that_may_be_shown_are_used(config: Config) -> None:
    blocking = config.privacy.model_copy(update={"blocked_words": ("Geheim",)})
    assert texts(
        config.model_copy(update={"privacy": blocking}),
        said(1, "peer", "one", 0),
        said(2, "twin", "two", 1),
        said(3, "owner", "three", 2, recalled_at=9),
        said(4, "owner", "four", 2, kind="system"),
        said(5, "owner", "\u200b ", 2),
        said(6, "owner", "das ist g\u0435heim", 2),  # with a Cyrillic letter
        said(7, "owner", "seven", 2),
    ) == ["one\nseven"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["peer", "owner"]), st.integers(0, 5000), st.integers(0, 900))
    )
)
def test_each_message_is_in_one_passage_of_bounded_length(
    lines: list[tuple[str, int, int]],
) -> None:
    config = Config.model_construct()
    minute = 0
    messages = []
    for number, (origin, length, later) in enumerate(lines):
        minute += later
        messages.append(said(number, origin, "a" * (1 + length % 700), minute))
    passages = passages_of(messages, config)
    assert [one for passage in passages for one in passage.messages] == messages
    for passage in passages:
        assert passage.ended_at - passage.began_at <= LONGEST_MS
        assert len(passage.messages) <= MOST_MESSAGES
        assert len(passage.messages) == 1 or len(passage.text) <= MOST_CHARS + MOST_MESSAGES
