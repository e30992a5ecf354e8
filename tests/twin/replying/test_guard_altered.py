"""What is altered so that people read it and patterns don't."""

import pytest

from tests.twin.replying.altered import (
    HARMLESS,
    OWNER,
    SECRETS,
    is_caught,
    is_stopped,
    missed,
    missed_values,
)

FLOOR = 0.98


def test_altered_messages_are_the_owners_too() -> None:
    count, let_by = missed(OWNER, is_caught, step=8)
    assert count > 1_000
    assert len(let_by) <= (1 - FLOOR) * count, let_by


@pytest.mark.slow
def test_altered_secrets_are_not_sent() -> None:
    count, let_by = missed(SECRETS, is_stopped, step=3)
    assert count > 500
    assert len(let_by) <= (1 - FLOOR) * count, let_by


@pytest.mark.slow
def test_altered_values_are_masked() -> None:
    count, let_by = missed_values(step=8)
    assert count > 1_000
    assert len(let_by) <= (1 - FLOOR) * count, let_by


def test_altered_harmless_messages_are_answered() -> None:
    count, answered = missed(HARMLESS, is_caught, step=8)
    assert len(answered) >= FLOOR * count
