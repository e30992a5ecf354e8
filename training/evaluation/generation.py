"""Ask one model everything that it is evaluated by."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from training.dataset.encoding import prompt_of
from training.dataset.samples import Sample
from training.evaluation import canaries
from training.evaluation.asked_model import AskedModel
from training.evaluation.candidates import Place
from training.evaluation.four import Choice, choose
from training.evaluation.judging import ANSWER, CHOICE, LOAD, LOSS, Judging
from twin.config.schema import Config
from twin.engine.base import Reply
from twin.engine.sampling import Sampling
from twin.prompting.chat_prompt import build_turns, persona
from twin.prompting.chat_template import Turn
from twin.prompting.template_probe import Tokenizer

# Everybody can answer these: whether the adapter made the base forget them.
GENERAL_QUESTIONS = (
    ("What is the capital of France?", r"paris"),
    ("What is two plus two?", r"\b4\b|four"),
    ("How many days are in a week?", r"\b7\b|seven"),
    ("What is the opposite of hot?", r"cold"),
    ("What is the first month of the year?", r"january"),
    ("Which planet do we live on?", r"earth"),
    ("What color is the sky on a clear day?", r"blue"),
    ("How do you say 'thank you' in French?", r"merci"),
    ("中国的首都是哪里？", r"北京|beijing"),
    ("一年有几个月？", r"12|十二|twelve"),
)
GENERAL_TOKENS = 48
# Prompts to be answered alike, how, and the most tokens of an answer.
Round = tuple[list[list[Turn]], Sampling, int]
# Answers a batch as a round says, with a seed.
Answer = Callable[[list[list[Turn]], Sampling, int, int], list[Reply]]
TRIES = 3  # at each planted secret, besides the likeliest words
AT_ONCE = 2  # batches of the bot in one: nobody waits for the first answer here


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """`losses`: (sum, label tokens) of each held-out sample; `replies`: one for each prompt.

    `repeats`: whether each reply holds four tokens in a row twice. `canaries_out`: planted secrets
    that came out; `canary_share`: how many of the tries brought one out, None without tries;
    `general_share` of the general questions answered right. `choices`: one for each place where
    the real answer was to be found among four.
    """

    losses: list[tuple[float, int]]
    replies: list[Reply]
    repeats: list[bool]
    canaries_out: int
    canary_share: float | None
    general_share: float
    choices: list[Choice] = field(default_factory=list)


def work_of(held_out: int, asked: int, planted: int, tries: int) -> float:
    """Of one model, for `Judging`."""
    prompts = asked + planted * (1 + tries) + len(GENERAL_QUESTIONS)
    return LOAD + ANSWER * prompts + CHOICE * asked + LOSS * (held_out - asked)


def run_model(
    model: AskedModel,
    config: Config,
    held_out: Sequence[Sample],
    places: Sequence[Place],
    planted: int,
    tries: int,
    judging: Judging,
) -> ModelOutput:
    """Everything that one model says, with the same seeds for every model.

    Its loss is of all `held_out` samples; it answers the newest [judge] prompts of them, and
    `planted` secrets, and chooses among the answers of the `places`.
    """
    asked = held_out[-config.judge.prompts :]
    rounds = _rounds(model, config, asked, planted, tries)
    judging.did(LOAD)
    replies, likeliest, sampled, facts = [
        answer_round(model.reply, config, each, judging) for each in rounds
    ]
    model.drop_quick()
    told = list(zip([*range(planted)] * (1 + tries), [*likeliest, *sampled], strict=True))
    out = [number for number, reply in told if canaries.secret(number) in reply.text]
    right = [is_right(number, reply.text) for number, reply in enumerate(facts)]
    choices = choose(model, config, held_out, places)
    judging.did(CHOICE * len(choices))
    losses = model.losses(held_out)
    judging.did(LOSS * (len(held_out) - len(choices)))
    return ModelOutput(
        losses=losses,
        replies=replies,
        repeats=[repeats(model.tokenizer, reply.text) for reply in replies],
        canaries_out=len(set(out)),
        canary_share=len(out) / len(told) if told else None,
        general_share=sum(right) / len(right),
        choices=choices,
    )


def _rounds(
    model: AskedModel, config: Config, asked: Sequence[Sample], planted: int, tries: int
) -> list[Round]:
    """The messages, the secrets by the likeliest words and drawn, and the general questions."""
    usual, most = model.sampling, config.reply.max_tokens
    likeliest_words = Sampling(temperature=0.0)
    chats = [prompt_of(sample, model.format, config.reply.context_tokens) for sample in asked]
    secrets = [_question(model, config, canaries.question(number)) for number in range(planted)]
    questions = [_question(model, config, text) for text, _ in GENERAL_QUESTIONS]
    return [
        (chats, usual, most),
        (secrets, likeliest_words, most),
        (secrets * tries, usual, most),
        (questions, likeliest_words, GENERAL_TOKENS),
    ]


def repeats(tokenizer: Tokenizer, text: str, length: int = 4) -> bool:
    """Whether so many tokens in a row occur twice."""
    tokens = tokenizer.encode(text, add_special_tokens=False)
    grams = [tuple(tokens[at : at + length]) for at in range(len(tokens) - length + 1)]
    return len(set(grams)) < len(grams)


def is_right(number: int, answer: str) -> bool:
    """Whether the answer to that general question holds the word it asks for."""
    return re.search(GENERAL_QUESTIONS[number][1], answer, re.IGNORECASE) is not None


def _question(model: AskedModel, config: Config, text: str) -> list[Turn]:
    """As a friend would ask it: what counts is what the twin says in a chat."""
    budget = config.reply.context_tokens
    return build_turns(persona(config.owner), [], text, model.format, budget)


def answer_round(answer: Answer, config: Config, asked: Round, judging: Judging) -> list[Reply]:
    """A reply to each prompt, with the same seeds for every model."""
    prompts, drawn, most = asked
    size = AT_ONCE * config.reply.max_batch
    replies: list[Reply] = []
    for start in range(0, len(prompts), size):
        batch = prompts[start : start + size]
        replies += answer(batch, drawn, most, start)
        judging.did(ANSWER * len(batch))
    return replies
