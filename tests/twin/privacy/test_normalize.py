import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.disguises import disguises
from twin.privacy.characters import plain_form
from twin.privacy.normalize import comparable, normalize, plain
from twin.privacy.readings import joined, readings, wordings

INVISIBLE = (
    "\u200b\u200d\u2060\u00ad\u3164\u115f\u1160\uffa0\u2800\ufe0f\U000e0100\u034f\U000e0041\u180e"
    "\u17b4\u202e\u2066\U0001d159\ud83d\udc00\ue000\x00\x7f\u0336\u20e3\ufeff\u2065\U000e0fff"
)


def meant(text: str) -> str:
    return joined(normalize(text)).text


@pytest.mark.parametrize("sign", INVISIBLE, ids=lambda sign: f"U+{ord(sign):04X}")
def test_what_cannot_be_seen_is_not_read(sign: str) -> None:
    assert plain(f"{sign}b{sign}{sign}an{sign}k 银{sign}行{sign}") == "bank 银行"


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("bаnk ассоunt", "bank account"),
        ("ραѕѕωοrd", "password"),
        ("𝐛𝖆𝓷𝕜 ⓑⓐⓝⓚ 🅑🅐🅝🅚 🅱🅰🅽🅺 ｂａｎｋ", "bank bank BANK BANK bank"),
        ("ᴘᴀssᴡᴏʀᴅ ʙᴀɴᴋ", "password bank"),
        ("ІВАΝ", "IBAN"),
        ("b̶a̶n̶k̶ bàńķ", "bank bank"),
        ("銀行卡 轉賬 驗證碼 身份證", "银行卡 转账 验证码 身份证"),
        ("١٢٣ ४५६ ๗๘๙ ①②③ ❹⑤㈥ 1️⃣ ² １２", "123 456 789 123 456 1 2 12"),
        (
            "&#98;&#x61;nk&nbsp;&amp;#107; &lt;|x|&gt; &unknown; a & b",
            "bank k <|x|> &unknown; a & b",
        ),
        ("a\u2003b\u00a0c\u3000d\u2028e\x85f", "a b c d\ne f"),
        ("don’t ‒ “so”", 'don\'t - "so"'),
        ("한국어 ไทย العربية", "한국어 ไทย العربية"),
        ("a│b", "a│b"),
    ],
)
def test_signs_read_as_what_they_look_like(text: str, reads: str) -> None:
    assert plain(text) == reads


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("s e n d   m e   5 0", "send me 50"),
        ("s.e.n.d m-e t*h*e c🔥o🔥d🔥e", "send m-e the code"),
        ("c.o.d.e.:. .4.4.7.1", "code: 4471"),
        ("密 码 多-少, 银*行", "密码多少, 银行"),
        ("一三八〇〇一三八〇〇〇", "13800138000"),
        ("一三八-零零一三-八零零零", "13800138000"),
        ("one three eight, zero zero one three", "1380013"),
        ("给我打two zero zero zero块", "给我打2000块"),
        ("1 2 3 4 5 6 7 8 9 10 11", "1 2 3 4 5 6 7 8 9 10 11"),
        ("一个人, 三三两两", "一个人, 三三两两"),
        ("so  far\tapart", "so  far\tapart".replace("  ", " ")),
    ],
)
def test_what_is_spelled_apart_is_put_together(text: str, reads: str) -> None:
    assert meant(text) == reads


def test_ordinary_texts_have_one_reading() -> None:
    for text in (
        "hello, how are you?",
        "今天吃了顿特别好吃的火锅，你呢",
        "see you at 18:30",
        "a b",
    ):
        assert len(list(readings(text))) == 1
    assert comparable(" Ａnna ") == "anna"


def test_only_readings_with_other_words_are_compared() -> None:
    assert wordings("你好，world!") == ["你好,world!"]
    assert wordings("b\u0430nk c a r d") == ["b\u0430nk c a r d", "bank c a r d", "bank card"]


def test_what_stands_from_right_to_left_is_read_as_it_is_seen() -> None:
    assert "call 13812345678" in [read.text for read in readings("\u202e87654321831 llac\u202c")]


@given(st.text() | st.from_regex(r"[a-c一二𝐛٣é \u200b\u3164&#;.*-]{0,40}", fullmatch=True))
def test_every_reading_knows_where_it_stands_in_the_original(text: str) -> None:
    for read in readings(text):
        assert len(read.text) == len(read.starts) == len(read.ends)
        for at in range(len(read.text)):
            start, end = read.original(at, at + 1)
            assert 0 <= start < end <= len(text)


@given(st.text())
def test_normal_text_is_normal(text: str) -> None:
    once = plain(re.sub("&", "", text))
    assert plain(once) == once


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["a ", "银\u3164", "&amp;", "一", "one ", "1.", "\u202ea", "a*", "é "]
)
def test_time_grows_with_the_length_alone(unit: str) -> None:
    began = time.process_time()
    list(readings(unit * (40_000 // len(unit))))
    assert time.process_time() - began < 20  # it takes a fifth of a second


def test_the_table_of_characters_is_bounded() -> None:
    assert plain_form.cache_info().maxsize == 1 << 14


def test_every_alteration_alters_something() -> None:
    text = "Sende mir die 12345 Codes, aeiost 转账 食 one"
    assert [name for name, alter in disguises().items() if alter(text) == text] == ["leet"]
