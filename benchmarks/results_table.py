"""The table of `make bench`: medians with spread, and ratios taken within a round."""

import datetime
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median

Round = dict[str, dict[str, float]]

# entry → its title, and the entries that it is compared with
ENTRIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "train_recipe": ("training, the recipe", ()),
    "train_recipe_without_checkpointing": (
        "training, the recipe without gradient checkpointing",
        ("train_recipe",),
    ),
    "train_trl": ("training, TRL's SFTTrainer", ("train_recipe",)),
    "train_ours": ("**training, ours**", ("train_recipe", "train_trl", "limit_training")),
    "limit_training": ("training, the limit of the products", ()),
    "answer_recipe_base": ("answering, the recipe's base", ()),
    "answer_recipe_adapter": ("answering, the recipe with its adapter", ("answer_recipe_base",)),
    "answer_llama_cpp": ("answering, llama.cpp alone, base", ("answer_recipe_adapter",)),
    "answer_torch_adapter": ("answering, ours on torch", ("answer_recipe_adapter",)),
    "answer_ours_base": ("answering, our base", ("answer_recipe_adapter", "answer_llama_cpp")),
    "answer_ours_adapter": (
        "**answering, ours**",
        ("answer_recipe_adapter", "answer_ours_base", "answer_llama_cpp"),
    ),
    "answer_ours_again": (
        "**answering, ours, a chat that goes on**",
        ("answer_recipe_adapter", "answer_ours_adapter"),
    ),
    "decode_llama_cpp": ("writing alone, llama.cpp, base", ()),
    "decode_llama_cpp_8_bits": ("writing alone, llama.cpp, base, 8 bits", ("decode_llama_cpp",)),
    "decode_ours": ("**writing alone, ours**", ("decode_llama_cpp", "limit_answering")),
    "decode_ours_8_bits": (
        "**writing alone, ours, 8 bits**",
        ("decode_llama_cpp_8_bits", "decode_ours"),
    ),
    "limit_answering": ("answering, the limit of reading weights", ()),
    "eight_torch": ("eight friends at once, ours on torch", ("answer_torch_adapter",)),
    "eight_ours": ("eight friends at once, ours", ("answer_recipe_adapter", "answer_ours_adapter")),
    "eight_ours_again": (
        "**eight friends at once, chats that go on**",
        ("answer_recipe_adapter", "answer_ours_again"),
    ),
}
PACKAGES = ("torch", "transformers", "peft", "openvino-genai", "trl", "xllamacpp")
BEGIN, END = "<!-- what `make bench` wrote: begin -->", "<!-- what `make bench` wrote: end -->"


def table(rounds: list[Round], samples: int) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines = [
        f"{datetime.date.today()}, {_processor()}, Python {platform.python_version()}, {packages}; "  # noqa: DTZ011
        f"{samples} samples to train on, rounds: {len(rounds)}; median (least to most).",
        "",
        "| | tokens/s | held-out loss | peak GB | times as fast as |",
        "|---|---|---|---|---|",
    ]
    for name in rounds[0]:
        called, others = ENTRIES[name]
        loss = [each[name]["held_out"] for each in rounds if "held_out" in each[name]]
        ratios = [
            f"{ENTRIES[other][0].strip('*')}: {_spread(_ratios(rounds, name, other), 2)}"
            for other in others
            if other in rounds[0]
        ]
        lines.append(
            f"| {called} | {_spread([_speed(each[name]) for each in rounds], 0)} "
            f"| {f'{median(loss):.3f}' if loss else '–'} "
            f"| {median(each[name]['peak_gb'] for each in rounds):.1f} "
            f"| {'<br>'.join(ratios) or '–'} |"
        )
    return "\n".join(lines)


def write_into_docs(path: Path, text: str, arguments: list[str]) -> None:
    command = f'`make bench ARGS="{" ".join(arguments)}"`'
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n{command}, {text}\n{END}{after}", encoding="utf-8")


def _ratios(rounds: list[Round], name: str, other: str) -> list[float]:
    return [_speed(each[name]) / _speed(each[other]) for each in rounds]


def _speed(result: dict[str, float]) -> float:
    return result["tokens"] / result["seconds"]


def _spread(values: list[float], digits: int) -> str:
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.machine()
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} cores of {names[0]}" if names else platform.machine()
