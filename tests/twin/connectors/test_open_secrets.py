"""A login that others on the machine can read is told."""

import os
from pathlib import Path

import pytest

from twin.connectors import ilink, matrix, telegram
from twin.connectors.base import ConnectorFolder
from twin.connectors.ilink import account as ilink_account
from twin.connectors.matrix import account as matrix_account
from twin.connectors.problems import open_secrets
from twin.connectors.telegram.account import save_token, token_file

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def _saved(data: Path) -> list[tuple[ConnectorFolder, Path]]:  # type: ignore[type-arg]
    save_token(data, "4242:a-token-for-tests")
    matrix_account.save_account(data, matrix_account.Account("https://x", "@s:x", "D", "t"))
    ilink_account.save_account(
        data, ilink_account.Account(server="https://x", bot_id="b", owner_id="o", token="t")
    )
    return [
        (telegram.CONNECTOR, token_file(data)),
        (matrix.CONNECTOR, matrix_account.account_file(data)),
        (ilink.CONNECTOR, ilink_account.account_file(data)),
    ]


def test_each_connector_tells_of_its_login(tmp_path: Path) -> None:
    for folder, path in _saved(tmp_path):
        assert not open_secrets(path)
        path.chmod(0o640)
        found = folder.problems(folder.settings(enabled=True), tmp_path)
        assert (f"others can read {path}", f"chmod 600 {path}") in [
            (one.found, one.remedy) for one in found
        ]
