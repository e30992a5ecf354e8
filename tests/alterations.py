"""What platforms make of a text on its way: one list for every fake that tells what was sent."""

import html
import re
import unicodedata
from collections.abc import Callable

_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_NAMES = {"🙂": "[微笑]", "😂": "[破涕为笑]", "👍": "[强]", "❤": "[爱心]"}
LONG = 40


def _as_span(emoji: re.Match[str]) -> str:
    return f'<span class="emoji emoji{ord(emoji[0]):x}"></span>'


def _as_picture(emoji: re.Match[str]) -> str:
    name = _NAMES.get(emoji[0], emoji[0])
    return f'<img class="qqemoji" text="{name}_web" src="/images/spacer.gif" />'


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "0" <= c <= "z" else c for c in text)


def _cut_off(text: str) -> str:
    return text[: max(LONG, len(text) // 2)] + "…" if len(text) > LONG else text


ALTERATIONS: dict[str, Callable[[str], str]] = {
    "nothing": str,
    "entities": lambda text: html.escape(text),
    "entities twice": lambda text: html.escape(html.escape(text)),
    "line ends as tags": lambda text: html.escape(text).replace("\n", "<br/>"),
    "emoji as spans": lambda text: _EMOJI.sub(_as_span, html.escape(text)),
    "emoji as pictures": lambda text: _EMOJI.sub(_as_picture, html.escape(text)),
    "emoji as names": lambda text: _EMOJI.sub(lambda e: _NAMES.get(e[0], "[表情]"), text),
    "emoji as question marks": lambda text: _EMOJI.sub("?", text),
    "emoji lost": lambda text: _EMOJI.sub("", text),
    "skin tones lost": lambda text: re.sub("[\U0001f3fb-\U0001f3ff]", "", text),
    "variation selectors lost": lambda text: text.replace("\ufe0f", ""),
    "variation selectors added": lambda text: _EMOJI.sub("\\g<0>\ufe0f", text),
    "a paragraph": lambda text: f'<p class="text">{html.escape(text)}</p>',
    "curly quotes": lambda text: text.replace("'", "’").replace("...", "…"),
    "blanks collapsed": lambda text: " ".join(text.split()),
    "blanks made wide": lambda text: text.replace(" ", "\u3000"),
    "blanks that don't break": lambda text: text.replace(" ", "\u00a0"),
    "blanks added": lambda text: f" {text}\n",
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "invisible signs": lambda text: "\u200b".join(text) + "\ufeff",
    "composed": lambda text: unicodedata.normalize("NFC", text),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "full width": _full_width,
    "links": lambda text: re.sub(
        r"https?://\S+", r'<a href="\g<0>" target="_blank">\g<0></a>', text
    ),
    "cut off": lambda text: text[: max(LONG, len(text) // 2)] + "…" if len(text) > LONG else text,
}
