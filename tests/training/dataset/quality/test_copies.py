import pytest

from tests.training.dataset.quality.test_filters import Said
from training.dataset.quality.copies import sent_again

ENGLISH = (
    "I'm moving house on Saturday and I need six strong friends with a car, "
    "there will be pizza for everybody!"
)
CHINESE = (
    "各位朋友大家好，好久不见，我下周六搬家，需要几个人来帮帮忙，"
    "搬完请大家吃火锅，有空的朋友请跟我说一声，先谢谢大家"
)


def at(*chats: int, text: str) -> list[Said]:
    return [Said(chat, "?", text, n) for n, chat in enumerate(chats)]


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, f"{ENGLISH}\nok?"])
def test_a_long_text_in_two_chats(text: str) -> None:
    assert sent_again(at(1, 2, text=text)) == [True, True]


def test_more_than_twice_in_one_chat() -> None:
    assert sent_again(at(1, 1, text=ENGLISH)) == [False, False]
    assert sent_again(at(1, 1, 1, text=ENGLISH)) == [True, True, True]


def test_marks_and_case_make_no_difference() -> None:
    answers = [*at(1, text=ENGLISH), *at(2, text=ENGLISH.upper().replace("!", "..."))]
    assert sent_again(answers) == [True, True]


@pytest.mark.parametrize(
    "text", ["", "I'm good thanks, how are you doing today?", "在路上了，马上到，你先点菜吧"]
)
def test_what_people_say_to_everybody_is_theirs(text: str) -> None:
    assert sent_again(at(1, 2, 3, text=text)) == [False] * 3


def test_with_more_words_of_its_own_it_is_none() -> None:
    longer = f"{ENGLISH}\n{'and by the way, how is your mother? ' * 4}"
    assert sent_again([*at(1, text=ENGLISH), *at(2, text=longer)]) == [True, False]
