"""The demo's own settings."""

from pathlib import Path

from training.demo import SETTINGS
from twin.config import load_config


def test_whoever_tries_the_demo_at_night_gets_an_answer_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    assert load_config(path).policy.quiet_hours == ""
