"""A made-up history of any size that behaves like a real one, as ChatLab exports.

A few chats are busy and most are quiet (Zipf), people write in bursts within conversations, and
are silent for hours and days between them. Chinese and English, pictures and stickers, rooms,
recalled messages, stock answers, sentences that were nearly said before, private values. The same
seed makes the same history; nothing in it is anybody's.
"""

import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from benchmarks.words import Speaker

OWNER = "owner"
END_S = 1_760_000_000  # the last messages are of October 2025, as in a log that goes on
SPAN_S = 3 * 365 * 86_400
SEED = 7
MEDIA = (1, 1, 1, 2, 3, 4, 5, 5, 5, 7, 8, 20, 23, 26)  # ChatLab's numbers
RECALL = 81


@dataclass(frozen=True, slots=True)
class Chat:
    number: int
    room: bool
    chinese: bool
    messages: int

    @property
    def id(self) -> str:
        return f"{'room' if self.room else 'friend'}_{self.number:03}"

    @property
    def people(self) -> int:
        return 3 + self.number % 25 if self.room else 1


@dataclass(frozen=True, slots=True)
class Said:
    """`who` 0 is the owner; `type` is ChatLab's."""

    at: int
    who: int
    type: int
    text: str


def chats(messages: int, count: int) -> list[Chat]:
    """The chats and how many of the messages are in each; the busiest first."""
    weights = [1 / (rank + 2) for rank in range(count)]
    ends = [round(messages * part / sum(weights)) for part in accumulate(weights)]
    return [
        Chat(number, number % 10 == 4, number % 5 < 3, end - start)
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False))
    ]


def talk(chat: Chat, drawn: random.Random, start: int, end: int) -> list[Said]:
    """The chat's messages in the order of time, conversations spread from start to end."""
    speaker = Speaker(chat.chinese, drawn)
    lengths = list(_conversations(chat.messages, drawn))
    begins = sorted(drawn.randrange(start, end) for _ in lengths)
    said: list[Said] = []
    for begin, length in zip(begins, lengths, strict=True):
        at = max(begin, said[-1].at + 600) if said else begin
        said += _conversation(chat, speaker, drawn, at, length)
    return said


def _conversations(messages: int, drawn: random.Random) -> Iterator[int]:
    while messages > 0:
        length = min(messages, 1 + int(drawn.lognormvariate(2.5, 0.9)))
        yield length
        messages -= length


def _conversation(
    chat: Chat, speaker: Speaker, drawn: random.Random, at: int, length: int
) -> Iterator[Said]:
    """Turns of one to six messages; sometimes nobody answers for an hour."""
    who, left = drawn.randint(0, chat.people), 0
    for _ in range(length):
        if left:
            at += 1 + int(drawn.expovariate(1 / 9))
        else:
            who = _next_speaker(chat, who, drawn)
            left = min(6, 1 + int(drawn.expovariate(0.8)))
            at += 3 + int(drawn.lognormvariate(3.4, 1.6))
        left -= 1
        chance = drawn.random()
        if chance < 0.09:
            yield Said(at, who, drawn.choice(MEDIA), "[picture]")
        elif chance < 0.093:
            yield Said(at, who, RECALL, "")
        else:
            yield Said(at, who, 0, speaker.say())


def _next_speaker(chat: Chat, who: int, drawn: random.Random) -> int:
    """In a room the owner says one word in six, to a friend every second."""
    if not chat.room:
        return 1 - who
    return 0 if drawn.random() < 0.16 else drawn.randint(1, chat.people)


def write_history(folder: Path, messages: int, count: int, seed: int = SEED) -> None:
    """One export a chat."""
    for chat in chats(messages, count):
        drawn = random.Random(f"{seed} {chat.number}")
        _write(folder, chat, talk(chat, drawn, END_S - SPAN_S, END_S - 86_400), "")


def write_news(folder: Path, messages: int, count: int, seed: int = SEED) -> None:
    """A day's messages after the history: some fifty conversations, most in the busiest chats."""
    drawn = random.Random(f"{seed} news")
    weights = list(accumulate(1 / (rank + 2) for rank in range(count)))
    new = [0] * count
    for length in _conversations(messages, drawn):
        new[bisect(weights, drawn.random() * weights[-1])] += length
    for chat in chats(count, count):
        if new[chat.number]:
            today = replace(chat, messages=new[chat.number])
            _write(folder, today, talk(today, drawn, END_S, END_S + 50_000), "new")


def _write(folder: Path, chat: Chat, said: Sequence[Said], mark: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    meta = {
        "name": f"{'群' if chat.room else '朋友'} {chat.number}",
        "platform": "wechat",
        "type": "group" if chat.room else "private",
        "groupId": chat.id,
        "ownerId": OWNER,
    }
    document = {
        "chatlab": {"version": "0.0.2", "exportedAt": END_S, "generator": "benchmarks.history"},
        "meta": meta,
        "members": [],
        "messages": [_row(chat, number, each, mark) for number, each in enumerate(said)],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / f"{chat.id}{mark}.json").write_text(text, encoding="utf-8")


def _row(chat: Chat, number: int, said: Said, mark: str) -> dict[str, object]:
    sender = OWNER if said.who == 0 else f"{chat.id}_{said.who}"
    return {
        "sender": sender,
        "accountName": "我" if said.who == 0 else f"{'小' * (said.who % 3)}人 {sender}",
        "timestamp": said.at,
        "type": said.type,
        "content": said.text,
        "platformMessageId": f"{mark}{chat.number}_{number}",
    }
