import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twin.stickers.nearest
from twin.stickers.exchanges import Answered
from twin.stickers.nearest import nearest

NIGHT, LAUNCH, HAHA = Answered("good night", 1), Answered("发布成功了！"), Answered("哈哈哈哈", 2)
KNOWN = [NIGHT, LAUNCH, HAHA]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("good night", NIGHT),
        ("Good night!", NIGHT),
        ("哈哈", HAHA),
        ("发布成功", LAUNCH),
        ("what about dinner", None),
        ("", None),
    ],
)
def test_by_words(asked: str, found: Answered | None) -> None:
    assert nearest(asked, KNOWN, "") == found


def test_of_two_with_the_same_words_the_newer() -> None:
    newer = Answered("good night", 7)
    assert nearest("good night", [NIGHT, LAUNCH, newer], "") is newer


def test_by_meaning_where_there_is_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = {"sleep well": [1.0, 0.1], "good night": [1.0, 0.0], "well done": [0.0, 1.0]}

    def embed(texts: list[str], model: str, *, as_query: bool) -> object:
        return np.array([vectors[text] for text in texts], np.float32)

    monkeypatch.setattr(twin.stickers.nearest, "embed", embed)
    known = [NIGHT, Answered("well done", 3)]
    assert nearest("sleep well", known, "by hand") is NIGHT
    assert nearest("sleep well", known, "") is known[1]  # by the word that they share


def test_without_its_model_it_goes_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin.stickers.nearest, "embed", lambda *_, **__: None)
    assert nearest("good night all", KNOWN, "gone") is NIGHT


@settings(max_examples=40)
@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=6))
def test_whatever_is_written(asked: str, texts: list[str]) -> None:
    known = [Answered(text) for text in texts]
    found = nearest(asked, known, "")
    assert found is None or found in known
    if asked.strip() and asked in texts:
        assert found is not None
        assert found.asked == asked or found.asked.lower() == asked.lower()
