import re
import tomllib
from pathlib import Path

import pytest

from storage.errors import InputError
from twin.config.load import DEFAULT_FILE, FullConfig, load_config
from twin.connectors.web import CONNECTOR as FRIENDS_PAGE

SECTIONS = {name for name in FullConfig.model_fields if name not in ("path", "data")}


def write(folder: Path, text: str) -> Path:
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_gives_the_defaults_and_a_data_folder_beside_it(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))
    assert config.path == tmp_path / "my.toml"
    assert config.data == tmp_path / "data"
    assert config.path_of("runs", "7") == tmp_path / "data" / "runs" / "7"
    assert config.train.rank == 8


def test_the_shipped_file_holds_every_setting_with_its_default(tmp_path: Path) -> None:
    shipped = tomllib.loads(DEFAULT_FILE.read_text(encoding="utf-8"))
    default = load_config(write(tmp_path, ""))
    for name, section in shipped.pop("connectors").items():
        connector = getattr(default, "connectors")  # noqa: B009 - it is added to the class
        assert set(section) == set(type(getattr(connector, name)).model_fields)
    for name in SECTIONS - {"connectors"}:
        assert set(shipped.pop(name.rstrip("_"))) == set(type(getattr(default, name)).model_fields)
    assert shipped == {}
    loaded = load_config(DEFAULT_FILE)
    assert loaded.model_dump(include=SECTIONS) == default.model_dump(include=SECTIONS)


def test_a_file_of_before_means_the_same(tmp_path: Path) -> None:
    """The one that was shipped while the friends' page could not be off alone, and while every
    adapter was sampled alike.
    """
    before = load_config(Path(__file__).with_name("shipped_before.toml"))
    default = load_config(write(tmp_path, "[reply]\ntemperature = 0.7\ntop_p = 0.9\n"))
    assert before.model_dump(include=SECTIONS) == default.model_dump(include=SECTIONS)


@pytest.mark.parametrize(("web", "on"), [("", True), ("enabled = false", False)])
def test_the_friends_page_goes_with_the_server(tmp_path: Path, web: str, on: bool) -> None:
    assert FRIENDS_PAGE.of(load_config(write(tmp_path, f"[web]\n{web}"))).is_on is on
    off = load_config(write(tmp_path, f"[web]\nfriends = false\n{web}"))
    assert not FRIENDS_PAGE.of(off).is_on
    assert off.web.enabled is on


def test_the_shipped_file_explains_itself() -> None:
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert text.count("\n# ") > len(re.findall(r"^\w+ = ", text, re.MULTILINE)) * 0.9


def test_the_default_file_may_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("twin.config.load.DEFAULT_FILE", tmp_path / "config.toml")
    assert load_config(tmp_path / "config.toml").data == tmp_path / "data"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[train]\nrnak = 8", "train.rnak"),
        ("[trian]\nrank = 8", "trian"),
        ("rank = 8", "rank"),
        ('data = "x"', "data"),
        ("train = 8", "train = 8"),
        ('[train]\nrank = "8"', "train.rank = '8'"),
        ("[train]\nrank = 0", "train.rank = 0"),
        ("[train]\nrank = 8.0", "train.rank = 8.0"),
        ("[train]\nlearning_rate = nan", "train.learning_rate"),
        ('[train]\ntargets = ["q_proj", 1]', "train.targets.1 = 1"),
        ("[train]\ntargets = []", "train.targets"),
        ("[dataset]\nheld_out = 1.0", "dataset.held_out = 1.0"),
        ('[dataset]\nrules = "other"', "dataset.rules = 'other'"),
        ("[reply]\ntop_p = 0", "reply.top_p = 0"),
        ('[reply]\ntop_p = "much"', "reply.top_p = 'much': neither \"auto\" nor a number above 0"),
        ("[reply]\ntop_p = nan", "reply.top_p = nan"),
        ("[reply]\ntemperature = true", "reply.temperature = True"),
        ("[reply]\ntemperature = 5.1", "reply.temperature = 5.1"),
        (f"[reply]\ntemperature = {10**400}", "reply.temperature = 1000"),
        ("[reply]\ncandidates = 2.0", 'reply.candidates = 2.0: neither "auto" nor a whole number'),
        ('[privacy]\nblocked_words = [" "]', "privacy.blocked_words.0 = ' '"),
        ("[privacy]\nexcluded_chats = [3]", "privacy.excluded_chats.0 = 3"),
        ("[import]\nmax_bad_rows = -1", "import.max_bad_rows = -1"),
        ("[web]\nport = 65536", "web.port = 65536"),
        ("[web]\nenabled = 1", "web.enabled = 1"),
        ('[schedule]\nretrain_at = "24:00"', "schedule.retrain_at = '24:00'"),
        ('[schedule]\ntimezone = "Mars/Olympus"', "schedule.timezone = 'Mars/Olympus'"),
        ('[owner]\npersona = "I am {nmae}"', "owner.persona = 'I am {nmae}'"),
        ('[paths]\ndata = "a\\u0000b"', r"paths.data = 'a\x00b'"),
        ('[model]\nbase = "\\u0000"', r"model.base = '\x00'"),
        ('[memory]\nembeddings = "\\n\\u0000"', r"memory.embeddings = '\n\x00'"),
        ('[backup]\nfolder = "~\\u0000/a"', r"backup.folder = '~\x00/a'"),
        ('[backup]\npassphrase_file = "a\\u0000"', r"backup.passphrase_file = 'a\x00'"),
        ("[train", "TOML"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path, text: str, key: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_config(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert key in message
    assert "\n" not in message


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: can't read"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(InputError, match="can't read the settings"):
        load_config(tmp_path / ("x" * 300))


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes('[owner]\nname = "我"'.encode("gb18030"))
    with pytest.raises(InputError, match="not UTF-8"):
        load_config(path)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b"\xef\xbb\xbf[train]\nrank = 4\n")
    assert load_config(path).train.rank == 4


def test_a_wrong_secret_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[connectors.wechaty]\ntoken = 12345678901234567\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"wechaty\.token = …: ") as told:
        load_config(path)
    assert "123" not in str(told.value)


def test_a_path_is_from_the_file_or_a_home_that_is_known(tmp_path: Path, home: Path) -> None:
    config = load_config(write(tmp_path, ""))
    assert config.beside("models/own") == tmp_path / "models/own"
    assert config.beside("~/own") == home / "own"
    unknown = "~no such user/own"
    assert config.beside(unknown) == tmp_path / unknown
