"""Fixtures of the dashboard's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.chromium import chromium
from tests.twin.dashboard.living import Living, living
from tests.twin.dashboard.stage import Stage, staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot whose owner has a password."""
    async with staged(tmp_path) as made:
        yield made


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Living]:
    """A whole bot whose model is a fake."""
    async with living(tmp_path) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as made:
        yield made
