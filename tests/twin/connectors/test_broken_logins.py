"""A file of a connector that holds anything at all stops no other check of status and doctor."""

import re
from pathlib import Path
from typing import Any

import pytest

from twin.connectors import ilink, matrix, onebot, telegram, wechaty
from twin.connectors.base import ConnectorFolder
from twin.connectors.ilink.account import account_file as ilink_file
from twin.connectors.matrix.account import account_file as matrix_file
from twin.connectors.onebot.settings import TOKEN_VARIABLE
from twin.connectors.telegram.account import connection_file, save_token
from twin.language import Language

FOLDERS: tuple[ConnectorFolder[Any], ...] = (
    ilink.CONNECTOR,
    matrix.CONNECTOR,
    onebot.CONNECTOR,
    telegram.CONNECTOR,
)
CHINESE = Language("zh_CN")
HAN, COMMAND = re.compile(r"[\u4e00-\u9fff]"), re.compile("`[^`]+`")


@pytest.mark.parametrize("content", [b"\xff", b"", b"null", b"[" * 100_000, b'{"token": 3}'])
def test_it_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    save_token(tmp_path, "4242:a-token-for-tests")
    troubles = tmp_path / "onebot/troubles.json"
    for path in (ilink_file(tmp_path), matrix_file(tmp_path), connection_file(tmp_path), troubles):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)
    for folder in FOLDERS:
        for found in _found(folder, tmp_path):
            assert "\n" not in found


def _found(folder: ConnectorFolder[Any], data: Path) -> list[str]:
    return [one.found for one in folder.problems(folder.settings(enabled=True), data)]


def test_what_the_doctor_finds_missing_is_told_in_other_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "口令")
    for folder in (*FOLDERS, wechaty.CONNECTOR):
        found = folder.problems(folder.settings(enabled=True), tmp_path)
        assert found
        for one in found:
            said, remedy = CHINESE.say(one.found), CHINESE.say(one.remedy)
            assert HAN.search(said), said
            assert HAN.search(remedy) or COMMAND.fullmatch(remedy), remedy
