"""Find copied texts: sent again and again, forwarded, pasted, or links alone."""

import re
from collections.abc import Sequence

from training.dataset.quality.answers import AnswerPair, normal_form, width
from twin.privacy.detectors.links import LINK

LONG = 100  # as `width` counts: 50 Chinese characters
MOST_IN_ONE_CHAT = 2
_EVERYWHERE = -1
_BARE_LINK = re.compile(
    r"(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,6}/\S+|\[LINK_\d+\]", re.IGNORECASE
)
_SAID = re.compile(r"\w")

# Each alone is enough: at the beginning of a line, over two lines, anywhere.
_AT_BEGINNING = re.compile(
    r"\W{0,3}(?:【转发】|\[转发\]|「转发」|转发[:：]|转自[:：]|\[(?:合并转发|聊天记录)\])"
    r"|\[?(?:.{1,30}(?:和|与).{1,30}|群聊)的聊天记录\]?$"
    r"|-{2,}\s*(?:forwarded message|original message|原始邮件|转发邮件)\s*-{2,}"
    r"|begin forwarded message:|forwarded as received|-----BEGIN [A-Z ]+-----$"
    r"|[「【][^」】\n]+[」】]\s*https?://\S+|Traceback \(most recent call last\):$",
    re.IGNORECASE,
)
_OVER_LINES = re.compile(
    r"^fwd?: *\S.*\n|^on .{6,80} wrote:\s*\n>|写道[:：]\s*\n>|^「[^」]{1,2000}」\s*\n(?:- ?){5,}"
    r"|^```[^\n]*\n(?s:.*)\n```",
    re.IGNORECASE | re.MULTILINE,
)
_ANYWHERE = re.compile(
    r"(?:forward|send|pass) this (?:message |text )?(?:on )?to (?:at least )?\d+ "
    r"|转发(?:给|到)\s?\d+\s?(?:个|位)"
    r"|复制(?:本条|这条|此条|这段|本段)(?:信息|消息|描述|内容|文字)|复制(?:此|本)?链接.{0,4}打开|复制打开"
    r"|点击链接.{0,3}(?:直接打开|打开|，再选择浏览器)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?:from|to|cc|bcc|subject|date|sent|reply-to|发件人|收件人|抄送|主题|发送时间|日期)[:：] *\S",
    re.IGNORECASE,
)
_QUOTED = re.compile(r">+ ?\S")
_STAMPED = re.compile(
    r"[\[(]?\d{2,4}[-/.]\d{1,2}[-/.]\d{1,4},?[ T]+\d{1,2}:\d\d|\[?\d\d:\d\d:\d\d|\[\d{1,2}:\d\d, \d"
    r"|.{1,30} \d{4}[-/]\d{1,2}[-/]\d{1,2} \d{1,2}:\d\d(?::\d\d)?$"
    r"|\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b[\]:]|\s*at [\w.$<>]+\(.*\)$"
)
_CODE = re.compile(
    r".*[{};]$|[ \t]*(?:def \w+\(.*|class \w.*|if .*|for .*|while .*|else|try|except.*):$"
    r"|[ \t]*(?:import|from) [\w.]+(?: import .*)?$|#include\b|[ \t]*(?:const|let|var) \w+ ?="
    r"|[ \t]*</?\w[^>]*>"
    r"|[ \t]*(?:return|print|self\.)\b.*[\w)\]]$"
    r"|[ \t]*[a-z_]\w*(?:\.\w+)* = .*[\[({\"'].*|[ \t]*[\w.]+\(.*\)$|[ \t]*//|\$ \w+"
    r"|(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|CREATE TABLE) .*"
)
_ROW = re.compile(r"[^\t\n]*\t[^\t\n]*\t.*|\|?[^|\n]+\|[^|\n]+\|.*")

# Kinds of line, and how many of them make up a paste if they are also most of the text.
_KINDS = ((_HEADER, 2), (_QUOTED, 2), (_STAMPED, 2), (_CODE, 3), (_ROW, 3))


def sent_again(answers: Sequence[AnswerPair]) -> list[bool]:
    """For each answer whether half of it or more was sent to two chats, or often to one.

    Long texts alone count: hardly anybody types one twice.
    """
    long = [_long_texts(answer.output) for answer in answers]
    chats: dict[int, tuple[int, int]] = {}
    for answer, texts in zip(answers, long, strict=True):
        for text in texts:
            chat, times = chats.get(text, (answer.chat_id, 0))
            chats[text] = (chat if chat == answer.chat_id else _EVERYWHERE, times + 1)
    again = {
        text
        for text, (chat, times) in chats.items()
        if chat == _EVERYWHERE or times > MOST_IN_ONE_CHAT
    }
    return [
        0 < width(answer.output) <= 2 * sum(texts[text] for text in texts.keys() & again)
        for answer, texts in zip(answers, long, strict=True)
    ]


def _long_texts(output: str) -> dict[int, int]:
    """Each long message, and the answer as a whole: a hash, as texts are large, and its width."""
    if width(output) < LONG:
        return {}
    texts = {output, *output.splitlines()}
    return {hash(normal_form(text)): size for text in texts if (size := width(text)) >= LONG}


def is_only_links(text: str) -> bool:
    """Whether nothing is said besides links."""
    if not any(sign in text for sign in ("/", "www.", "[LINK_")):
        return False  # most texts; the patterns are slow
    bare = LINK.sub(" ", text)
    bare = _BARE_LINK.sub(" ", bare)
    return bare != text and _SAID.search(bare) is None


def looks_pasted(text: str) -> bool:
    """Forwards, mails, quotes, logs, code and tables, by signs that nobody types by chance."""
    lines = [line for line in text.splitlines() if line.strip()]
    if any(_AT_BEGINNING.match(line) for line in lines) or _ANYWHERE.search(text):
        return True
    if len(lines) < 2:
        return False
    return _OVER_LINES.search(text) is not None or any(
        _mostly(lines, kind, least) for kind, least in _KINDS
    )


def _mostly(lines: list[str], kind: re.Pattern[str], least: int) -> bool:
    found = sum(kind.match(line) is not None for line in lines)
    return found >= least and found * 5 >= len(lines) * 3
