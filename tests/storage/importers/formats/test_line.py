"""Where a name ends that nothing marks."""

from storage.importers.formats.line import RowNames

TEXTS = ["hi there", "ok", "I think so", "在吗", "I see you", "maybe not"]


def names(*people: str, known: str = "", rows: int = 6) -> RowNames:
    return RowNames((f"{who} {text}" for text in TEXTS[:rows] for who in people), known)


def test_a_name_of_one_word_and_texts_that_begin_alike() -> None:
    found = names("Ann", "小明")
    assert found.split("Ann I see you") == ("Ann", "I see you")
    assert found.split("小明 ok") == ("小明", "ok")


def test_names_of_many_words_open_many_rows() -> None:
    found = names("Ann Lee", "山田 太郎", "Maria del Mar")
    assert found.split("Ann Lee hi there") == ("Ann Lee", "hi there")
    assert found.split("山田 太郎 在吗") == ("山田 太郎", "在吗")
    assert found.split("Maria del Mar I think so") == ("Maria del Mar", "I think so")


def test_people_with_one_first_name() -> None:
    found = names("Ann Lee", "Ann Smith", "Ben")
    assert found.split("Ann Lee ok") == ("Ann Lee", "ok")
    assert found.split("Ann Smith maybe not") == ("Ann Smith", "maybe not")


def test_one_who_always_says_the_same_keeps_his_name() -> None:
    found = RowNames(["Ann good night"] * 20)
    assert found.split("Ann good night") == ("Ann", "good night")


def test_a_known_name_needs_no_evidence() -> None:
    found = names("Ann Lee", known="Ann Lee", rows=1)
    assert found.split("Ann Lee hi there") == ("Ann Lee", "hi there")


def test_too_little_evidence_is_the_first_word() -> None:
    assert names("Ann Lee", rows=2).split("Ann Lee ok") == ("Ann", "Lee ok")


def test_lines_of_the_platform() -> None:
    found = names("Ann", "Ben")
    for row in ("已收回訊息", "Ann unsent a message."):
        assert found.split(row) == ("", row)
