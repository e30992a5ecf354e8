import pytest

from training.dataset.quality.pasted import is_only_links, looks_pasted

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
