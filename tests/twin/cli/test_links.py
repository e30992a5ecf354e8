"""Secret links are for whoever sits at the terminal, not for journals and log files."""

import io
import sys
from pathlib import Path

import pytest

from storage.database import open_database
from storage.invites import create_invite
from tests.twin.connectors.web.serving import FriendsPage
from twin.cli.access import entrance
from twin.cli.chat import tell_links
from twin.cli.output import Output
from twin.connectors.base import Event


class Stream(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("is_terminal", [False, True])
async def test_links_are_told_on_a_terminal_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool, is_terminal: bool
) -> None:
    db = open_database(tmp_path / "twin.db")
    token, _ = create_invite(db, "Ann")
    told, log = Stream(is_terminal), Stream(is_terminal)
    monkeypatch.setattr(sys, "stdout", told)
    monkeypatch.setattr(sys, "stderr", log)

    async def emit(_name: str, _event: Event) -> None: ...

    page = FriendsPage(db)
    async with page.run(emit):
        await tell_links(db, page.web, Output(as_json))
    db.close()
    assert (token in told.getvalue()) is is_terminal
    assert token not in log.getvalue()
    assert ("bot.py invite" in log.getvalue()) is not is_terminal
    assert (entrance("secret") == "/first-password?token=secret") is is_terminal
    assert entrance(None) == "/"
