"""Pictures, voices and files, through the real gateway."""

import base64
import os
import stat
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import find_chat, upsert_chat
from storage.messages import is_logged
from tests.twin.connectors.conftest import Make
from tests.twin.connectors.running import at_work, until
from tests.twin.connectors.wechaty.gateway import ANN, BOB, Gateway
from tests.twin.connectors.wechaty.inboxes import inbox_of
from twin.connectors.base import Event, MediaSaved, MessageReceived
from twin.connectors.media_files import file_name

SMALL, LARGE = bytes(range(256)), bytes(300_000)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def chat(db: Database) -> None:
    upsert_chat(db, "wechat", ANN, "Ann", mode="log")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.joinpath("media").rglob("*") if path.is_file()]


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize("data", [SMALL, LARGE])
async def test_a_picture_is_kept_under_the_data_folder(
    gateway: Gateway, db: Database, make: Make, tmp_path: Path, data: bytes
) -> None:
    gateway.login()
    message_id = f"picture-{len(data)}"
    old = tmp_path / "media/wechaty/of-an-older-version.png"
    old.parent.mkdir(parents=True)
    old.write_bytes(SMALL)
    async with at_work(make(gateway.settings()), into=inbox_of(db).handle) as events:
        gateway.raw(message_id, 6, base64=encoded(data), name="beach.JPG")
        saved = await events.first(MediaSaved)
    assert (saved.chat_external_id, saved.external_id) == (ANN, message_id)
    assert saved.path.startswith("media/wechaty/")
    assert saved.path.endswith(".jpg")
    assert (tmp_path / saved.path).read_bytes() == data
    if os.name == "posix":
        for path, mode in ((tmp_path / saved.path, 0o600), (old, 0o600), (old.parent, 0o700)):
            assert stat.S_IMODE(path.stat().st_mode) == mode
    assert db.execute("SELECT kind, media FROM messages").fetchall() == [("image", saved.path)]


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize(
    "name",
    ["../../../escaped.png", "/etc/cron.d/x", "..\\..\\x.exe", "a\nb.p\0g", ".bashrc", "x" * 999],
)
async def test_a_strangers_file_name_leads_nowhere(
    gateway: Gateway, db: Database, make: Make, tmp_path: Path, name: str
) -> None:
    gateway.login()
    message_id = f"named-{name[:9].encode().hex()}"
    async with at_work(make(gateway.settings()), into=inbox_of(db).handle) as events:
        gateway.raw(message_id, 1, base64=encoded(SMALL), name=name)
        saved = await events.first(MediaSaved)
    assert [path.parent for path in files_in(tmp_path)] == [tmp_path / "media" / "wechaty"]
    assert files_in(tmp_path) == [tmp_path / saved.path]


@pytest.mark.usefixtures("chat")
async def test_what_is_too_large_is_noted_and_not_fetched(
    gateway: Gateway, db: Database, make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    gateway.login()
    connector = make(gateway.settings(media_mb=0.2))
    async with at_work(connector, into=inbox_of(db).handle) as events:
        gateway.raw("too-large", 15, base64=encoded(LARGE), name="film.mp4")
        assert (await events.first(MessageReceived)).kind == "video"
        await until(lambda: "media_mb" in caplog.text)
        gateway.raw("small", 15, base64=encoded(SMALL), name="film.mp4")
        assert (await events.first(MediaSaved)).external_id == "small"
    assert len(files_in(tmp_path)) == 1


@pytest.mark.usefixtures("chat")
async def test_no_message_waits_for_a_file(
    gateway: Gateway, db: Database, make: Make, tmp_path: Path
) -> None:
    gateway.login()
    gateway.order("set", fileDelay=60_000)
    async with at_work(make(gateway.settings()), into=inbox_of(db).handle) as events:
        gateway.raw("slow", 6, base64=encoded(SMALL), name="a.png")
        gateway.say("and?")
        assert (await events.first(MessageReceived)).external_id == "slow"
        assert (await events.first(MessageReceived)).text == "and?"
    assert files_in(tmp_path) == []  # given up with the connection, and nothing half done


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize("file", [{}, {"base64": encoded(SMALL), "name": "a.png"}])
async def test_a_file_that_does_not_come_is_given_up(
    gateway: Gateway,
    db: Database,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    file: dict[str, str],
) -> None:
    monkeypatch.setattr("twin.connectors.media.FETCH_S", 0.2)
    gateway.login()
    gateway.order("set", fileDelay=60_000 if file else 0)
    async with at_work(make(gateway.settings()), into=inbox_of(db).handle) as events:
        gateway.raw(f"never-{len(file)}", 6, **file)
        await until(lambda: "a file was not fetched: it took longer" in caplog.text)
        await events.first(MessageReceived)
        gateway.say("still there?")
        await events.first(MessageReceived)


async def test_of_a_chat_that_is_off_nothing_is_kept(
    gateway: Gateway, db: Database, make: Make, tmp_path: Path
) -> None:
    gateway.login()
    upsert_chat(db, "wechat", ANN, "Ann", mode="off")
    upsert_chat(db, "wechat", BOB, "Bob", mode="log")
    async with at_work(make(gateway.settings()), into=inbox_of(db).handle) as events:
        gateway.raw("off", 6, base64=encoded(SMALL), name="a.png")
        gateway.raw("on", 6, base64=encoded(SMALL), name="a.png", talkerId=BOB)
        assert (await events.first(MediaSaved)).external_id == "on"
    assert not is_logged(db, "wechat", ANN, "off")
    assert len(files_in(tmp_path)) == 1


def test_names_of_our_own() -> None:
    assert file_name("c", "m", "a.tar.gz") == file_name("c", "m", "b.GZ")
    assert file_name("c", "m", "a.png") != file_name("c", "n", "a.png")
    assert file_name("c", "m", "no suffix").isalnum()
    assert file_name("\ud83d", "\udc00", "\ud83d.png").endswith(".png")


@pytest.mark.usefixtures("chat")
async def test_a_file_whose_chat_was_forgotten_meanwhile_is_not_kept(
    gateway: Gateway, db: Database, make: Make, tmp_path: Path
) -> None:
    gateway.login()
    log = inbox_of(db)

    async def forgetting(platform: str, event: Event) -> None:
        if isinstance(event, MediaSaved):
            forget_chat(db, find_chat(db, "Ann").id)
        await log.handle(platform, event)

    async with at_work(make(gateway.settings()), into=forgetting) as events:
        gateway.raw("late", 6, base64=encoded(SMALL), name="late.jpg")
        saved = await events.first(MediaSaved)
        await until(lambda: not (tmp_path / saved.path).exists())
    assert db["messages"].count == 0
