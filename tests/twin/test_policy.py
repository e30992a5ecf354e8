from dataclasses import replace

import pytest

from storage.chats import Chat, Mode
from twin.policy import Decision, may_answer

NOW = 1_000_000
CHAT = Chat(1, "fake", "ann", "Ann", "direct", "auto", None, None)


def test_a_chat_that_is_switched_on_is_answered() -> None:
    assert may_answer(CHAT, NOW).allowed


@pytest.mark.parametrize("mode", ["off", "log", "draft"])
def test_nothing_is_sent_in_any_other_mode(mode: Mode) -> None:
    decision = may_answer(replace(CHAT, mode=mode), NOW)
    assert not decision.allowed
    assert decision.draft == (mode == "draft")
    assert mode in decision.reason


@pytest.mark.parametrize(("until", "allowed"), [(NOW + 1, False), (NOW, True), (NOW - 1, True)])
def test_a_pause_ends_by_itself(until: int, allowed: bool) -> None:
    assert may_answer(replace(CHAT, paused_until=until), NOW).allowed == allowed


def test_a_pause_holds_back_drafts_too() -> None:
    paused = replace(CHAT, mode="draft", paused_until=NOW + 1)
    assert may_answer(paused, NOW) == Decision(False, "paused")


def test_groups_are_not_answered() -> None:
    assert not may_answer(replace(CHAT, kind="group"), NOW).allowed
