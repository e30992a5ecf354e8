"""Questions of `bot.py telegram connect`."""

import asyncio
import getpass
import signal

import pytest

from twin.cli.telegram import _ask_token


def test_ctrl_c_ends_a_question_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[str] = []

    def typed(question: str) -> str:
        signal.raise_signal(signal.SIGINT)
        answered.append(question)
        return ""

    async def ask() -> str:
        return _ask_token(patient=True)

    monkeypatch.setattr(getpass, "getpass", typed)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(ask())
    assert answered == []
