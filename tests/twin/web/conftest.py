from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.twin.dashboard.stage import Stage, staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot whose owner has a password."""
    async with staged(tmp_path) as made:
        yield made
