"""The run for a machine with a GPU, which tests have not: its plan, its table, and what fails."""

import sys

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from benchmarks import answering, gpu, gpu_entries, training
from twin.engine.bases.known import find_known


def test_every_entry_of_the_plan_exists_and_trainings_go_first() -> None:
    entries = gpu.plan(rehearses=False, has_four_bits=True)
    for entry in entries:
        assert any(hasattr(each, entry.way) for each in (answering, gpu_entries, training))
    for base in (gpu.PACKAGED, gpu.RECIPES):
        ways = [each.way for each in entries if each.base == base]
        assert ways.index("train_ours") < ways.index("answer_ours_adapter")
    widths = {each.quantize for each in entries if each.way == "train_ours"}
    assert widths == {"none", "4bit"}
    assert {each.quantize for each in gpu.plan(rehearses=False, has_four_bits=False)} == {"none"}
    assert {each.base for each in gpu.plan(rehearses=True, has_four_bits=True)} == {gpu.PACKAGED}


def test_the_recipes_shape_is_that_of_its_base() -> None:
    known = find_known(gpu_entries.RECIPES_BASE)
    assert known is not None
    shape = {name: getattr(known.shape, name) for name in gpu_entries.SHAPE}
    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(AutoConfig.for_model(**shape))
    assert network.num_parameters() == pytest.approx(known.shape.parameters, rel=0.001)


def test_what_fails_is_a_row_and_the_rest_goes_on() -> None:
    trained, recipe, four, room = (
        gpu.Entry("train_ours", gpu.RECIPES, gpu.FULL),
        gpu.Entry("train_recipe", gpu.RECIPES, gpu.FULL),
        gpu.Entry("train_ours", gpu.RECIPES, gpu.FOUR),
        gpu.Entry("make_room", gpu.RECIPES, gpu.FULL),
    )
    bad = [sys.executable, "-c", "raise SystemExit('no | memory')"]
    text = gpu.table(
        {
            recipe: {"tokens": 100, "seconds": 10.0, "held_out": 11.0, "gpu_gb": 12.5},
            trained: {"tokens": 100, "seconds": 4.0, "held_out": 10.5, "gpu_gb": 8.25},
            four: gpu._figures(bad),
            room: {
                **{"held_gb": 4.4, "room_gb": 0.0, "back_gb": 4.4, "leave_s": 9.0},
                **{"return_s": 8.0, "asked": 4, "answered": 4, "gpu_gb": 4.6},
            },
        }
    )
    assert "| 1.9B | training, ours | 25 | 2.50 | 10.500 | 8.25 |" in text
    assert "| 1.9B | training, ours, 4 bits | failed: no / memory | – | – | – |" in text
    assert "4.40, during it 0.00, then 4.40" in text
    assert "answered 4 of 4 meanwhile" in text
    assert "training, ours: 8.2 GB; the recipe says 6 GB." in text


def test_without_a_gpu_it_says_so_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="no CUDA GPU on this machine: nothing is measured"):
        gpu.machine()
