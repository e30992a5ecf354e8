"""Each connector with its platform; the servers for the tests that need one."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from tests.twin.connectors.matrix.synapse import Synapse
from tests.twin.connectors.matrix.synapse import missing as no_synapse
from tests.twin.connectors.platforms import NAMES, Platform, marks_of, platform_of
from tests.twin.connectors.trained_twin import trained_twin
from tests.twin.connectors.wechaty.gateway import Gateway, missing
from twin.connectors.wechaty.connector import WechatyConnector
from twin.connectors.wechaty.settings import Settings


@pytest.fixture(params=[pytest.param(name, marks=marks_of(name)) for name in NAMES])
def name(request: pytest.FixtureRequest) -> str:
    """The connector's folder."""
    found: str = request.param
    return found


@pytest.fixture
async def platform(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Platform]:
    async with platform_of(name)(tmp_path, request) as made:
        yield made


__all__ = ["trained_twin"]


def started_gateway() -> Iterator[Gateway]:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    gateway = Gateway()
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture(scope="module")
def shared_gateway() -> Iterator[Gateway]:
    """For one file: its puppet ends a gateway that nobody asked for a minute."""
    yield from started_gateway()


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """Nobody is logged in, nothing was sent."""
    shared_gateway.order("reset")
    return shared_gateway


@pytest.fixture
def own_gateway() -> Iterator[Gateway]:
    """One that the test may stop."""
    yield from started_gateway()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """One for all tests, each with accounts and rooms of its own."""
    reason = no_synapse()
    if reason is not None:
        pytest.skip(reason)
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop(signal.SIGKILL)


class Made(WechatyConnector):
    """Keeps the codes instead of drawing them."""

    def __init__(self, db: Database, settings: Settings, data: Path) -> None:
        self.codes: list[str] = []
        super().__init__(db, settings, data, show=self.codes.append)


Make = Callable[[Settings], Made]


@pytest.fixture
def make(db: Database, tmp_path: Path) -> Make:
    return lambda settings: Made(db, settings, tmp_path)
