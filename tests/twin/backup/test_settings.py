"""What a backup without secrets leaves out of the settings and of what lies beside them."""

from pathlib import Path

from storage.database import open_database
from twin.backup.contents import SETTINGS, files_to_keep
from twin.backup.make import make_backup
from twin.backup.restore import restore
from twin.config.load import load_config

PHRASE = "correct horse battery"


def test_a_backup_without_secrets_has_no_token_and_no_passphrase(tmp_path: Path) -> None:
    settings = tmp_path / "here" / SETTINGS
    settings.parent.mkdir()
    lines = [
        *("[paths]", 'data = "."', "[backup]", 'passphrase_file = "../here/my key"'),
        *("[connectors.onebot]", "enabled = true", 'token = "4711" # mine'),
        *("[connectors.wechaty]", 'token = "4711"', 'endpoint = "10.0.0.2:9001"', ""),
    ]
    settings.write_text("\n".join(lines), "utf-8")
    config = load_config(settings)
    open_database(config.database).close()
    secret = {"my key", "environment", f"{SETTINGS}.before"}
    for one in (*secret, "notes"):
        (settings.parent / one).write_text("4711", "utf-8")
    for phrase, kept in ((None, {"notes"}), (PHRASE, {"notes", *secret})):
        file = tmp_path / f"{phrase}.backup"
        make_backup(
            config, file, passphrase=phrase, secrets=phrase is not None, told=lambda _: None
        )
        there = tmp_path / f"there {phrase}" / SETTINGS
        restore(file, there, phrase, lambda _: None)
        names = {path.name for path in there.parent.iterdir()}
        assert names == {"twin.db", SETTINGS, *kept}
        restored = there.read_text("utf-8")
        assert restored == settings.read_text("utf-8").replace("4711", "4711" if phrase else "")


def test_settings_of_another_name_are_no_file_of_the_data(tmp_path: Path) -> None:
    settings = tmp_path / "my.toml"
    settings.write_text('[paths]\ndata = "."\n[connectors.onebot]\ntoken = "4711"\n', "utf-8")
    (tmp_path / "notes").write_text("mine", "utf-8")
    for secrets in (False, True):
        kept = files_to_keep(load_config(settings), secrets=secrets)
        assert [name for name, _ in kept] == ["notes"]
