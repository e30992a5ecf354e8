"""Tell whether a reply answers a question of fact with something that nothing supports.

A small model answers "who is your boss?" with any name. What it says stands on something where its
words are in the memory that it was shown, in the conversation or the persona; a yes or no does
where memory found something for the question. Not to know, and to ask back, needs nothing.
"""

import re
from collections.abc import Iterable, Sequence

from twin.memory.block import MemoryBlock
from twin.memory.dates.english_hours import HOURS
from twin.memory.questions import Asked, asks_for_fact
from twin.memory.words import all_words
from twin.privacy.normalize import plain
from twin.prompting.chat_template import Turn

LEAST_SHARE = 0.5  # of a reply's words that have to be known where memory found nothing
_NAMES = re.compile(r"\b(?:your|ur) name\b|\bwho are (?:you|u)\b|[你您](?:是|叫)")
_UNKNOWN = re.compile(
    r"\b(?:idk|dunno|(?:do not|don'?t) (?:know|remember|recall|have any idea)"
    r"|not (?:really |too )?sure|no (?:idea|clue)|(?:can'?t|cannot) (?:remember|say|recall)|forgot"
    r"|i forget|who knows|unsure|beats me|(?:let me|i'?ll|have to|need to|gotta) (?:check|look))\b"
    r"|不(?:太|大)?(?:知道|清楚|确定|记得|晓得|好说)|记不(?:清|得|住)|忘了|忘记|没印象|想不起"
)
_GUESS = re.compile(
    r"\b(?:i think|i guess|maybe|probably|might be|i believe|should be|must be|but)\b"
    r"|应该|好像|可能|大概|估计|也许|但"
)
_ASKS_BACK = re.compile(
    r"\b(?:what|which|who|whose|when|where|why|how|do|did|does|are|is|you|u|huh|wdym)\b"
    r"|[哪谁吗呢啥么]|怎么|干嘛|为何"
)
_YES_OR_NO = re.compile(
    r"^\W*(?:ye+[sap]?h?|yup|ya|yea+h?|no+|nope|nah|of course|sure|definitely|never|not yet|right"
    r"|true|correct|i (?:did|do|have|am|was|had)|we (?:did|do|have|are|were)|did(?:n'?t)?"
    r"|have(?:n'?t)?)\b"
    r"|^\W*(?:对|是|有|没|不|嗯|当然|去过|吃过|见过|会|在|早)"
)
_SENTENCE = re.compile(r"[^.!?\n。！？]+[?？]?")
_FILLERS = frozenset(
    (
        *("haha", "hahaha", "lol", "lmao", "hmm", "hm", "um", "uh", "ah", "oh", "hey", "hi", "wow"),
        *("thanks", "thank", "cool", "nice", "good", "great", "really", "yes", "no", "sorry"),
        *("man", "dude", "bro", "tbh", "honestly", "哈", "嘻", "嘿"),
    )
)
_DIGITS = {
    sign: str(number)
    for signs in (HOURS, "一二三四五六七八九十")
    for number, sign in enumerate(signs, start=1)
} | {"两": "2"}
_ON_THE_CLOCK = {str(hour): str(hour - 12) for hour in range(13, 24)}


def is_unsupported(
    question: str, reply: str, turns: Sequence[Turn], memory: MemoryBlock, owner: str = ""
) -> bool:
    """Whether a reply to the friend's burst `question` states what nothing it stands on says.

    `turns` is the prompt, whose last turn asks; `owner` their name, which is no answer.
    """
    asked = asks_for_fact(question)
    if asked is None or not states_something(asked, reply):
        return False
    found = memory.found_for(question)
    if asked == "did you" and found:
        return False
    told = {*_words(question), *(() if _NAMES.search(plain(question).lower()) else _words(owner))}
    said = [word for word in _words(reply) if word not in told]
    remembered = set(_words("\n".join(_remembered(asked, memory))))
    known = remembered | set(_words("\n".join(_told(turns, memory))))
    numbers = [word for word in said if word.isdigit()]
    if asked in ("when", "how much") and not known.issuperset(numbers):
        return True
    if found and any(word in remembered for word in said):
        return False
    return sum(word in known for word in said) < max(1, LEAST_SHARE * len(said))


def states_something(asked: Asked, reply: str) -> bool:
    """Whether a reply to such a question claims to know: it neither says that it doesn't, nor asks
    back, nor says nothing.
    """
    line = plain(reply).lower()
    if _UNKNOWN.search(line) and not _GUESS.search(line):
        return False
    sentences = [match[0] for match in _SENTENCE.finditer(line) if match[0].strip()]
    if sentences and all("?" in each and _ASKS_BACK.search(each) for each in sentences):
        return False
    says_yes_or_no = asked == "did you" and _YES_OR_NO.search(line) is not None
    return says_yes_or_no or any(word not in _FILLERS for word in _words(reply))


def _remembered(asked: Asked, memory: MemoryBlock) -> Iterable[str]:
    """The lines that are shown; with their days where it was asked when, but not with today's."""
    if asked == "when":
        return memory.text.splitlines()[1:]
    return (line.text for line in memory.lines)


def _told(turns: Sequence[Turn], memory: MemoryBlock) -> Iterable[str]:
    """The persona and the conversation before the question."""
    for turn in turns[:-1]:
        yield turn["content"].removesuffix(memory.text)


def _words(text: str) -> list[str]:
    """The words that say something, numbers as digits; 19 is 7 on the clock, too."""
    words = [_DIGITS.get(word, word) for word in all_words(plain(text))]
    return [*words, *(_ON_THE_CLOCK[word] for word in words if word in _ON_THE_CLOCK)]
