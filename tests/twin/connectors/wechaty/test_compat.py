"""wechaty 0.10.7 on today's versions, in a process of its own: imports happen once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[4]


def run(script: str, folder: Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, *options, "-c", script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_wechaty_is_importable_with_new_dependencies(tmp_path: Path) -> None:
    told = run(
        "from pathlib import Path\n"
        "from twin.connectors.wechaty.compat import PuppetOptions, keep_files_in\n"
        f"keep_files_in(Path({str(tmp_path)!r}, 'files'))\n"
        "import wechaty, pyee, urllib3\n"
        "hash(PuppetOptions())\n"
        "wechaty.WechatyOptions(puppet='x')\n"
        "print(wechaty.__version__, urllib3.get_host('http://a.example:8080/x'))\n",
        tmp_path,
    )
    assert "0.10.7 ('http', 'a.example', 8080)" in told


def test_the_import_warns_of_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    told = run(
        "import asyncio, logging, sys\n"
        "from twin.connectors.wechaty import puppet\n"
        "assert sys.version_info >= (3, 13) or 'telnetlib' not in sys.modules\n"
        "logging.basicConfig(level=logging.DEBUG)\n"
        "async def make():\n"
        "    await puppet.Puppet('127.0.0.1:1', 'the-token').stop()\n"
        "asyncio.run(make())\n"
        "logging.getLogger('asyncio').warning('others still log')\n",
        tmp_path,
        *("-W", "error"),
    )
    assert "the-token" not in told
    assert "others still log" in told
    assert list(tmp_path.iterdir()) == []


def test_without_wechat_nothing_of_it_is_imported(tmp_path: Path) -> None:
    told = run(
        "import sys\n"
        "import bot, twin.app, twin.connectors.web.connector\n"
        "print([name for name in sys.modules if 'wechaty' in name or 'grpclib' in name])\n",
        tmp_path,
    )
    assert told.strip() == "[]"
