"""Long texts that were sent again and again, which hardly anybody types twice."""

from collections.abc import Sequence

from training.dataset.quality.answers import AnswerPair, normal_form, width

LONG = 100  # as `width` counts: 50 Chinese characters
MOST_IN_ONE_CHAT = 2
_EVERYWHERE = -1


def sent_again(answers: Sequence[AnswerPair]) -> list[bool]:
    """For each answer whether half of it or more was sent to two chats, or often to one."""
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
