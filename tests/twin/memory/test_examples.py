"""The examples by which questions are turned towards their answers."""

import numpy as np
import pytest

from twin.memory.examples import PACKAGED, examples_of, texts
from twin.sentence_model import PACKAGE, embed


def test_every_example_is_there_in_both_languages_and_has_its_vectors() -> None:
    columns = texts()
    assert len(columns) == 4
    assert all(text for column in columns for text in column)
    assert np.load(PACKAGED).shape == (4, len(columns[0]), 384)


@pytest.mark.parametrize("column", range(4))
def test_the_packaged_vectors_are_of_these_texts(column: int) -> None:
    stored = np.load(PACKAGED)[column, -1].astype(np.float32)
    [made] = embed([texts()[column][-1]], PACKAGE, as_query=column % 2 == 0)  # type: ignore[misc]
    assert made @ stored / np.linalg.norm(stored) > 0.999


def test_an_answer_comes_nearer_than_what_reads_like_the_question() -> None:
    said = ["me: just signed the lease for the attic in the old town", "friend: how do you live"]
    rows = embed(said, PACKAGE, as_query=False)
    question = embed(["where do you live?"], PACKAGE, as_query=True)
    assert rows is not None
    assert question is not None
    examples = examples_of(PACKAGE)
    answer, other = examples.query(question[0]).likenesses(rows) * examples.spread
    plain_answer, plain_other = rows @ question[0]
    assert answer - other > plain_answer - plain_other + 0.02
