"""Whom a WhatsApp export is of, by the name of its file."""

from pathlib import Path

import pytest

from storage.importers.copy_marks import first_copy, without_copy_mark
from storage.importers.programs.whatsapp_title import chat_title


@pytest.mark.parametrize(
    "name",
    [
        "WhatsApp Chat with Nora Lind.txt",
        "WhatsApp Chat - Nora Lind.zip/_chat.txt",
        "Chat de WhatsApp con Nora Lind.txt",
        "Chat WhatsApp con Nora Lind (2).txt",
        "Discussion WhatsApp avec Nora Lind.txt",
        "Conversa do WhatsApp com Nora Lind.zip/_chat.txt",
        "WhatsApp-Chat mit Nora Lind.txt",
        "WhatsApp-chat met Nora Lind.txt",
        "Чат WhatsApp с контактом Nora Lind.txt",
        "Czat WhatsApp z Nora Lind.txt",
        "Nora Lind ile WhatsApp Sohbeti.txt",
        "與 Nora Lind 的 WhatsApp 對話.txt",
        "Nora Lind님과의 WhatsApp 대화.txt",
        "WhatsApp obrolan bersama Nora Lind.txt",
    ],
)
def test_a_friend_in_the_languages_of_phones(name: str) -> None:
    assert chat_title(Path("exports") / name, {"Nora Lind", "Ben"}) == "Nora Lind"


def test_a_friend_whose_name_ends_like_a_copy() -> None:
    assert chat_title(Path("WhatsApp Chat with Nora 2.txt"), {"Nora 2", "Ben"}) == "Nora 2"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WhatsApp Chat with Party at Ben.txt", "Party at Ben"),
        ("WhatsApp Chat - Family (1).zip/_chat.txt", "Family (1)"),
        ("friends.txt", "friends"),
        ("about WhatsApp and Ben.txt", "about WhatsApp and Ben"),
    ],
)
def test_a_group_or_a_name_of_ones_own(name: str, title: str) -> None:
    assert chat_title(Path(name), {"Ben", "Nora", "Jo"}) == title


@pytest.mark.parametrize(
    ("stem", "plain"),
    [
        ("Nora (1)", "Nora"),
        ("Nora(12)", "Nora"),
        ("Nora 2", "Nora"),
        ("Nora - Copy (2)", "Nora"),
        ("小雨 - 副本", "小雨"),
        ("Nora", "Nora"),
        ("Nora (work)", "Nora (work)"),
        ("(1)", "(1)"),
    ],
)
def test_copy_marks(stem: str, plain: str) -> None:
    assert without_copy_mark(stem) == plain


def test_the_first_copy_of_a_zip() -> None:
    assert first_copy(Path("in/Nora (1).zip/_chat.txt")) == Path("in/Nora.zip/_chat.txt")
    assert first_copy(Path("in/chat (3).json")) == Path("in/chat.json")
