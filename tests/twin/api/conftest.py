from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.twin.api.serving import Stage, served, stage_in


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = stage_in(tmp_path)
    async with served(stage.context) as stage.url:
        yield stage
    stage.context.db.close()
