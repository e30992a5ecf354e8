"""Write a made-up history of any size that resembles a real one, as ChatLab exports.

A few chats are busy and most are quiet (Zipf), people write in bursts within conversations, and
are silent for hours and days between them. Chinese and English, pictures and stickers, groups,
recalled messages, stock answers, sentences that nearly repeat earlier ones, private values. The
same seed makes the same history; no message is a real person's.
"""

import json
import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

OWNER = "owner"
END_S = 1_760_000_000  # the last messages are of October 2025, as in a log that goes on
SPAN_S = 3 * 365 * 86_400
SEED = 7
MEDIA = (1, 1, 1, 2, 3, 4, 5, 5, 5, 7, 8, 20, 23, 26)  # ChatLab's numbers
RECALL = 81
CHINESE = (
    "我 你 的 了 是 不 在 有 就 吗 吧 呢 啊 好 去 来 说 看 想 要 会 也 都 还 没 这个 那个 "
    "什么 怎么 今天 明天 昨天 晚上 早上 中午 现在 刚才 等会 周末 下周 一起 吃饭 睡觉 上班 "
    "下班 加班 开会 回家 出门 打球 跑步 游泳 电影 音乐 游戏 照片 视频 手机 电脑 地铁 公交 "
    "飞机 高铁 酒店 餐厅 火锅 烧烤 咖啡 奶茶 苹果 西瓜 天气 下雨 太阳 好冷 好热 朋友 老师 "
    "同学 同事 老板 妈妈 爸爸 孩子 猫 狗 真的 可以 不行 没事 知道 觉得 喜欢 讨厌 开心 难过 "
    "生气 无聊 有意思 厉害 奇怪 贵 便宜 快 慢 大 小 多 少 东西 地方 时候 事情 问题 办法 意思 "
    "消息 电话 地址 钱 票 书 衣服 鞋子 房子 车 工作 学习 考试 作业 项目 客户 合同 报告 会议 "
    "计划 旅游 北京 上海 杭州 成都 医院 感冒 药 生日 礼物 结婚 搬家 装修 快递"
)
ENGLISH = (
    "i you the to a it that and of in is for me on my so just what do have not but are we be "
    "was can your with know like if no at how get all this now up out yeah go good think "
    "really one about when there here too time see some want they lol need why did will "
    "would could should home work today tomorrow tonight morning later soon maybe sure "
    "thanks sorry great nice cool love hate happy tired hungry dinner lunch coffee beer "
    "pizza movie music game phone train bus flight hotel ticket money doctor school exam "
    "meeting boss friend mother brother dog cat rain sun cold hot beach house car birthday "
    "present wedding party weekend summer winter london berlin project report plan idea "
    "story"
)
STOCK = (
    "好的 哈哈哈 嗯嗯 在吗 收到 晚安 没事 谢谢 哦哦 可以啊 不知道 哈哈哈哈哈",
    "ok haha yes no thanks! night lol sure what? same omg yep",
)
SYLLABLES = "ba ke li mo nu ra se ti vo ya zen dor fim gal hop"


class Speaker:
    """Makes up the messages of one chat, some of which nearly repeat earlier ones."""

    def __init__(self, chinese: bool, drawn: random.Random) -> None:
        self._chinese, self._drawn = chinese, drawn
        self._words = (CHINESE if chinese else ENGLISH).split()
        self._often = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self._said: list[list[str]] = []

    def say(self) -> str:
        chance = self._drawn.random()
        if chance < 0.12:
            return self._drawn.choice(STOCK[0 if self._chinese else 1].split())
        if chance < 0.15 and self._said:
            return self._join(self._nearly_again())
        words = self._new_words()
        if chance < 0.156:
            words.append(self._private())
        if len(self._said) < 200:
            self._said.append(words)
        return self._join(words)

    def _new_words(self) -> list[str]:
        length = min(60, 1 + int(self._drawn.lognormvariate(1.5, 0.7)))
        words = self._drawn.choices(self._words, cum_weights=self._often, k=length)
        if self._drawn.random() < 0.1:  # a name or another word that is new to the log
            words.append("".join(self._drawn.choices(SYLLABLES.split(), k=4)))
        return words

    def _nearly_again(self) -> list[str]:
        words = list(self._drawn.choice(self._said))
        words[self._drawn.randrange(len(words))] = self._drawn.choice(self._words)
        return words

    def _private(self) -> str:
        number = self._drawn.randrange(10**8)
        return self._drawn.choice(
            (
                f"138{number:08}",
                f"+49 151 {number:08}",
                f"anna{number % 977}@example.com",
                f"https://example.com/login?token={number:032x}",
                f"密码是 Hk{number}x",
                f"文三路{number % 900 + 1}号{number % 40 + 1}室",
            )
        )

    def _join(self, words: list[str]) -> str:
        if not self._chinese:
            return " ".join(words) + self._drawn.choice(("", "", "?", "!", "..."))
        return "".join(words) + self._drawn.choice(("", "", "", "？", "！", "~"))


