import pytest

from tests.training.dataset.quality.answers import Answer
from training.dataset.quality.copied import is_only_links, looks_pasted, sent_again

PASTED = [
    "转发：明天全市停水",
    "【转发】请大家注意安全",
    "[聊天记录]",
    "小王和小李的聊天记录",
    "Fwd: meeting\nsee below",
    "---------- Forwarded message ---------\nFrom: Ann",
    "From: Ann\nSubject: lunch\nare you coming?",
    "发件人：小王\n主题：周报\n见附件",
    "> are you coming?\n> we need to know\nyes",
    "On Mon, 3 June 2024 at 10:00, Ann <ann@example.com> wrote:\n> hello",
    "「小王：明天来吗」\n- - - - - - - - - -\n来",
    "8.99 复制打开抖音，看看【小猫的作品】 https://v.douyin.com/abc/",
    "【淘宝】https://m.tb.cn/h.abc 「连衣裙」点击链接直接打开",
    "【猫和老鼠-哔哩哔哩】 https://b23.tv/abc",
    "Please forward this message to 10 people or you will have bad luck",
    "转发给10个人，好运就来",
    "def add(a, b):\n    total = sum([a, b])\n    return total",
    "```python\nprint(1)\n```",
    "function f() {\n  return 1;\n}",
    "Traceback (most recent call last):\n  File x",
    "2024-05-01 10:00:01 INFO start\n2024-05-01 10:00:02 ERROR failed",
    "[20:15, 1/2/2024] Ann: hi\n[20:16, 1/2/2024] Bob: hello\n",
    "小王 2024-05-01 10:00:01\n在吗\n小李 2024-05-01 10:01:01",
    "name\tage\tcity\nAnn\t30\tRome\nBob\t31\tOslo",
    "| a | b |\n| - | - |\n| 1 | 2 |",
]
OWN_WORDS = [
    "no way!!",
    "笑死",
    "转发一下这个呗",
    "帮我转发给小王",
    "我把聊天记录删了",
    "from: me\nwith love",
    "subject: you are late",
    "> 3 people is a crowd",
    "see https://example.com/a, it's great",
    "【重要】明天别迟到",
    "「你行你上」他真这么说的",
    "send this to Ann please",
    "复制一下发我",
    "点击那个链接",
    "import the photos first\nthen class is at 8\nfor me it's fine",
    "if you want:\nwe go\nelse: stay",
    "binary is ones and zeros so\n0 = 0000\n1 = 0001\n2 = 0010\n3=0011",
    "10:30 at the station?\nor 11:00",
    "2024-05-01 is my birthday\nand 2024-05-02 is yours",
    "Ann: yes\nBob: no\nme: maybe",
    "this | that | whatever",
    "I was there.\n(really)\nyou know;\nok",
    "好的；\n那我先走了；",
]


@pytest.mark.parametrize("text", PASTED)
def test_it_looks_pasted(text: str) -> None:
    assert looks_pasted(text)


@pytest.mark.parametrize("text", OWN_WORDS)
def test_own_words_do_not(text: str) -> None:
    assert not looks_pasted(text)
    assert not is_only_links(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/a",
        "https://a.example/b\nwww.example.com/c !",
        "youtu.be/abc",
        "[LINK_1]",
    ],
)
def test_links_alone_say_nothing(text: str) -> None:
    assert is_only_links(text)


@pytest.mark.parametrize("text", ["", "...", "and/or", "看 https://example.com/a", "1/2", "w/e"])
def test_words_are_more_than_links(text: str) -> None:
    assert not is_only_links(text)


ENGLISH = (
    "I'm moving house on Saturday and I need six strong friends with a car, "
    "there will be pizza for everybody!"
)
CHINESE = (
    "各位朋友大家好，好久不见，我下周六搬家，需要几个人来帮帮忙，"
    "搬完请大家吃火锅，有空的朋友请跟我说一声，先谢谢大家"
)


def at(*chats: int, text: str) -> list[Answer]:
    return [Answer(chat, "?", text, n) for n, chat in enumerate(chats)]


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
