"""schemathesis: whatever the description allows, and what it doesn't, on the running REST API.

The same few requests each time; TWIN_EXAMPLES=500 makes as many of each operation, new ones.
"""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from storage.chats import upsert_chat
from storage.messages import NewMessage, log_message
from storage.outbox import record_decision
from storage.runs import start_run
from tests.twin.api.serving import Stage, add_adapter, served, stage_in

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("TWIN_EXAMPLES", "3"))
SEED = None if "TWIN_EXAMPLES" in os.environ else "1"
PHASES = "coverage,fuzzing,stateful"
DRAFTS = 40


def fill(stage: Stage) -> None:
    """Something of everything, so that a request reaches more than a 404."""
    db = stage.context.db
    for number in range(1, DRAFTS + 1):
        chat = upsert_chat(db, "fake", f"{number}", f"friend {number}").id
        asked = log_message(db, NewMessage(chat, "peer", "coming?", number))
        assert asked is not None
        record_decision(db, chat, asked, "mode is draft", ["sure"], state="draft")
    for name in ("one", "two"):
        add_adapter(stage.context, name)
    start_run(db, "test", 1)
    for _ in range(DRAFTS):
        stage.context.actions.add_fact("I love tea")


async def schemathesis(url: str, key: str, folder: Path) -> tuple[int, str]:
    """Its exit code and its report. A process of its own: it keeps what it makes in its folder."""
    program = Path(sys.executable).with_name("schemathesis")
    given = ["run", f"{url}/api/openapi.json", "--url", f"{url}/api"]
    given += ["--header", f"Authorization: Bearer {key}", "--checks", "all", "--no-color"]
    given += ["--phases", PHASES, "--max-examples", str(EXAMPLES), "--continue-on-failure"]
    given += [] if SEED is None else ["--seed", SEED]
    process = await asyncio.create_subprocess_exec(
        program,
        *given,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    report, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, report.decode()


async def test_no_request_breaks_the_rest_api(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, requests_per_minute=10**9)
    fill(stage)
    async with served(stage.context) as url:
        code, report = await schemathesis(url, stage.manage_key, tmp_path)
    print(report)
    assert code == 0, report
    assert "Tested: 31" in report
    generated = re.search(r"([\d,]+) generated", report)
    assert generated is not None
    assert int(generated[1].replace(",", "")) > 300
