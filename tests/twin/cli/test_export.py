"""bot.py export."""

from pathlib import Path

import gguf
import pytest

from storage.adapters import promote
from storage.database import open_database
from tests.registry import enter_adapter
from tests.terminal import Terminal
from tests.tiny import tiny_adapter, tiny_model
from twin.config.load import load_config


@pytest.fixture
def export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A twin with a live adapter, and one that was made before."""
    base = tiny_model(tmp_path / "base")
    settings = f'[model]\nbase = "{base}"\ndevice = "cpu"\ndtype = "float32"\n'
    run = Terminal(tmp_path, capsys, "export", settings=settings)
    config, db = load_config(run.config), open_database(run.database)
    for seed, name in enumerate(("old", "new"), 1):
        adapter = enter_adapter(db, name, base_model=str(base))
        tiny_adapter(config.path_of(adapter.path), config, seed)
    promote(db, "new")
    db.close()
    return run


def test_a_folder_or_a_file(export: Terminal, tmp_path: Path) -> None:
    made, file = tmp_path / "made", tmp_path / "a.gguf"
    document = export.json(str(made))
    assert (document["adapter"], document["folder"]) == ("new", str(made))
    assert document["bytes"] > 50_000
    assert (made / "tokenizer.json").is_file()
    assert str(file) in export.people("--gguf-adapter", str(file), "--adapter", "old")
    fields = gguf.GGUFReader(file).fields
    assert fields["general.type"].contents() == "adapter"
    assert fields["adapter.lora.alpha"].contents() == 8.0
    before = sorted(tmp_path.iterdir())
    assert "is there already" in export.error(str(made))
    assert "is there already" in export.error("--gguf-adapter", str(file))
    assert sorted(tmp_path.iterdir()) == before


def test_what_cant_be_exported_is_told_in_one_line(export: Terminal, tmp_path: Path) -> None:
    assert "either a FOLDER or" in export.error()
    assert "either a FOLDER or" in export.error("x", "--gguf-adapter", "y")
    assert "no such adapter" in export.error(str(tmp_path / "x"), "--adapter", "nobody")
    assert "in every backup" in export.error(str(tmp_path / "data" / "x"))
    too_long = str(tmp_path / ("x" * 300))
    assert "can't be written" in export.error(too_long, code=1)
    below_a_file = tmp_path / "config.toml" / "x"
    assert "can't be written" in export.error(str(below_a_file), code=1)
    assert "can't be written" in export.error("--gguf-adapter", str(below_a_file), code=1)
    db = open_database(export.database)
    db.execute("UPDATE adapters SET status = 'retired' WHERE name = 'new'")
    assert "no adapter is live" in export.error(str(tmp_path / "x"))
    db.execute("UPDATE adapters SET forgotten_at = 1 WHERE name = 'old'")
    db.close()
    assert "forgotten" in export.error(str(tmp_path / "x"), "--adapter", "old")
    assert not (tmp_path / "x").exists()
