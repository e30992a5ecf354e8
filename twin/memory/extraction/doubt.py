"""Tell statements from questions, quotations, wishes, what is told of others, and jokes."""

import re

from twin.privacy.normalize import plain

_QUESTION = re.compile(
    r"[?？]|[吗嘛么呢](?:[~～!！.。]|$)"
    r"|什么|哪|谁|怎么|多少|是不是|有没有|会不会|能不能|要不要|对不对|好不好|知不知道|何时"
    r"|几[点号月岁个只]"
)
_QUOTED = re.compile(r"[\"“”«»「」『』《》♪♫]|^\s*>|^\s*\*|(?<!\w)'[^']+'(?!\w)")
_SPEAKER = re.compile(r"^\s*(?P<who>[^\W\d_][^\n:：,，.!?]{0,20})[:：](?!//|[)(DPp/|])")
_ANNOUNCES = re.compile(
    r"(?:fyi|ps|btw|update|(?:good |bad |big |more )?news|(?:fun )?fact|edit|also|note|so|anyway|ok"
    r"|yes|no|true story|answer|me|about me|对了|另外|更新|报告|通知|补充|顺便|好消息|坏消息)",
    re.IGNORECASE,
)
_ENGLISH_DOUBT = (
    r"if|unless|whether|would|wouldn'?t|wouldve|i'd|we'd|wish\w*|could|couldn'?t|might|maybe"
    r"|perhaps|probably|possibly|presumably|imagin\w+|suppos\w+|pretend\w*|almost|nearly|dream\w*"
    r"|hope\w*|hoping|want\w*|wanna|gonna|going to|plan(?:ning|ned)? (?:to|on)|consider(?:ing|ed)"
    r"|thinking (?:of|about)|used to|guess|say|says|said|saying|told|tells|asked|asks|claims?"
    r"|claimed|swears?|swore|rumou?rs?|lyrics?|joke|joking|jokes?|roleplay\w*|scenario|hypothetical"
    r"|hypothetically|fake|lie|lied|lying|as though|not true|untrue|should|shouldn'?t|ought"
    r"|were to|believe|believed|thought"
    r"|in (?:the|this|that|a|my) (?:game|book|novel|movie|film|show|play|story|musical|scene)"
    r"|(?:i|we|you|he|she|they|it|that|this|who) may"
    r"|(?:was|were|is|am|be|i'm|he's|she's|they're|it's|feels?|felt|sounds?|looks?|seems?)"
    r" (?:all |just |kinda |more |almost )?like"
)
_CHINESE_DOUBT = (
    "如果|要是|假如|假设|万一|倘若|若是|的话|想要|想去|想买|想养|想学|希望|打算|可能|也许|或许|大概|说不定"
    "|好像|似乎|梦见|梦到|梦里|差点|以为|本来|原本|应该|曾经|以前|从前|小时候|假装|据说|听说|听讲|传说|恨不得"
    "|早知道|要不|除非|即使|哪怕|就算|仿佛|[他她它妈爸人们师友哥姐弟妹婆公]说|说[:：我]|歌词|台词|剧情|游戏里"
    "|小说|不是说|想当|幻想|假的|骗"
)
_DOUBT = re.compile(rf"\b(?:{_ENGLISH_DOUBT})\b|{_CHINESE_DOUBT}", re.IGNORECASE)
_IRONY = re.compile(
    r"(?<!\w)/s\b|\bj/?k\b|\bkidding\b|\bjoking\b|\bsarcas\w*|\byeah,? right\b|\bas if\b|\bnot!"
    r"|开玩笑|开个玩笑|玩笑话|逗你|骗你|骗人的|才怪|反话|狗头|手动滑稽|\bdoge\b"
    r"|\[(?:旺柴|滑稽|坏笑|奸笑|阴险)\]|[🙃😏🐶🤡🤥]",
    re.IGNORECASE,
)


def is_irony(text: str) -> bool:
    """Whether the message says of itself, or of the one before, that it is not meant."""
    return _IRONY.search(plain(text)) is not None


def is_statement(sentence: str) -> bool:
    """Whether a normalized sentence may say what is so."""
    if _QUESTION.search(sentence) or _QUOTED.search(sentence) or _DOUBT.search(sentence):
        return False
    speaker = _SPEAKER.match(sentence)
    return speaker is None or _ANNOUNCES.fullmatch(speaker["who"].strip()) is not None
