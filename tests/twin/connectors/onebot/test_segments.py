"""What a message's segments say."""

import json
from typing import Any

import pytest

from twin.connectors.onebot.segments import Content, content_of, segments_of


def one(type_: str, **data: Any) -> dict[str, Any]:
    return {"type": type_, "data": data}


def read(*segments: Any) -> Content:
    return content_of(segments_of(list(segments)), lambda number: {"10001": "Olga"}[number])


def test_words_alone_are_kept_as_they_are() -> None:
    said = read(one("text", text="a & [CQ:at,qq=1] <b>\n "), one("text", text="x"))
    assert said == Content("text", "a & [CQ:at,qq=1] <b>\n x")


def test_who_is_mentioned_and_what_is_answered() -> None:
    said = read(one("reply", id=77), one("at", qq=10001), one("text", text=" where?"))
    assert (said.kind, said.text, said.reply_to) == ("text", "@Olga where?", "77")
    assert said.mentions == frozenset({"10001"})
    named = read(one("at", qq="30", name="@Cy"), one("at", qq="all"))
    assert (named.text, named.mentions) == ("@Cy@全体成员", frozenset({"30", "all"}))


CARD = {
    "app": "com.tencent.tuwen.lua",
    "prompt": "[分享]Soup",
    "meta": {"news": {"title": "Soup", "jumpUrl": "https://example.org/soup"}},
}


@pytest.mark.parametrize(
    ("segment", "kind", "text"),
    [
        (one("image", file="a.jpg", sub_type=0), "image", ""),
        (one("image", file="a.gif", sub_type=1), "sticker", ""),
        (one("image", file="a.gif", emoji_id="9"), "sticker", ""),
        (one("mface", summary="[hi]", url="https://x/y.gif"), "sticker", ""),
        (one("face", id="14", raw={"faceText": "/微笑"}), "sticker", ""),
        (one("record", file="a.amr"), "voice", ""),
        (one("video", file="a.mp4"), "video", ""),
        (one("file", file="plan.pdf", file_id="/x"), "file", "plan.pdf"),
        (one("json", data=json.dumps(CARD)), "link", "Soup\nhttps://example.org/soup"),
        (one("json", data='{"app": "com.tencent.map", "prompt": "Inn"}'), "location", "Inn"),
        (one("json", data='{"app": "com.tencent.multimsg"}'), "forward", ""),
        (one("json", data="[" * 5000), "link", ""),
        (one("json", data={"app": ["x"], "meta": [1]}), "link", ""),
        (one("forward", id="r"), "forward", ""),
        (one("markdown", content="# hi"), "text", "# hi"),
        (one("poke", type="1"), "other", ""),
        (one("of tomorrow", x=1), "other", ""),
        (one("text"), "other", ""),
    ],
)
def test_kinds(segment: dict[str, Any], kind: str, text: str) -> None:
    said = read(segment)
    assert (said.kind, said.text) == (kind, text)
    assert (said.raw is None) == (segment["type"] == "text")


def test_words_beside_a_picture_are_words() -> None:
    said = read(
        one("text", text="look "),
        one("face", raw={"faceText": "/微笑"}),
        one("image", file="a.jpg", url="https://example.org/a"),
    )
    assert (said.kind, said.text) == ("text", "look [微笑]")
    assert said.media == ("https://example.org/a", "a.jpg")
    # And no words are none, whoever is mentioned: a model would read the name alone.
    assert (
        read(one("at", qq="10001"), one("text", text=" "), one("image", file="b")).kind == "image"
    )


def test_files_of_the_gateways_machine_are_not_read() -> None:
    for url in ("file:///etc/passwd", "/root/a.mp4", "", None, 7):
        assert read(one("video", file="a.mp4", url=url)).media is None


@pytest.mark.parametrize("message", ["[CQ:image]", None, 7, {"type": "text"}, [[]], [{"type": 1}]])
def test_what_is_no_list_of_segments_says_nothing(message: Any) -> None:
    assert segments_of(message) == []


def test_a_picture_that_comes_as_text_is_cut() -> None:
    nested: Any = "x"
    for _ in range(50):
        nested = {"a": nested}
    said = read(one("image", file="base64://" + "A" * 1_000_000, more=nested))
    assert said.raw is not None
    assert len(said.raw) < 5_000
