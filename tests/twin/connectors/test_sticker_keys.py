"""What is kept of a sticker so that it can be sent again, whatever stands in the log."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.stickers import OwnSticker
from twin.connectors.base import Capabilities, Outgoing, Sticker, connector_folders
from twin.connectors.matrix.sending import event_of
from twin.connectors.onebot.stickers import segment_of
from twin.connectors.telegram.sticker_keys import logged
from twin.stickers.sendable import MOST_BYTES, sticker_for, sticker_key

MXC = "mxc://example.org/abc"
FILE_ID = "CAACAgIAAxkBAAIB"


def of(platform: str, raw: Any) -> Any:
    key = sticker_key(platform, raw if isinstance(raw, str) else json.dumps(raw))
    return None if key is None else json.loads(key)


def test_matrix_sends_the_content_again_without_what_it_answered() -> None:
    content = {"body": "hi", "info": {"w": 1}, "url": MXC, "m.relates_to": {"x": 1}, "msgtype": 1}
    assert of("matrix", content) == {"body": "hi", "info": {"w": 1}, "url": MXC}
    assert of("matrix", {"url": MXC}) == {"body": "", "info": {}, "url": MXC}
    sealed = {"url": MXC, "key": {"k": "x"}, "v": "v2"}
    assert of("matrix", {"body": "", "file": sealed})["file"] == sealed
    assert "url" not in of("matrix", {"file": sealed, "url": "https://example.org/a"})
    assert "file" not in of("matrix", {"file": 1, "url": MXC})
    kind, sent = event_of(Outgoing("", sticker=Sticker(sticker_key("matrix", json.dumps(content)))))
    assert (kind, sent["url"]) == ("m.sticker", MXC)
    odd: list[Any] = [
        {"url": "https://example.org/a"},
        {"url": 1},
        {"body": 1, "url": MXC},
        {"info": [], "url": MXC},
        {"info": {"x": "y" * 5000}, "url": MXC},
        [],
        "{",
        "[" * 100_000,
    ]
    for bad in odd:
        assert of("matrix", bad) is None


def test_telegram_sends_its_own_files_alone() -> None:
    assert of("telegram", logged("sticker", "🙂", FILE_ID)) == ["sticker", FILE_ID]
    assert of("telegram", logged("animation", None, FILE_ID)) == ["animation", FILE_ID]
    for bad in ("🙂", "/etc/passwd", logged("sticker", None, "/etc/passwd"), {"kind": "sticker"}):
        assert of("telegram", bad) is None
    assert of("telegram", logged("photo", None, FILE_ID)) is None


@pytest.mark.parametrize("kind", ["mface", "image"])  # LLBot and NapCat name it so
def test_qq_sends_those_of_its_shop(kind: str) -> None:
    data = {"emoji_package_id": 241904, "emoji_id": "296f", "key": "k1", "summary": "[捂脸]"}
    raw = [{"type": "reply", "data": {"id": "1"}}, {"type": kind, "data": data | {"url": "x"}}]
    assert of("qq", raw) == {"type": "mface", "data": data}
    assert of("qq", [{"type": kind, "data": data | {"key": ""}}]) is None


def test_qq_sends_faces_and_no_dice() -> None:
    assert of("qq", [{"type": "face", "data": {"id": 14, "raw": {}}}]) == {
        "type": "face",
        "data": {"id": "14"},
    }
    for bad in ("dice", "rps", "image"):
        assert of("qq", [{"type": bad, "data": {"id": "14", "result": "3"}}]) is None
    assert of("qq", [{"type": "face", "data": {"id": "十"}}]) is None


def test_qq_sends_a_picture_as_a_sticker(tmp_path: Path) -> None:
    file = tmp_path / "a.gif"
    file.write_bytes(b"GIF89a")
    segment = segment_of(Sticker(None, file))
    assert segment["data"]["file"] == "base64://R0lGODlh"
    assert segment["data"]["sub_type"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "data", "id", "url", "file", "info", "body", "kind", "file_id"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=50)
@given(JSON | st.text(max_size=50))
def test_whatever_was_logged(raw: Any) -> None:
    text = raw if isinstance(raw, str) else json.dumps(raw)
    for folder in connector_folders():
        key = folder.sticker_key(text)
        assert key is None or isinstance(key, str)


FILES = Capabilities(sticker_files=frozenset({".gif"}))


def own(media: str | None, platform: str = "wechat") -> OwnSticker:
    return OwnSticker(1, 1, platform, None, media, "", 0)


def test_a_file_only_from_the_media_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "media").mkdir(parents=True)
    (tmp_path / "secret.gif").write_bytes(b"x")
    (folder / "media" / "a.gif").write_bytes(b"GIF")
    (folder / "media" / "empty.gif").write_bytes(b"")
    (folder / "media" / "huge.gif").write_bytes(b"x" * (MOST_BYTES + 1))
    (folder / "media" / "link.gif").symlink_to(tmp_path / "secret.gif")
    found = sticker_for(own("media/a.gif"), "web", FILES, folder)
    assert found == Sticker(None, folder / "media" / "a.gif")
    for bad in (
        *("../secret.gif", "media/../../secret.gif", "media/link.gif", "media/gone.gif"),
        *("media/empty.gif", "media/huge.gif", "media/a.png", "\0.gif", str(tmp_path), ""),
    ):
        assert sticker_for(own(bad), "web", FILES, folder) is None
    assert sticker_for(own(None), "web", FILES, folder) is None


def test_by_its_key_only_where_it_was_sent() -> None:
    can = Capabilities(own_stickers=True)
    sticker = OwnSticker(1, 1, "matrix", json.dumps({"url": MXC}), None, "", 0)
    assert sticker_for(sticker, "matrix", can, Path("data")) is not None
    assert sticker_for(sticker, "telegram", can, Path("data")) is None
    assert sticker_for(sticker, "matrix", Capabilities(), Path("data")) is None
