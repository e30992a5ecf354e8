"""Every text of the program is in every catalog, once, with the same placeholders."""

import re

import pytest
from babel.messages.catalog import Catalog

from twin.catalogs import CODE, ROOT, collect, wrong
from twin.language import ENGLISH, Language, languages, read_catalog

HAN = re.compile(r"[\u4e00-\u9fff]")
WITHIN = re.compile(r"""\bf('[^'\n]*\b(say|say_n|N_|Text)\("|"[^"\n]*\b(say|say_n|N_|Text)\(')""")
SAME = {"Matrix", "PyTorch", "Telegram", "top-p"}  # called so in Chinese too
OTHERS = [language for language in languages() if language.locale != ENGLISH]


@pytest.mark.parametrize("language", OTHERS, ids=lambda one: one.locale)
def test_nothing_is_missing_doubtful_or_unused(language: Language) -> None:
    assert list(wrong(language.locale, read_catalog(language.locale), collect())) == []


def test_no_text_stands_within_another_where_it_is_not_found() -> None:
    assert WITHIN.search("""f'<a>{escape(say("Back"))}</a>'""")
    files = [file for name in CODE for file in (ROOT / name).rglob("*.py")]
    assert [file for file in files if WITHIN.search(file.read_text("utf-8"))] == []


def test_english_stands_in_the_code_and_chinese_in_the_catalog() -> None:
    for message in read_catalog("zh_CN"):
        if message.id:
            ids, strings = ([t] if isinstance(t, str) else t for t in (message.id, message.string))
            is_note = "." in (message.context or "")  # a setting may be about Chinese words
            assert is_note or not any(HAN.search(text) for text in ids or ())
            bare = re.sub(r"{.*?}", "", "".join(strings or ()))
            assert HAN.search(bare) or bare in SAME or not re.search(r"[^\W\d]", bare)


def test_what_is_wrong_is_told_in_a_line_each() -> None:
    texts, catalog = Catalog(), Catalog()
    for text in ("Yes", "No", "{n} chats", "Maybe"):
        texts.add(text)
    catalog.add("Yes", "")
    catalog.add("No", "Non", flags=("fuzzy",))
    catalog.add("{n} chats", "{m} discussions")
    catalog.add("Never", "Jamais")
    assert list(wrong("fr", catalog, texts)) == [
        "fr: not translated: 'Yes'",
        "fr: marked as fuzzy: 'No'",
        "fr: other placeholders: '{n} chats' as '{m} discussions'",
        "fr: not translated: 'Maybe'",
        "fr: not used any more: 'Never'",
    ]
