"""Make questions whose answer stands in the memory that is shown, so that the twin takes it there.

From chats alone it learns to pass over what is shown, since an answer hardly ever stands there.
With such questions among them a small base finds it, in kinds of facts that it never saw, too.
Where it is missing, the twin says in the owner's way that it doesn't know.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

import regex

from training.dataset.quality.answers import main_script
from training.dataset.question_kinds import LANGUAGES, Fact, FactLanguage, fact_kinds
from training.dataset.samples import Sample
from training.dataset.voice import Voice
from twin.clock import zone_of
from twin.config.schema import Config
from twin.memory.block import MemoryBlock, memory_block, token_budget
from twin.memory.line import Line, LineKind

_ENGLISH = regex.compile(r"\b(?:the|you|and|it|that|my|what|don[’']?t|i[’']?m|with)\b", regex.I)
_MANY = 0.4  # share of the answers in English; in another language it is next to none
_LENGTHS = range(12, 121)  # characters of the lines that are shown
_MISSING = 0.05  # share without the fact: of more it learns to give up where it should not
_OWN = 0.5  # the largest share of the answered ones that are made from the owner's own facts
_REAL = 0.5  # share of the other lines that are the owner's real ones
_IN_TALK, _PAST = 0.2, 2  # share asked in the middle of a conversation, after so many exchanges
_OLDEST = 200 * 86_400_000  # milliseconds: a made-up fact was told no longer ago


def question_samples(taught: Sequence[Sample], config: Config) -> list[Sample]:
    """As many as are [memory] question_share of all samples, the same for the same samples.

    Only what is `taught` is looked at, each chat by itself: nothing that is held out, masked or
    said in another chat. In languages that there are no facts in, no question is made.
    """
    share = config.memory.question_share
    # By the rules "classic" no memory is shown.
    if not config.memory.enabled or not share or config.dataset.rules == "classic":
        return []
    rng = Random(f"memory questions {config.train.seed}")
    spoken = _by_language(taught)
    wanted = len(taught) * share / (1 - share) / max(sum(map(len, spoken.values())), 1)
    made: list[Sample] = []
    for language in LANGUAGES:
        if samples := spoken.get(language):
            voice = Voice(samples, taught, fact_kinds(language), rng)
            maker = _Maker(samples, language, voice, config, rng)
            made += maker.make(round(wanted * len(samples)))
    rng.shuffle(made)
    # Each is a conversation of its own, and none of the chat's.
    return [replace(sample, conversation=-1 - at) for at, sample in enumerate(made)]


def _by_language(samples: Sequence[Sample]) -> dict[FactLanguage | None, list[Sample]]:
    """Those that are written in any language; None: one that there are no facts in."""
    written = [(sample, main_script(sample.output)) for sample in samples]
    english = _english_chats([sample for sample, script in written if script == "Latin"])
    found: dict[FactLanguage | None, list[Sample]] = defaultdict(list)
    for sample, script in written:
        is_english = script == "Latin" and sample.chat_id in english
        if script is not None:
            found["zh" if script == "Han" else "en" if is_english else None].append(sample)
    return found


def _english_chats(samples: Iterable[Sample]) -> set[int]:
    """Of answers in Latin letters: the chats in which many hold a word that is English alone."""
    chats: dict[int, list[bool]] = defaultdict(list)
    for sample in samples:
        chats[sample.chat_id].append(_ENGLISH.search(sample.output) is not None)
    return {chat for chat, hits in chats.items() if sum(hits) >= _MANY * len(hits)}


class _Maker:
    """Makes questions in one language from the owner's `samples` in it."""

    def __init__(
        self,
        samples: Sequence[Sample],
        language: FactLanguage,
        voice: Voice,
        config: Config,
        rng: Random,
    ) -> None:
        self._samples, self._voice, self._rng = samples, voice, rng
        self._language, self._kinds = language, fact_kinds(language)
        self._lines, self._budget = config.memory.lines, token_budget(config)
        self._past = min(_PAST, config.dataset.context_turns)
        self._zone = zone_of(config.schedule)
        self._told: list[tuple[Sample, Fact]] = []
        self._chats: dict[int, list[Sample]] = defaultdict(list)
        self._others: dict[int, list[tuple[int, Line]]] = defaultdict(list)
        for sample in samples:
            self._chats[sample.chat_id].append(sample)
            self._read(sample)

    def _read(self, sample: Sample) -> None:
        """Tell answers with a line that tells a fact from those that may stand beside one."""
        lines = [line for line in sample.output.splitlines() if len(line) in _LENGTHS]
        facts = [fact for line in lines if (fact := self._kinds.told_in(line))]
        self._told += [(sample, fact) for fact in facts]
        if lines and not facts:
            # As a passage is shown: all that the owner answered, in one line.
            shown = _line(" ".join(sample.output.split()), sample.answered_at, "passage")
            self._others[sample.chat_id].append((sample.conversation, shown))

    def make(self, wanted: int) -> list[Sample]:
        missing = round(wanted * _MISSING)
        answered = wanted - missing
        told = [(sample, fact) for sample, fact in self._told if self._later(sample)]
        own = self._rng.sample(told, min(len(told), round(answered * _OWN)))
        return [
            *(self._of_own(sample, fact) for sample, fact in own),
            *(self._of_made_up() for _ in range(answered - len(own))),
            *(self._of_missing() for _ in range(missing)),
        ]

    def _of_own(self, told: Sample, fact: Fact) -> Sample:
        """What the owner once wrote is shown, and they write it again."""
        asked = self._rng.choice(self._later(told))
        line = _line(fact.line, told.answered_at, "owner")
        return self._shown(line, asked, fact, told.output)

    def _later(self, told: Sample) -> list[Sample]:
        """What was answered in later conversations of the same chat."""
        chat = self._chats[told.chat_id]  # oldest first, as all samples are
        return chat[bisect_right(chat, told.conversation, key=lambda each: each.conversation) :]

    def _of_made_up(self) -> Sample:
        asked, fact = self._rng.choice(self._samples), self._made_up()
        answer = self._voice.answer((*fact.answers, fact.line))
        return self._shown(self._written(fact, asked), asked, fact, answer)

    def _of_missing(self) -> Sample:
        """Lines are shown, and none of them is the fact that is asked for.

        Where nothing is shown, nothing is learnt: the twin would not know in ordinary chats, too,
        and `twin/replying/unsupported.py` sees to such questions.
        """
        asked, fact = self._rng.choice(self._samples), self._made_up()
        lines = self._other_lines(self._rng.randint(1, self._lines), asked, fact)
        block = self._block(lines, asked)
        return self._sample(asked, block, fact, self._voice.not_known())

    def _made_up(self) -> Fact:
        return self._rng.choice(self._kinds.kinds).made_up(self._rng)

    def _written(self, fact: Fact, asked: Sample) -> Line:
        said_at = asked.answered_at - self._rng.randrange(1, _OLDEST)
        return _line(self._voice.owner(fact.line), said_at, "owner")

    def _shown(self, line: Line, asked: Sample, fact: Fact, answer: str) -> Sample:
        """The line among others, or before them where not all have room."""
        others = self._other_lines(self._rng.randrange(self._lines), asked, fact)
        place = self._rng.randint(0, len(others))
        block = self._block([*others[:place], line, *others[place:]], asked)
        if line not in block.lines:
            block = self._block([line, *others], asked)
        if line not in block.lines:  # there is room for nothing
            answer = self._voice.not_known()
        return self._sample(asked, block, fact, answer)

    def _other_lines(self, count: int, asked: Sample, fact: Fact) -> list[Line]:
        """Of earlier conversations of the chat, and facts of other kinds: nothing that answers."""
        lines = self._others[asked.chat_id]
        earlier = bisect_left(lines, asked.conversation, key=lambda line: line[0])
        real = self._rng.sample(range(earlier), min(count, earlier))
        found: list[Line] = []
        while len(found) < count:
            if real and self._rng.random() < _REAL:
                found.append(lines[real.pop()][1])
            elif (other := self._made_up()).kind != fact.kind:
                found.append(self._written(other, asked))
        return found

    def _block(self, lines: Sequence[Line], asked: Sample) -> MemoryBlock:
        return memory_block(
            lines,
            now=asked.answered_at,
            zone=self._zone,
            language=self._language,
            budget=self._budget,
        )

    def _sample(self, asked: Sample, block: MemoryBlock, fact: Fact, answer: str) -> Sample:
        """The question at the time of that sample's answer, in its chat."""
        past = [*asked.history, (asked.input, asked.output)] if self._past else []
        is_in_talk = self._rng.random() < _IN_TALK
        return Sample(
            instruction=asked.instruction,
            input=self._voice.friend(self._rng.choice(fact.questions)),
            output=answer,
            history=tuple(past[-self._past :]) if is_in_talk else (),
            chat_id=asked.chat_id,
            answered_at=asked.answered_at,
            memory=block.text,
            memory_chats=(asked.chat_id,),
        )


def _line(text: str, said_at: int, kind: LineKind) -> Line:
    return Line(text, (), said_at, kind, "owner")
