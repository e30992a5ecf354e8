"""A file of a connector that holds anything at all stops no other check of status and doctor."""

from pathlib import Path

import pytest

from twin.connectors import ilink, matrix, onebot, telegram
from twin.connectors.base import ConnectorFolder
from twin.connectors.ilink.account import account_file as ilink_file
from twin.connectors.matrix.account import account_file as matrix_file
from twin.connectors.telegram.account import connection_file, save_token

FOLDERS = (ilink.CONNECTOR, matrix.CONNECTOR, onebot.CONNECTOR, telegram.CONNECTOR)


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


def _found(folder: ConnectorFolder, data: Path) -> list[str]:  # type: ignore[type-arg]
    return [one.found for one in folder.problems(folder.settings(enabled=True), data)]
