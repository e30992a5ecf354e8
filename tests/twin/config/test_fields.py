"""Settings as a form shows them."""

from twin.config.edit import FIELDS
from twin.config.fields import all_settings, shipped_notes
from twin.config.setting_names import FIRST, NAMES


def test_the_shipped_file_says_of_a_connectors_setting_what_its_folder_says() -> None:
    shipped = shipped_notes()
    both = {key for key, field in FIELDS.items() if field.description and key in shipped}
    assert {"web.friends", "console.enabled", "connectors.wechaty.media_mb"} <= both
    assert {key: shipped[key] for key in both} == {key: FIELDS[key].description for key in both}


def test_every_setting_has_a_name_of_its_own() -> None:
    assert [one.key for one in all_settings() if one.title == one.key] == []
    of_section = [(one.section, one.title) for one in all_settings()]
    assert len(of_section) == len(set(of_section))


def test_every_name_is_of_a_setting() -> None:
    assert NAMES.keys() | FIRST <= FIELDS.keys()
    assert not [key for key in NAMES if FIELDS[key].title]  # nor given twice


def test_a_name_says_the_unit_that_its_key_does() -> None:
    units = ("seconds", "minutes", "hours", "days", "tokens", "kb", "mb")
    ending = {one.key: one.name.rpartition("_")[2] for one in all_settings()}
    wanting = [
        one.key
        for one in all_settings()
        if ending[one.key] in units and one.kind in ("whole", "number")
        if ending[one.key] not in one.title.lower()
    ]
    assert wanting == []
