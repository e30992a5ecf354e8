"""Settings are changed in the file, and nothing else in it is."""

import asyncio
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from errno import EACCES
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import InputError, TwinError
from twin.config.edit import change, change_value, why_fixed
from twin.config.file_lock import in_turn, only_writer
from twin.config.load import DEFAULT_FILE, load_config
from twin.connectors import console

SHIPPED = DEFAULT_FILE.read_bytes()
COMMENTED = b"""# mine
[policy] # rules
max_per_day = 7   # a week
quiet_hours = '22:00-06:00'  # asleep

# whom not to learn from
[privacy]
excluded_chats = [ # all of them
    "boss", # at work
    # the family
    "mum",
]
# the end"""

words = st.text(st.characters(codec="utf-8", exclude_characters="#"), min_size=1).filter(
    lambda text: bool(re.search(r"\S", text))
)
VALID: dict[str, st.SearchStrategy[Any]] = {
    "owner.name": st.text(st.characters(codec="utf-8", exclude_characters="#")),
    "owner.persona": st.text(st.characters(codec="utf-8", exclude_characters="#{}")),
    "schedule.retrain_at": st.times().map(lambda time: f"{time:%H:%M}"),
    "schedule.days_off": st.lists(st.sampled_from(["mon", "sat", "sun"])),
    "reply.temperature": st.floats(0, 5) | st.integers(0, 5) | st.just("auto"),
    "policy.max_per_day": st.integers(1, 2**40),
    "policy.guard": st.booleans(),
    "privacy.blocked_words": st.lists(words),
    "privacy.excluded_chats": st.lists(words | st.sampled_from(["boss", "mum"])),
    "dataset.rules": st.sampled_from(["classic", "sessions"]),
    "connectors.wechaty.media_mb": st.floats(0, 1e6),
}
INVALID: dict[str, st.SearchStrategy[Any]] = {
    "schedule.retrain_at": st.sampled_from(["24:00", "3:30", "", 3]),
    "schedule.timezone": st.just("Mars/Olympus"),
    "policy.max_per_day": st.integers(max_value=0) | st.text(),
    "policy.guard": st.sampled_from([1, "true", []]),
    "reply.top_p": st.sampled_from([0, 1.5, True, "", "Auto", [], {}]),
    "privacy.blocked_words": st.just([" "]),
    "web.port": st.integers(),
    "web.host": st.just("0.0.0.0"),
    "paths.data": st.text(),
    "connectors.wechaty.token": st.text(),
    "model.trust_remote_code": st.booleans(),
    "train.rnak": st.just(1),
    "nothing.at_all": st.just(1),
    "path": st.text(),
    "": st.just(1),
}


