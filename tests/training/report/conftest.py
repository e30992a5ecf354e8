import pytest

from tests.training.report.made_up import Told, made_up


@pytest.fixture
def told() -> Told:
    return made_up()
