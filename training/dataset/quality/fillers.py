"""Find fillers, answers that only acknowledge: 嗯, ok, haha, a lone emoji."""

import heapq
import unicodedata
from collections.abc import Sequence

import regex

from training.dataset.quality.answers import AnswerPair, lot

LONGEST = 40  # characters; whoever laughs longer than that means something by it
_WORDS = """
ok okay okey oki okie okk kk k kay alright aight yes yeah yea yep yup ya yah yeh aye huh mhm mm hm
hmm uh um ah aha ha oh ooh lol lmao lmfao rofl xd haha hah sure
si sí sì vale oui ouais mdr ptdr ja jo jep genau achso sim rs iya oke sip wkwk da
да ага угу ок окей лол ладно ну ясно
うん はい ええ そう そっか なるほど 草 笑 w
네 넵 응 어 ㅇㅇ ㅇㅋ ㅋ ㅎ ㅎㅎ
نعم تمام اوك اه ه हाँ हां ừ vâng dạ ครับ ค่ะ
"""
# Without spaces between them: any row of these is a filler.
_CHINESE = """
嗯 恩 唔 哦 噢 喔 啊 呃 额 诶 欸 唉 哎 呀 哇 嘿 嘻 呵 哈 嘛 呗 嗯呢 嗯哪 em emm hh
好 好的 好哒 好滴 好嘞 好呀 好啊 好吧 好哦 好噢 行 行吧 行啊 行的 成 可以 可以的 可以啊
对 对的 对啊 对呀 对哦 是 是的 是啊 是呀 是哦 是吧 没错 收到 知道了 知道啦 明白 明白了 了解 懂了 ok
"""
_LAUGHS = (
    r"a?(?:ha){2,}h?|(?:ah){2,}a?|(?:he){2,}h?|(?:hi){2,}|(?:ho){2,}|j?(?:ja){2,}j?|(?:je){2,}"
    r"|(?:xa){2,}|(?:ха){2,}х?|(?:хе){2,}|lo(?:lo)*l|(?:wk){2,}|(?:rs){2,}|h{2,}|(?:em)+"
)
# WeChat's own emoji are words in brackets, as in [捂脸] and [Smile]. A flag is two signs.
_EMOJI = regex.compile(
    r"\[[\p{L}]{1,8}\]|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}"
    r"|[\p{Variation_Selector}\u200d\u20e3]|(?<![\p{L}\p{N}])(?:[:;=8]['^-]?[dpos03x]|x+d+)(?![\p{L}\p{N}])"
)
_SEPARATOR = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_REPEATED = regex.compile(r"(.)\1+")
_LONG_LAUGH = regex.compile(r"23{2,}|6{3,}")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _once(word: str) -> str:
    """Without stretching: yeahhh and yeah are one word."""
    return str(_REPEATED.sub(r"\1", word))


_KNOWN = frozenset(_once(word) for word in _plain(_WORDS).split())
_ROW = regex.compile(
    "(?:" + "|".join(sorted({_once(w) for w in _CHINESE.split()}, key=len, reverse=True)) + ")+"
)
_LAUGH = regex.compile(_LAUGHS)


def is_filler(text: str) -> bool:
    """Whether nothing is said, however often and in whatever case: 嗯嗯, Okkk, hahaha, 👍👍, ..."""
    if len(text) > LONGEST:
        return False
    bare = _EMOJI.sub(" ", _plain(text))
    return all(_is_filler_word(word) for word in _SEPARATOR.split(bare) if word)


def _is_filler_word(word: str) -> bool:
    once = _once(word)
    return (
        once in _KNOWN
        or _LONG_LAUGH.fullmatch(word) is not None
        or _LAUGH.fullmatch(once) is not None
        or _ROW.fullmatch(once) is not None
    )


def surplus_fillers(answers: Sequence[AnswerPair], max_share: float) -> set[int]:
    """Places of the fillers beyond the share that they may have of what stays.

    Those with the smallest lots stay: they lie evenly over the years, and as a lot is the answer's
    own, a new message moves no more than a few of the others in or out.
    """
    fillers = [place for place, answer in enumerate(answers) if is_filler(answer.output)]
    if max_share == 1:
        return set()
    others = len(answers) - len(fillers)
    allowed = int(others * max_share / (1 - max_share))
    stay = heapq.nsmallest(allowed, fillers, key=lambda place: (lot(answers[place]), place))
    return set(fillers).difference(stay)