@dataclass(frozen=True, slots=True)
class MadeUpChat:
    number: int
    is_group: bool
    chinese: bool
    messages: int

    @property
    def id(self) -> str:
        return f"{'room' if self.is_group else 'friend'}_{self.number:03}"

    @property
    def friends(self) -> int:
        return 3 + self.number % 25 if self.is_group else 1


@dataclass(frozen=True, slots=True)
class MadeUpMessage:
    """`at` in seconds (UTC); `who` 0 is the owner, others are friends; `type` is ChatLab's."""

    at: int
    who: int
    type: int
    text: str


def chats(messages: int, count: int) -> list[MadeUpChat]:
    """`count` chats, the busiest first, among which the messages are distributed."""
    weights = [1 / (rank + 2) for rank in range(count)]
    ends = [round(messages * part / sum(weights)) for part in accumulate(weights)]
    return [
        MadeUpChat(number, number % 10 == 4, number % 5 < 3, end - start)
        for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False))
    ]


def messages_of(
    chat: MadeUpChat, drawn: random.Random, start: int, end: int
) -> list[MadeUpMessage]:
    """The chat's messages by time, in conversations spread from start to end (seconds, UTC)."""
    speaker = Speaker(chat.chinese, drawn)
    lengths = list(_conversations(chat.messages, drawn))
    begins = sorted(drawn.randrange(start, end) for _ in lengths)
    messages: list[MadeUpMessage] = []
    for begin, length in zip(begins, lengths, strict=True):
        at = max(begin, messages[-1].at + 600) if messages else begin
        messages += _conversation(chat, speaker, drawn, at, length)
    return messages


def _conversations(messages: int, drawn: random.Random) -> Iterator[int]:
    while messages > 0:
        length = min(messages, 1 + int(drawn.lognormvariate(2.5, 0.9)))
        yield length
        messages -= length


def _conversation(
    chat: MadeUpChat, speaker: Speaker, drawn: random.Random, at: int, length: int
) -> Iterator[MadeUpMessage]:
    """Turns of one to six messages; some answers take an hour."""
    who, left = drawn.randint(0, chat.friends), 0
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
            yield MadeUpMessage(at, who, drawn.choice(MEDIA), "[picture]")
        elif chance < 0.093:
            yield MadeUpMessage(at, who, RECALL, "")
        else:
            yield MadeUpMessage(at, who, 0, speaker.say())


def _next_speaker(chat: MadeUpChat, who: int, drawn: random.Random) -> int:
    """In a group the owner writes one turn in six, to a single friend every second."""
    if not chat.is_group:
        return 1 - who
    return 0 if drawn.random() < 0.16 else drawn.randint(1, chat.friends)


def write_history(folder: Path, messages: int, count: int, seed: int = SEED) -> None:
    """One export a chat."""
    for chat in chats(messages, count):
        drawn = random.Random(f"{seed} {chat.number}")
        _write(folder, chat, messages_of(chat, drawn, END_S - SPAN_S, END_S - 86_400), "")


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
            _write(folder, today, messages_of(today, drawn, END_S, END_S + 50_000), "new")


def _write(folder: Path, chat: MadeUpChat, messages: Sequence[MadeUpMessage], mark: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    meta = {
        "name": f"{'群' if chat.is_group else '朋友'} {chat.number}",
        "platform": "wechat",
        "type": "group" if chat.is_group else "private",
        "groupId": chat.id,
        "ownerId": OWNER,
    }
    document = {
        "chatlab": {"version": "0.0.2", "exportedAt": END_S, "generator": "benchmarks.history"},
        "meta": meta,
        "members": [],
        "messages": [_row(chat, number, each, mark) for number, each in enumerate(messages)],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / f"{chat.id}{mark}.json").write_text(text, encoding="utf-8")


def _row(chat: MadeUpChat, number: int, message: MadeUpMessage, mark: str) -> dict[str, object]:
    sender = OWNER if message.who == 0 else f"{chat.id}_{message.who}"
    return {
        "sender": sender,
        "accountName": "我" if message.who == 0 else f"{'小' * (message.who % 3)}人 {sender}",
        "timestamp": message.at,
        "type": message.type,
        "content": message.text,
        "platformMessageId": f"{mark}{chat.number}_{number}",
    }
