"""Ask a model what a message states, and take of its answer what the message itself says."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from twin.engine.base import Engine, Limits
from twin.memory.extraction.clauses import clauses_of
from twin.memory.extraction.statements import Statement, may_be_kept
from twin.memory.kinds import KINDS, FactKind
from twin.privacy.normalize import comparable
from twin.prompting.chat_template import Turn

_TASK = (
    "Copy from the message what its writer says of themselves that stays true: home, origin, work, "
    "school, birthday, family, pet, food, likes, language, thing, event. Write each on a line of "
    "its own as `kind: words`, with the message's own words. Write `none` if it says nothing of "
    "the kind.\n\nMessage: "
)
_SHOWN = (
    (
        "omg finally. We just signed the lease, Leeds it is!",
        "home: We just signed the lease, Leeds",
    ),
    ("did you see the game? what a mess", "none"),
    ("我从小就怕狗，不过家里还是有只柯基", "pet: 家里还是有只柯基"),
)
_LIMITS = Limits(max_tokens=64, temperature=0.0, top_p=1.0, may_cut=False)
_LINE = re.compile(r"[-*•\s]{0,4}`?([a-z]+)`?\s?[:：]\s?(.{2,200})")
LEAST_WORDS = 4  # letters


class Question(NamedTuple):
    """A message of the probe, and what has to be found in it; "" for nothing."""

    message: str
    kind: str
    words: str


PROBE = (
    Question("sorry for the delay, the move to Porto ate my whole week", "home", "Porto"),
    Question("can't do dairy, my stomach kills me every time", "food", "dairy"),
    Question("turning thirty on friday and i'm not ready", "birthday", "thirty"),
    Question("our little one started walking, Mia is unstoppable now", "family", "Mia"),
    Question("day one at the bakery done, feet hurt", "work", "bakery"),
    Question("这周忙着搬去苏州，累死了", "home", "苏州"),
    Question("海鲜我可碰不得，一吃就起疹子", "food", "海鲜"),
    Question("lol no way, see you at eight then", "", ""),
    Question("is your sister still in Madrid?", "", ""),
    Question("if i ever win the lottery i buy a boat", "", ""),
    Question("哈哈哈好的，明天见", "", ""),
    Question("你不是说你住在杭州吗", "", ""),
)
NEEDED = len(PROBE) - 2


async def right_answers(engine: Engine) -> int:
    """How many questions of the probe the base answers rightly. Raises what answering raises."""
    right = 0
    for question in PROBE:
        found = await ask(engine, question.message)
        is_right = not found
        if question.kind:
            is_right = any(
                one.kind == question.kind and question.words in one.text for one in found
            )
        right += is_right
    return right


async def ask(engine: Engine, text: str, said_at: int = 0) -> list[Statement]:
    """What the base says that the message states; nothing that its words don't hold."""
    reply = await engine.reply_as(None, None, _turns(text), _LIMITS)
    return grounded(reply.text, text, said_at) if reply.stopped else []


def _turns(text: str) -> list[Turn]:
    turns: list[Turn] = []
    for message, answer in _SHOWN:
        turns += [
            {"role": "user", "content": _TASK + message},
            {"role": "assistant", "content": answer},
        ]
    return [*turns, {"role": "user", "content": _TASK + text}]


def grounded(answer: str, text: str, said_at: int) -> list[Statement]:
    """The lines of the answer that stand in a clause of the message which may state something."""
    clauses = [clause.text for clause in clauses_of(text)]
    found: dict[str, Statement] = {}
    for line in answer.splitlines():
        match = _LINE.fullmatch(line.strip())
        if match is None or match[1] not in KINDS:
            continue
        words = comparable(match[2].strip("`\"'.。! "))
        stated = _holding(words, clauses)
        if stated is not None and stated not in found:
            kind: FactKind = match[1]
            found[stated] = Statement(kind, f"{kind}: {words}", "yes", stated, said_at, None)
    return list(found.values())


def _holding(words: str, clauses: Sequence[str]) -> str | None:
    """The sentence of the message that holds these words, if it may be kept."""
    if words.isascii() and len(words) < LEAST_WORDS:
        return None
    for text in clauses:
        if words in comparable(text) and may_be_kept(text):
            return text
    return None
