"""Tiny checkpoints of many families, tokenizers and templates go the whole way, or are refused."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from storage.errors import TwinError
from tests.bases.matrix import BASES, Base
from tests.bases.table import PAGES, table
from tests.bases.whole_way import Workshop


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """With one thread: tiny products gain nothing from two, which wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    workshop = Workshop(tmp_path_factory.mktemp("bases"))
    yield workshop
    workshop.close()
    torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_base_goes_the_whole_way_or_is_refused_before_it_is_trained(
    workshop: Workshop, base: Base
) -> None:
    if base.refused:
        with pytest.raises(TwinError, match=base.refused):
            workshop.take(base)
        return
    went = workshop.take(base)
    assert went.runs_on_openvino is base.openvino
    if base.openvino:
        assert went.openvino == went.torch


def test_the_matrix_is_wide() -> None:
    working = [base for base in BASES if not base.refused]
    assert len(working) >= 24
    assert len({base.family for base in working}) >= 24
    assert len({base.template for base in working}) >= 12
    assert len({base.tokenizer for base in working}) >= 5


@pytest.mark.parametrize("page", PAGES)
def test_the_table_of_the_docs_is_the_matrix(page: str) -> None:
    assert table(page) in Path(__file__).parents[2].joinpath(page).read_text(encoding="utf-8")
