"""Somebody who sets a twin up for the first time: their settings, an export, a tiny base model."""

from pathlib import Path

from tests.tiny import tiny_model
from twin.config.edit import change
from twin.config.load import DEFAULT_FILE
from twin.engine.bases.machine import Machine

# Of the settings, what makes a training of seconds out of one of minutes.
QUICK = {
    "train.batch_size": 4,
    "train.min_samples": 4,
    "train.learning_rate": 0.01,
    "reply.max_tokens": 4,
    "judge.prompts": 2,
    "judge.min_stop_share": 0.0,
    "judge.max_extra_repeats": 1.0,
    "quality.max_alike": 0,
    "quality.max_filler_share": 1.0,
}
ANSWERS = 20
# Measuring the real one takes four seconds of a processor.
COMPUTER = Machine("cpu", "float32", 4, 1e11, 1e10, 2, 4 << 30, 8 << 30, 100 << 30)
EXPORT = "WhatsApp Chat with Ann.txt"


def settings_as_shipped(folder: Path, port: int = 8080) -> Path:
    """The file that comes with the program, but for what takes long."""
    path = folder / "config.toml"
    text = DEFAULT_FILE.read_text("utf-8").replace("port = 8080", f"port = {port}")
    for name, value in (("dtype", "float32"), ("runtime", "torch"), ("device", "cpu")):
        text = text.replace(f'{name} = "auto"', f'{name} = "{value}"', 1)
    path.write_text(text, "utf-8")
    change(path, QUICK)
    return path


def own_base(folder: Path) -> Path:
    """A base model that the newcomer has in a folder of theirs."""
    return tiny_model(folder / "my base")


def export(folder: Path) -> Path:
    """A chat in which Ann asks and Bob, the newcomer, answers; it does not say who exported it."""
    path = folder / EXPORT
    lines = []
    for number in range(ANSWERS):
        day = 13 + number // 4
        lines.append(f"{day}/12/2024, 10:{number:02} - Ann: are you there {number}?\n")
        lines.append(f"{day}/12/2024, 10:{number:02} - Bob: see you tomorrow :)\n")
    path.write_text("".join(lines), "utf-8")
    return path
