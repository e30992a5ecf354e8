"""What the running bot's connections met is told by status and doctor of another process."""

import asyncio
from pathlib import Path

import pytest

from storage.texts import Text
from twin.config.load import load_config
from twin.connection_errors import FILE, ConnectionErrors, connection_errors
from twin.diagnostics.connections import connection_troubles
from twin.language import Language
from twin.one_bot import one_bot

REFUSED = Text(
    "telegram: the bot's token is refused (mistyped or revoked); {command} takes another one",
    command="`x`",
)


async def _once(data: Path, errors: dict[str, str]) -> None:
    async def end(_: float) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await ConnectionErrors(data, lambda: errors, end).watch()


async def test_they_are_told_while_the_bot_runs_and_in_any_language(tmp_path: Path) -> None:
    await _once(tmp_path, {"telegram": REFUSED, "matrix": "matrix: {odd} words"})
    assert connection_errors(tmp_path) == {}
    with one_bot(tmp_path):
        found = connection_errors(tmp_path)
        assert found == {"telegram": REFUSED, "matrix": "matrix: {odd} words"}
        assert "令牌" in Language("zh_CN").say(found["telegram"])
        (tmp_path / FILE).write_text('{"telegram": 3}', encoding="utf-8")
        assert connection_errors(tmp_path) == {}


def test_each_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[connectors.telegram]\nenabled = true\n", encoding="utf-8")
    config = load_config(path)
    known = [one.found for _, one in connection_troubles(config, {})]
    assert known == ["no bot's token"]
    errors = {"telegram": "telegram: no bot's token; connect it"}
    assert [one.found for _, one in connection_troubles(config, errors)] == known
    found = [one.found for _, one in connection_troubles(config, {"telegram": REFUSED})]
    assert found == [*known, REFUSED]
