"""The markup that WeChat puts into texts, as the words and emoji that it stands for.

Its web protocol sends `<br/>`, entities, links and pictures of emoji; answers that quote and other
messages of an app come as XML. A text that people typed on any other platform stays as it is.
"""

import re

from storage.plain_text import decode_entities

ENCODING_PLATFORMS = frozenset({"wechat"})

# Bounded, and outside of quotes no tag holds "<", so that a stranger's text takes linear time.
_IN_TAG = r"""((?:[^<>"']|"[^"<]{0,500}"|'[^'<]{0,500}'){0,1000})"""
_TAG = re.compile(rf"<(/?)(img|span|br|a)\b{_IN_TAG}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""\b(class|text|alt|title|data-emoji)\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'/]+))""",
    re.IGNORECASE,
)
_EMOJI_CODE = re.compile(r"emoji([0-9a-f]{4,60})\b", re.IGNORECASE)
# As in emoji1f1e81f1f3 (a flag) and emoji3120e3 (a keycap): the codes stand side by side.
_CODE_POINT = re.compile(r"1f[0-9a-f]{3}|[0-9a-f]{2}(?=20e3)|[0-9a-f]{4}", re.IGNORECASE)
_APP_STARTS = ("<?xml", "<msg", "<appmsg", "<sysmsg", "<voip")
_APP_ENDS = ("</msg>", "</appmsg>", "</sysmsg>", "/>")


def readable(text: str, platform: str = "") -> str:
    """What a person read there. `platform`: where the text came from live, "" if it did not.

    Everything is decoded where texts come encoded. Elsewhere, as in what was imported, only a
    picture of an emoji or an app's XML shows that it is: people write about `<br/>` and `&amp;`.
    """
    if "<" not in text and "&" not in text:
        return text
    return decoded(text) if platform in ENCODING_PLATFORMS or _is_encoded(text) else text


def decoded(text: str) -> str:
    """An encoded text as it was typed: tags first, then entities once, since people type those."""
    if "<" not in text and "&" not in text:
        return text
    if is_app_xml(text):
        return field_of(text, "title")
    return decode_entities(_without_tags(text))


def is_app_xml(text: str) -> bool:
    """Whether it is no text of a person but the XML of an app."""
    xml = _once_escaped(text).strip()
    if not xml.startswith(_APP_STARTS):
        return False
    # What only begins so, or is XML that was escaped, may be a person's.
    return "<appmsg" in xml or (text.lstrip().startswith("<") and xml.endswith(_APP_ENDS))


def field_of(xml: str, name: str) -> str:
    """The text of the first element of that name; "" without one.

    By hand and by no XML parser: the XML is a stranger's and often broken, and one field is wanted.
    """
    xml = _once_escaped(xml)
    _, opened, rest = xml.partition(f"<{name}>")
    inner, closed, _ = rest.partition(f"</{name}>")
    if not (opened and closed):
        return ""
    return decode_entities(inner.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip())


def attribute_of(xml: str, name: str) -> str:
    """The value of the first attribute of that name; "" without one."""
    found = re.search(rf"\b{name}\s?=\s?(?:\"([^\"]*)\"|'([^']*)')", _once_escaped(xml))
    return decode_entities((found[1] or found[2] or "").strip()) if found else ""


def _once_escaped(xml: str) -> str:
    """Some gateways escape the XML once more."""
    return decode_entities(xml) if xml.lstrip().startswith("&lt;") else xml


def _is_encoded(text: str) -> bool:
    if "emoji" in text.lower() and any(map(_is_emoji, _TAG.finditer(text))):
        return True
    return "appmsg" in text and is_app_xml(text)


def _without_tags(text: str) -> str:
    return _TAG.sub(_Replacement(), text)


class _Replacement:
    """What each tag of one text becomes. A `</span>` is dropped where its beginning was."""

    def __init__(self) -> None:
        self._open_spans = 0

    def __call__(self, tag: re.Match[str]) -> str:
        closes, name = bool(tag[1]), tag[2].lower()
        match name:
            case "br":
                return "\n"
            case "a":
                return ""
            case "span" if closes and self._open_spans:
                self._open_spans -= 1
                return ""
            case "span" | "img" if not closes and _is_emoji(tag):
                self._open_spans += name == "span" and not tag[3].endswith("/")
                return _emoji_of(tag[3])
        return tag[0]


def _attributes(tag: str) -> dict[str, str]:
    found = _ATTRIBUTE.finditer(tag)
    return {
        match[1].lower(): decode_entities(match[2] or match[3] or match[4] or "") for match in found
    }


def _is_emoji(tag: re.Match[str]) -> bool:
    kind = _attributes(tag[3]).get("class", "")
    return tag[2].lower() in ("img", "span") and "emoji" in kind.lower()


def _emoji_of(tag: str) -> str:
    """Its sign, or the name that WeChat gives it, such as [微笑]."""
    attributes = _attributes(tag)
    code = _EMOJI_CODE.search(attributes.get("class", ""))
    if code is not None:
        signs = "".join(chr(int(point, 16)) for point in _CODE_POINT.findall(code[1]))
        return signs.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    names = (attributes.get(name, "") for name in ("text", "alt", "data-emoji", "title"))
    return next((name.removesuffix("_web") for name in names if name.strip()), "")
