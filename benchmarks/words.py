"""What the people of the made-up history say: chat-like in length, in words and in repetition."""

import random
from itertools import accumulate

_CHINESE = (
    "我 你 的 了 是 不 在 有 就 吗 吧 呢 啊 好 去 来 说 看 想 要 会 也 都 还 没 这个 那个 "
    "什么 怎么 今天 明天 昨天 晚上 早上 中午 现在 刚才 等会 周末 下周 一起 吃饭 睡觉 上班 "
    "下班 加班 开会 回家 出门 打球 跑步 游泳 电影 音乐 游戏 照片 视频 手机 电脑 地铁 公交 "
    "飞机 高铁 酒店 餐厅 火锅 烧烤 咖啡 奶茶 苹果 西瓜 天气 下雨 太阳 好冷 好热 朋友 老师 "
    "同学 同事 老板 妈妈 爸爸 孩子 猫 狗 真的 可以 不行 没事 知道 觉得 喜欢 讨厌 开心 难过 "
    "生气 无聊 有意思 厉害 奇怪 贵 便宜 快 慢 大 小 多 少 东西 地方 时候 事情 问题 办法 意思 "
    "消息 电话 地址 钱 票 书 衣服 鞋子 房子 车 工作 学习 考试 作业 项目 客户 合同 报告 会议 "
    "计划 旅游 北京 上海 杭州 成都 医院 感冒 药 生日 礼物 结婚 搬家 装修 快递"
)
_ENGLISH = (
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
CHINESE, ENGLISH = _CHINESE.split(), _ENGLISH.split()
_STOCK = (
    "好的 哈哈哈 嗯嗯 在吗 收到 晚安 没事 谢谢 哦哦 可以啊 不知道 哈哈哈哈哈",
    "ok haha yes no thanks! night lol sure what? same omg yep",
)
STOCK = tuple(words.split() for words in _STOCK)
_SYLLABLES = "ba ke li mo nu ra se ti vo ya zen dor fim gal hop"
SYLLABLES = _SYLLABLES.split()


class Speaker:
    """One chat's way to talk, with a memory of what was said in it."""

    def __init__(self, chinese: bool, drawn: random.Random) -> None:
        self._chinese, self._drawn = chinese, drawn
        self._words = CHINESE if chinese else ENGLISH
        self._often = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        self._said: list[list[str]] = []

    def say(self) -> str:
        chance = self._drawn.random()
        if chance < 0.12:
            return self._drawn.choice(STOCK[0 if self._chinese else 1])
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
            words.append("".join(self._drawn.choices(SYLLABLES, k=4)))
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
