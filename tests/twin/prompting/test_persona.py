from datetime import UTC
from pathlib import Path

import pytest

from storage.errors import InputError
from twin.config.load import load_config
from twin.config.schema import OwnerSettings
from twin.prompting.chat_prompt import persona

TEN_AT_NIGHT = 22 * 3_600_000 + 59 * 60_000


def test_it_names_the_owner() -> None:
    assert persona(OwnerSettings(name="Sam")) == "You are Sam. Reply to your friend as Sam would."
    assert "  " not in persona(OwnerSettings())


def test_a_note_is_told_where_there_is_one() -> None:
    told = persona(OwnerSettings(name="Sam"), "Ann", "my sister;\n lives in {Oslo}")
    assert told.endswith("\nAbout this friend: my sister; lives in {Oslo}")
    assert "About" not in persona(OwnerSettings(name="Sam"), "Ann", " ")


def test_a_line_about_what_is_not_known_is_left_out() -> None:
    owner = OwnerSettings(
        name="Sam", persona="I am {name}.\nYou are {friend}.\n{{ It is {time}. }}"
    )
    assert persona(owner) == "I am Sam."
    assert persona(owner, "Ann", None, TEN_AT_NIGHT, UTC) == (
        "I am Sam.\nYou are Ann.\n{ It is 22:00. }"
    )


@pytest.mark.parametrize("bad", ["{nam}", "{", "{name.first}", "{0}"])
def test_another_placeholder_is_refused(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'owner.persona = "{bad}"', encoding="utf-8")
    with pytest.raises(
        InputError, match=r"placeholders are \{name\}, \{friend\}, \{note\}, \{time\}"
    ):
        load_config(file)
