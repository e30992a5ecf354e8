"""Names that must not leave."""

from unicodedata import normalize

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat, upsert_contact
from training.dataset.samples import Sample
from training.remote.names import NAME, NameMask, known_names
from twin.config.schema import Config, OwnerSettings

NAMES = [
    "Sam Okafor",
    "Anna-Lena de la Cruz",
    "王小明",
    "欧阳娜娜",
    "Ольга",
    "김지우",
    "さくら",
    "ガブ",
    "José",
    "प्रिया शर्मा",
    "சுமன்",
    "សុខា",
    "B",
    "you",
]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("hi Anna!", f"hi {NAME}!"),
        ("HI ANNA", f"HI {NAME}"),
        ("annas, anna's and @anna_99", f"annas, {NAME}'s and @{NAME}_99"),
        ("lena and cruz of the la la land", f"{NAME} and {NAME} of the la la land"),
        ("ＡＮＮＡ?", f"{NAME}?"),
        ("小明明天来，王小明也来", f"{NAME}明天来，{NAME}也来"),
        ("欧阳娜娜", NAME),
        ("Ольга, привет", f"{NAME}, привет"),
        ("김지우는 어디?", f"{NAME}는 어디?"),
        ("さくらちゃん", f"{NAME}ちゃん"),
        ("hola José", f"hola {NAME}"),
        (normalize("NFD", "hola JOSÉ, 김지우, ガブ"), f"hola {NAME}, {NAME}, {NAME}"),
        ("प्रिया और प्रियाल", f"{NAME} और प्रियाल"),
        ("சுமன் தமிழ்", f"{NAME} தமிழ்"),
        ("ថ្ងៃនេះសុខាមក", f"ថ្ងៃនេះ{NAME}មក"),
        ("Annabel, plan B, you", "Annabel, plan B, you"),
        ("call okafor: +49 151 23456789", f"call {NAME}: [PHONE_1]"),
        ("", ""),
    ],
)
def test_each_word_of_a_name_is_taken_out(said: str, left: str) -> None:
    assert NameMask(NAMES).mask(said) == left


def test_an_answer_that_names_somebody_is_not_learnt_and_still_shown() -> None:
    before = ("who?", "Anna of course")
    samples = [
        Sample("You are Sam.", "who?", "Anna of course"),
        Sample("You are Sam.", "and Lena?", "too", (before,), memory="Anna moved to Oslo"),
        Sample("You are Sam.", "what do you call it?", f"its {NAME} with brackets"),
    ]
    [one, other] = NameMask(NAMES).samples(samples)
    assert one.instruction == f"You are {NAME}."
    assert (one.input, one.output) == (f"and {NAME}?", "too")
    assert one.history == (("who?", f"{NAME} of course"),)
    assert one.memory == f"{NAME} moved to Oslo"
    assert other.output == f"its {NAME} with brackets"


def test_whose_names_are_known(db: Database, config: Config) -> None:
    upsert_chat(db, "test", "1", "Ann")
    upsert_chat(db, "test", "2", "The chess club", kind="group")
    upsert_contact(db, "test", "3", "Carl")
    owner = OwnerSettings(name="Sam")
    names = known_names(db, config.model_copy(update={"owner": owner}))
    assert set(names) == {"Sam", "Ann", "Carl"}
