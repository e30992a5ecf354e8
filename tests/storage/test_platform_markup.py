"""WeChat's markup as what it stands for, and what people type as they typed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.platform_markup import attribute_of, decoded, field_of, readable

APP = '<msg><appmsg appid=""><title>{}</title><des>no</des></appmsg></msg>'
MARKED = [
    ('hi<span class="emoji emoji1f604"></span>!', "hi😄!"),
    ("<span class='emoji emoji1f1e81f1f3'></span>", "🇨🇳"),
    ('<span class="emoji emoji3120e3"></span>', "1\u20e3"),
    ('<span class="emoji emojid83dde04"></span><span class="emoji emojid83d"></span>', "😄"),
    ('<span class="emoji">🙂</span> ok', "🙂 ok"),
    ('<img class="qqemoji qqemoji0" text="[微笑]_web" src="/x/spacer.gif" />', "[微笑]"),
    ('<IMG CLASS=emoji ALT="🙂">', "🙂"),
    ('<img class="emoji" title="a>b" src="x">', "a>b"),
    ('<img class="emoji" src="x">ok', "ok"),
    ('a<br/>b<span class="emoji emoji1f604"></span> &amp; c', "a\nb😄 & c"),
    (APP.format("yes &amp; no"), "yes & no"),
    (APP.format("<![CDATA[yes & no]]>"), "yes & no"),
    (f'<?xml version="1.0"?>\n{APP.format("yes")}', "yes"),
    (APP.format("yes").replace("<", "&lt;").replace(">", "&gt;"), "yes"),
    ("<msg><appmsg><title>cut o", ""),
]
ENCODED = [  # where texts come encoded only
    ("one<br/>two<br>three<BR />four", "one\ntwo\nthree\nfour"),
    ("a &amp; b &lt;3 &#128512; it&#x27;s", "a & b <3 😀 it's"),
    ("write &lt;br/&gt; or &amp;amp;", "write <br/> or &amp;"),
    ('<a href="https://a.example/?x=1&amp;y=2">https://a.example/?x=1&amp;y=2</a>',
     "https://a.example/?x=1&y=2"),
    ('<msg><emoji md5="1" /></msg>', ""),
    ("&lt;msg&gt;hi&lt;/msg&gt;", "<msg>hi</msg>"),
]  # fmt: skip
TYPED = [
    "I <3 you & <me>",
    "the <b>tag</b>, <span>this</span> and <img src=x>",
    "AT&T; R&D &unknown; &amp",
    "<brb> <abbr>",
    "<msg> is how it begins",
    "a < b > c",
    "",
]


@pytest.mark.parametrize(("text", "shown"), MARKED)
def test_pictures_of_emoji_and_xml_are_read_wherever_they_come_from(text: str, shown: str) -> None:
    assert decoded(text) == readable(text) == readable(text, "wechat") == shown


@pytest.mark.parametrize(("text", "shown"), ENCODED)
def test_what_people_may_type_is_decoded_only_where_texts_come_encoded(
    text: str, shown: str
) -> None:
    assert readable(text, "wechat") == shown
    assert readable(text) == readable(text, "web") == text


@pytest.mark.parametrize("text", TYPED)
def test_what_is_no_markup_stays(text: str) -> None:
    assert decoded(text) == readable(text) == text


@pytest.mark.slow
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    decoded(text)
    decoded(f'<span class="emoji emoji{text}"></span>')


@pytest.mark.parametrize(
    "text",
    [
        "<a " * 60_000,
        "<img class=" * 30_000,
        "<a " + "\"'" * 60_000,
        '<span class="emoji' * 20_000,
        "<title><![CDATA[" * 20_000,
        "<title>" + " " * 200_000,
        '<msg nickname="' + "nickname='" * 30_000,
        "<img " + 'text="' * 30_000,
    ],
)
def test_hostile_markup_takes_no_time(text: str) -> None:
    """A search for a field took minutes with the obvious pattern."""
    decoded(text)
    readable(text)
    field_of(text, "title")
    attribute_of(text, "nickname")