def some(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """At least one of the settings with a value."""
    return st.fixed_dictionaries({}, optional=values).filter(bool)


def comments(content: bytes) -> list[str]:
    """The generated values hold no "#", nor do the settings of these files."""
    return re.findall(r"#.*", content.decode())


def value_of(document: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        document = document[part]
    return document


LOCK = ".config.toml.lock"
BESIDE_BOSS = "# at work"
files = st.sampled_from([SHIPPED, SHIPPED.replace(b"\n", b"\r\n"), COMMENTED, b""])


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(files, some(VALID))
def test_a_change_keeps_every_comment_and_every_other_setting(
    before: bytes, changes: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_bytes(before)
        change(path, changes)
        after = path.read_bytes()
        kept, found = comments(before), comments(after)
        if "boss" not in changes.get("privacy.excluded_chats", ["boss"]):
            kept = [comment for comment in kept if comment != BESIDE_BOSS]
        elif changes.get("privacy.excluded_chats", []).count("boss") > 1:
            kept, found = list(dict.fromkeys(kept)), list(dict.fromkeys(found))
        assert found == kept
        document, old = tomllib.loads(after.decode()), tomllib.loads(before.decode())
        for key, value in changes.items():
            assert value_of(document, key) == value
        for section, values in old.items():
            for name, value in values.items():
                if f"{section}.{name}" not in changes and section != "connectors":
                    assert document[section][name] == value
        assert {*Path(folder).iterdir()} <= {path, path.with_name(LOCK)}


@settings(max_examples=80, deadline=None)
@given(files, some(INVALID), some(VALID) | st.just({}))
def test_a_wrong_change_leaves_the_file_as_it_is(
    before: bytes, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_bytes(before)
        with pytest.raises(InputError) as caught:
            change(path, right | wrong)
        assert "\n" not in str(caught.value)
        assert path.read_bytes() == before
        assert {*Path(folder).iterdir()} <= {path, path.with_name(LOCK)}


def test_only_the_changed_lines_differ(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(COMMENTED)
    changes = {"policy.max_per_day": 9, "policy.guard": False}
    config = change(path, changes | {"privacy.excluded_chats": ["mum", "aunt"]})
    assert config.policy.max_per_day == 9
    assert config.privacy.excluded_chats == ("mum", "aunt")
    text = path.read_text("utf-8")
    assert "max_per_day = 9   # a week\n" in text
    assert "quiet_hours = '22:00-06:00'  # asleep\nguard = false\n\n# whom not" in text
    assert "# the family" in text


def test_a_value_that_is_there_already_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(SHIPPED)
    shipped = load_config(path)
    change(path, {"train.learning_rate": 5e-4, "owner.persona": shipped.owner.persona})
    assert path.read_bytes() == SHIPPED


def test_a_text_of_several_lines_is_written_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(SHIPPED)
    change(path, {"owner.persona": 'You are "{name}".\nBe kind.'})
    assert 'persona = """\nYou are "{name}".\nBe kind."""\n' in path.read_text("utf-8")


def test_mode_link_and_byte_order_mark_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_bytes(b"\xef\xbb\xbf[train]\nrank = 4\n")
    real.chmod(0o640)
    link.symlink_to(real)
    assert change(link, {"train.rank": 5}).train.rank == 5
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes() == b"\xef\xbb\xbf[train]\nrank = 5\n"


def test_a_file_that_is_wrong_already_is_told_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[train]\nrank = 0\n")
    with pytest.raises(InputError, match=r"train\.rank = 0"):
        change(path, {"train.alpha": 3})
    assert path.read_text() == "[train]\nrank = 0\n"


def test_dotted_and_inline_sections_are_written_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("train.rank = 4 # small\nreply = {max_burst = 3}\n[connectors]\n")
    config = change(path, {"train.rank": 5, "reply.max_burst": 4, "console.enabled": True})
    assert (config.train.rank, config.reply.max_burst) == (5, 4)
    assert console.CONNECTOR.of(config).enabled
    assert path.read_text().startswith("train.rank = 5 # small\nreply = {max_burst = 4}\n")


def test_what_only_the_file_may_say_has_a_reason() -> None:
    assert "secret" in (why_fixed("connectors.wechaty.token") or "")
    assert why_fixed("web.host") == why_fixed("web.dashboard")
    assert why_fixed("paths.data") is not None
    assert why_fixed("schedule.retrain_at") is None


def test_halves_of_characters_are_no_error(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(SHIPPED)
    change(path, {"owner.name": "\ud83dAnn", "privacy.blocked_words": ["x", "\udc00"]})
    config = load_config(path)
    assert config.owner.name == "?Ann"
    assert list(config.privacy.blocked_words) == ["x", "?"]


def test_writers_at_once_lose_no_change_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(COMMENTED)
    keys = ("train.rank", "train.alpha", "reply.max_burst", "policy.max_per_day")

    def write(key: str) -> None:
        for value in range(3, 6):
            change(path, {key: value})
            change_value(
                path,
                "privacy.excluded_chats",
                lambda now: [*now.privacy.excluded_chats, f"{key} {value}"],  # noqa: B023 called at once
            )

    with ThreadPoolExecutor(len(keys)) as writers:
        list(writers.map(write, keys))
    written = tomllib.loads(path.read_text("utf-8"))
    assert [value_of(written, key) for key in keys] == [5] * len(keys)
    assert set(written["privacy"]["excluded_chats"]) == {
        *("boss", "mum"),
        *(f"{key} {value}" for key in keys for value in range(3, 6)),
    }
    assert load_config(path).privacy.excluded_chats[:2] == ("boss", "mum")


def test_a_writer_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.config.file_lock.LOCK_WAIT_S", 0)
    path = tmp_path / "config.toml"
    path.write_bytes(COMMENTED)
    with only_writer(path), pytest.raises(TwinError, match=r"config\.toml: another program"):
        change(path, {"train.rank": 5})
    assert path.read_bytes() == COMMENTED


def test_a_folder_without_a_lock_is_told_only_by_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(EACCES, "Permission denied")

    path = tmp_path / "config.toml"
    path.write_bytes(COMMENTED)
    monkeypatch.setattr("filelock.FileLock._acquire", refuse)
    monkeypatch.setattr("twin.config.edit.write_bytes", refuse)
    assert change(path, {"policy.max_per_day": 7}).policy.max_per_day == 7
    with pytest.raises(TwinError, match=r"can't keep the settings \(Permission denied\)"):
        change(path, {"policy.max_per_day": 8})


async def test_changes_of_pages_come_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(COMMENTED)
    changes = [partial(change, path, {"train.rank": rank}) for rank in range(1, 9)]
    await asyncio.gather(*map(in_turn, changes))
    assert load_config(path).train.rank == 8
