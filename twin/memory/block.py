"""Write the remembered lines as the short list that stands behind the persona."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Literal

from storage.plain_text import visible
from storage.platform_markup import readable
from twin.clock import local_day
from twin.config.schema import Config
from twin.memory.ages import PromptLanguage, ago, date_name, today_line
from twin.memory.excerpt import excerpt
from twin.memory.line import Line
from twin.memory.words import words_of
from twin.prompting.media_marks import without_marks

Heading = Literal["owner", "friend", "plan"]

MOST_NAME = 40
SHARE = 3  # the list takes at most one part in so many of the shorter prompt
_HEADINGS: dict[PromptLanguage, dict[Heading, str]] = {
    "en": {"owner": "Facts about you:", "friend": "About {friend}:", "plan": "Plans:"},
    "zh": {"owner": "关于你的事：", "friend": "关于{friend}：", "plan": "约定："},
}
_NOBODY: dict[PromptLanguage, str] = {"en": "your friend", "zh": "你的朋友"}
_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[A-Za-z]+")
_QUOTES = re.compile('["“”「」『』]')
_SENTENCE = re.compile('[:：;；!！?？。"“”「」『』]')  # in a name: it may try to be more than one
# What begins a line of a list or a heading.
_BULLETS = "-–—•·*#>▪●○ "


@dataclass(frozen=True, slots=True)
class MemoryBlock:
    """`text` stands behind the persona; `lines` are those that it holds, found for `question`."""

    text: str = ""
    lines: tuple[Line, ...] = ()
    question: str = ""

    def found_for(self, burst: str) -> bool:
        """Whether something was found for these words of the friend; plans are shown anyway."""
        is_asked = bool(burst) and self.question.endswith(burst)
        return is_asked and any(line.kind != "plan" for line in self.lines)

    @property
    def messages(self) -> tuple[int, ...]:
        """The ids of the messages that it stands on, in order."""
        return tuple(sorted({number for line in self.lines for number in line.messages}))


NO_MEMORY = MemoryBlock()


def memory_block(
    lines: Sequence[Line],
    *,
    now: int,
    zone: tzinfo,
    language: PromptLanguage,
    question: str = "",
    friend: str = "",
    budget: int,
) -> MemoryBlock:
    """The list of those lines that fit into `budget` tokens, the first ones before the others.

    It begins with the day of `now` (UTC milliseconds), by which a small model can tell how long ago
    something was. Of a long line that part is shown which has most words of `question`. Nothing
    that is said in a line begins a line of its own or ends a quotation.
    """
    write = partial(
        _written,
        now=now,
        zone=zone,
        language=language,
        friend=friend,
        words=words_of(question),
    )
    if estimated_tokens(write([])) > budget:
        return NO_MEMORY
    shown: list[Line] = []
    for line in lines:
        if estimated_tokens(write([*shown, line])) <= budget:
            shown.append(line)
    return MemoryBlock(write(shown), tuple(shown), question)


def token_budget(config: Config) -> int:
    """The same for a sample as for an answer. Tokens."""
    return min(config.train.max_tokens, config.reply.context_tokens) // SHARE


def estimated_tokens(text: str) -> int:
    """More than most tokenizers make of it: a letter is a third of a token and another byte 0.6.

    A tokenizer is the model's, in its thread, and each base has another: the same list must stand
    in a sample and in an answer.
    """
    letters = sum(sign.isascii() for sign in text)
    return math.ceil(letters / 3 + (len(text.encode()) - letters) * 0.6)


def language_of(texts: Iterable[str]) -> PromptLanguage:
    """Chinese where its characters are at least as many as words in Latin letters.

    The marks of files are in nobody's language.
    """
    text = without_marks("\n".join(texts))
    signs = len(_CHINESE.findall(text))
    return "zh" if signs and signs >= len(_WORD.findall(text)) else "en"


def _written(
    lines: Sequence[Line],
    now: int,
    zone: tzinfo,
    language: PromptLanguage,
    friend: str,
    words: Sequence[str],
) -> str:
    written = [today_line(now, zone, language)]
    for heading, title in _HEADINGS[language].items():
        under = [line for line in lines if _heading(line) == heading]
        if under:
            name = _one_line(_SENTENCE.sub(" ", readable(friend)))[:MOST_NAME].strip()
            name = name or _NOBODY[language]
            written.append(title.format(friend=name))
            written += [_bullet(line, now, zone, language, words) for line in under]
    return "\n".join(written)


def _heading(line: Line) -> Heading:
    if line.kind == "plan":
        return "plan"
    is_of_friend = line.kind == "friend" or line.speaker == "friend"
    return "friend" if is_of_friend else "owner"


def _bullet(
    line: Line, now: int, zone: tzinfo, language: PromptLanguage, words: Sequence[str]
) -> str:
    text = excerpt(_one_line(line.text), words)
    if line.speaker == "friend":
        text = _QUOTES.sub("'", text)
        text = f"「{text}」" if language == "zh" else f'"{text}"'
    if line.kind == "plan":  # it says for when it is
        return f"- {text}"
    said = _when(line.said_at, now, zone, language)
    return f"- {text}（{said}）" if language == "zh" else f"- {text} ({said})"


def _one_line(text: str) -> str:
    return " ".join(visible(text).split()).lstrip(_BULLETS)


def _when(said_at: int, now: int, zone: tzinfo, language: PromptLanguage) -> str:
    """The day, and how long ago it was; of today and yesterday that alone."""
    day, age = local_day(said_at, zone), ago(said_at, now, zone, language)
    if (local_day(now, zone) - day).days < 2:
        return age
    return (
        f"{date_name(day, language)}，{age}"
        if language == "zh"
        else f"{date_name(day, language)}, {age}"
    )
