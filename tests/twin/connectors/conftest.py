from collections.abc import Iterator

import pytest

from tests.gateway.process import Gateway, skip_without_node


@pytest.fixture(scope="session")
def shared_gateway() -> Iterator[Gateway]:
    skip_without_node()
    gateway = Gateway()
    yield gateway
    gateway.kill()


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    """A running gateway whose account is logged in or not, as the last test left it."""
    return shared_gateway
