"""Which language a page is in, and how it writes times and numbers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.texts import Text, joined
from twin import language
from twin.language import Language, language_for, languages, terminal_language

EN, ZH = Language("en"), Language("zh_CN")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", EN),
        ("de-DE", EN),
        ("en-US,zh;q=0.8", EN),
        ("zh;q=0.8,en;q=0.9", EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", ZH),
        ("zh-TW", ZH),
        ("zh-Hant-TW", ZH),
        ("de, zh;q=0.1", ZH),
        ("zh;q=0, *", EN),
        ("zh;q=x;;,,", EN),
    ],
)
def test_the_browser_is_answered_in_its_language(header: str, expected: Language) -> None:
    assert language_for(header) == expected


def test_the_owners_choice_goes_before_the_browsers() -> None:
    assert language_for("zh-TW,zh;q=0.9", None) == ZH
    assert language_for("ZH-cn", None) == language_for("", "zh-cn") == ZH
    assert language_for("zh-TW,zh;q=0.9", "en") == EN
    assert language_for("en", "zh-CN") == ZH
    assert language_for("en", "xx") == EN


def test_a_catalog_makes_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "fr" / language.FILE
    file.parent.mkdir(parents=True)
    file.write_text('msgid "Log in"\nmsgstr "Se connecter"\n', "utf-8")
    monkeypatch.setattr(language, "CATALOGS", tmp_path)
    languages.cache_clear()
    try:
        assert [one.tag for one in languages()] == ["en", "fr"]
        french = language_for("fr-CA,en;q=0.5")
        assert french.name == "Français"
        assert french.say("Log in") == "Se connecter"
        assert french.say("Log out") == "Log out"
    finally:
        languages.cache_clear()


def test_languages_are_called_as_their_speakers_call_them() -> None:
    assert [one.name for one in languages()] == ["English", "中文"]


def test_times_and_numbers_are_written_as_in_the_language() -> None:
    at = datetime(2026, 3, 4, 17, 5, tzinfo=UTC)
    assert EN.when(at) == "Mar 4, 2026, 17:05"
    assert ZH.when(at) == "2026年3月4日 17:05"
    assert (EN.time(at), ZH.time(at)) == ("17:05", "17:05")
    day = at.date()
    assert (EN.day_of_year(day), ZH.day_of_year(day)) == ("Mar 4", "3月4日")
    assert EN.whole_day(day) == "Wednesday, March 4, 2026"
    assert ZH.whole_day(day) == "2026年3月4日星期三"
    assert EN.number(12345) == "12,345"
    assert ZH.number(0.12345, 3) == "0.123"
    assert EN.percent(0.256) == "26%"


def test_braces_of_values_stay() -> None:
    assert EN.say("{chat} wrote", chat="{x}") == "{x} wrote"
    assert EN.say("") == ""


def test_a_text_that_keeps_its_values_is_said_with_all_that_is_in_it() -> None:
    number = Text("{n} min", n=3)
    text = Text("{name}: {text}", name="{x}", text=joined("; ", [number, "as it is"]))
    assert ZH.say(text) == "{x}：3 分钟; as it is"
    assert EN.say(text) == text == "{x}: 3 min; as it is"


def test_the_terminal_is_spoken_to_in_its_language() -> None:
    assert terminal_language({"LANG": "zh_CN.UTF-8"}) == ZH
    assert terminal_language({"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LC_MESSAGES": "C"}) == EN
    assert terminal_language({"LC_ALL": "en_US.UTF-8", "LANG": "zh_TW"}) == EN
    assert terminal_language({}) == EN
