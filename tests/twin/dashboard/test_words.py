"""Every sentence of the pages is there in both languages."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping

import pytest

import twin.dashboard
from twin.dashboard.words import Words, language_of


def every_words() -> Iterator[tuple[str, Words]]:
    for module in pkgutil.iter_modules(twin.dashboard.__path__, "twin.dashboard."):
        for name, value in vars(importlib.import_module(module.name)).items():
            yield from ((f"{module.name}.{name}", words) for words in _within(value))


def _within(value: object) -> Iterator[Words]:
    if isinstance(value, Words):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _within(item)
    elif type(value) is tuple:
        for item in value:
            yield from _within(item)


@pytest.mark.parametrize(("name", "words"), list(every_words()))
def test_both_languages_say_it_with_the_same_placeholders(name: str, words: Words) -> None:
    assert words.en.strip(), name
    assert words.zh.strip(), name
    english, chinese = (sorted(re.findall(r"{\w+}", text)) for text in (words.en, words.zh))
    assert english == chinese, name
    is_switch = words.en == "中文"
    bare = re.sub(r"{\w+}", "", words.en + words.zh)
    if not re.search(r"[^\W\d]", bare):
        return  # figures and signs are no language
    assert is_switch or re.search(r"[\u4e00-\u9fff]", words.zh), name
    assert is_switch or not re.search(r"[\u4e00-\u9fff]", words.en), name


def test_the_owners_choice_goes_before_the_browsers() -> None:
    assert language_of(None, "zh-TW,zh;q=0.9") == "zh-CN"
    assert language_of("en", "zh-TW,zh;q=0.9") == "en"
    assert language_of("zh-CN", "en") == "zh-CN"
