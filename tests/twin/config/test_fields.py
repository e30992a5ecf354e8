"""Settings as a form shows them."""

from twin.config.edit import FIELDS
from twin.config.fields import shipped_notes


def test_the_shipped_file_says_of_a_connectors_setting_what_its_folder_says() -> None:
    shipped = shipped_notes()
    both = {key for key, field in FIELDS.items() if field.description and key in shipped}
    assert {"web.friends", "console.enabled", "connectors.wechaty.media_mb"} <= both
    assert {key: shipped[key] for key in both} == {key: FIELDS[key].description for key in both}
