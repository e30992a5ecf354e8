"""Texts that keep their values."""

from copy import deepcopy

from storage.texts import Text, joined


def test_it_reads_as_english_and_keeps_its_parts() -> None:
    text = Text("{path}: {cause}", path="a{b}.txt", cause=Text("{n} rows", n=3))
    assert text == f"{text}" == "a{b}.txt: 3 rows"
    assert (text.template, text.values["path"]) == ("{path}: {cause}", "a{b}.txt")
    assert Text("no {values}") == "no {values}"


def test_a_copy_keeps_them_too() -> None:
    copied = deepcopy(Text("{path} is empty", path="{a}"))
    assert (copied, copied.template, copied.values) == (
        "{a} is empty",
        "{path} is empty",
        {"path": "{a}"},
    )


def test_joined_texts_keep_their_values() -> None:
    text = joined("; ", [Text("{n} rows", n=1), "plain {x}"])
    assert text == "1 rows; plain {x}"
    assert list(text.values.values()) == ["1 rows", "plain {x}"]
    assert joined("; ", []) == ""
