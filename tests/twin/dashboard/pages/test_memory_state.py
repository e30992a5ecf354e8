"""The memory page says how far the messages are indexed."""

import pytest

from storage.passages import Progress
from twin.dashboard.pages.memory_state import progress_in
from twin.language import Language


@pytest.mark.parametrize(
    ("stale", "left"),
    [
        (0, ""),
        (1, " One chat is still to be gone through; until then its words are found."),
        (1200, " 1,200 chats are still to be gone through; until then their words are found."),
    ],
)
def test_progress(stale: int, left: str) -> None:
    done = "12,345 parts of chats can be found by their meaning."
    assert progress_in(Language("en"), Progress(12_345, stale, 0)) == done + left
