"""Find out how a base's chat template writes a conversation, by writing made-up ones with it.

Templates differ in more than their marks: some drop or move the system text, refuse it, want
content in parts, open a thought or a channel before the answer, or mark roles with plain words.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from jinja2.exceptions import TemplateError

from storage.errors import InputError, cause_of
from twin.prompting.thoughts import UNTHINKING, end_of_open_thought

Tokenizer = Any  # transformers' tokenizer classes are not usefully typed
Message = dict[str, Any]

# A template is a program: on what it wasn't made for it raises anything of these.
FAILURES = (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
PERSONA = "Persona of Tjark.\nTjark is brief."
ASKED, ANSWERED, AGAIN = "Is it raining", "Bremen has sun", "Where is Ute"
OTHER_BASE = "choose another Instruct or Chat model as [model] base"


@dataclass(frozen=True, slots=True)
class TemplateShape:
    """`source`: the template to write with. `folds_system`: the persona has to go before the user's
    first message. `takes_opening`: the assistant may have the first turn. `takes_parts`: content is
    a list of parts. `stops`: the tokens after an answer, the one of the newest answer first.
    `marks`: words of plain text that begin or end a turn. `plain_controls`: control tokens of the
    template that the tokenizer does not count as special.
    """

    source: str
    folds_system: bool
    takes_opening: bool
    takes_parts: bool
    stops: tuple[int, ...]
    marks: tuple[str, ...]
    plain_controls: tuple[str, ...]


def message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def in_parts(messages: Sequence[Message]) -> list[Message]:
    """With the content of each as a list of one part."""
    return [m | {"content": [{"type": "text", "text": m["content"]}]} for m in messages]


def probe(tokenizer: Tokenizer, source: str) -> TemplateShape:
    """The shape of the template `source`. Raises InputError where no twin can use it."""
    return _Probe(tokenizer, source).shape()


class _Probe:
    def __init__(self, tokenizer: Tokenizer, source: str) -> None:
        self._tokenizer, self._source = tokenizer, source
        self._controls = control_tokens(tokenizer)
        self._takes_parts = False

    def shape(self) -> TemplateShape:
        self._check_conversation()
        folds = not self._keeps_persona()
        first, second, _ = _talk()
        opened = [message("system", PERSONA), second, first]
        return TemplateShape(
            source=self._source + _written_in_prompts(self._opening()),
            folds_system=folds,
            takes_opening=not folds and self._comes_out(opened),
            takes_parts=self._takes_parts,
            stops=self._stops(),
            marks=self._marks(folds),
            plain_controls=self._plain_controls(folds),
        )

    def _check_conversation(self) -> None:
        talk = _talk()
        if not self._comes_out(talk):
            self._takes_parts = True
        if self._takes_parts and not self._comes_out(talk):
            self._takes_parts = False
            raise InputError(
                f"the base's chat template can't write a plain conversation ({self._fault(talk)}); "
                + OTHER_BASE
            )
        if not all(joint.strip() for joint in self._joints()):
            raise InputError(
                "the base's chat template puts nothing between the turns of a conversation, so "
                f"nobody's words could be told apart; {OTHER_BASE}"
            )

    def _fault(self, talk: Sequence[Message]) -> str:
        try:
            self._written(talk)
        except FAILURES as error:
            return cause_of(error) or type(error).__name__
        return "it leaves out what was said"

    def _written(self, messages: Sequence[Message], *, generate: bool = True) -> str:
        content = in_parts(messages) if self._takes_parts else list(messages)
        written: str = self._tokenizer.apply_chat_template(
            content,
            chat_template=self._source,
            add_generation_prompt=generate,
            tokenize=False,
            **UNTHINKING,
        )
        return written

    def _comes_out(self, messages: Sequence[Message]) -> bool:
        """Whether everything is written, once and in its order."""
        try:
            written = self._written(messages)
        except FAILURES:
            return False
        texts = [each["content"] for each in messages]
        places = [written.find(text) for text in texts]
        return (
            min(places) >= 0
            and places == sorted(places)
            and all(written.count(text) == 1 for text in texts)
        )

    def _keeps_persona(self) -> bool:
        """Whether a system text comes out before the conversation, and as nobody's words in it."""
        system, talk = message("system", PERSONA), _talk()
        if not self._comes_out([system, *talk]):
            return False
        written = self._written([system, *talk])
        if self._assistants_mark() in written.split(PERSONA, 1)[0]:
            return False
        try:
            return written != self._written([system | {"role": "user"}, *talk])
        except FAILURES:
            return True

    def _assistants_mark(self) -> str:
        """What begins the assistant's turn and not the user's."""
        assistants, users = self._joints()
        same = takewhile(lambda pair: pair[0] == pair[1], zip(assistants, users, strict=False))
        return assistants[len(list(same)) :].strip() or assistants

    def _joints(self) -> tuple[str, str]:
        """What is written between a question and its answer, and between that and the next one."""
        written = self._written(_talk())
        before_answer = written.split(ASKED, 1)[1].split(ANSWERED, 1)[0]
        return before_answer, written.split(ANSWERED, 1)[1].split(AGAIN, 1)[0]

    def _opening(self) -> str:
        """What has to follow the template's own prompt for an answer to begin: the end of a thought
        that it opens, or the channel of an answer.
        """
        prompt = self._written(_talk()[:1])
        before = self._written(_talk()[:2], generate=False).split(ANSWERED, 1)[0]
        try:
            end_of_thought = end_of_open_thought(prompt.split(ASKED, 1)[1])
        except ValueError as error:
            raise InputError(
                f"the base's chat template ends each prompt with {error}: the base thinks before "
                f"an answer, and how such a thought ends is not known; {OTHER_BASE}"
            ) from error
        if end_of_thought is not None:
            return end_of_thought
        missing = before.removeprefix(prompt) if before.startswith(prompt) else ""
        return missing if missing.strip() else ""

    def _stops(self) -> tuple[int, ...]:
        """The first control token after the newest answer, and after an earlier one."""
        newest = self._written(_talk()[:2], generate=False).split(ANSWERED, 1)[1]
        found = [self._first_control(after) for after in (newest, self._joints()[1])]
        if found[0] is None:  # nothing but words: then the end of a text has to be learnt
            found[0] = self._tokenizer.eos_token_id
        if found[0] is None:
            raise InputError(
                "the base's chat template writes no token after an answer and its tokenizer has no "
                f"end token, so a twin trained on it could not stop; {OTHER_BASE}"
            )
        return tuple(dict.fromkeys(int(token) for token in found if token is not None))

    def _first_control(self, text: str) -> int | None:
        at = {content: text.find(content) for content in self._controls if content in text}
        first = min(at, key=lambda content: (at[content], -len(content)), default=None)
        return None if first is None else self._controls[first]

    def _marks(self, folds_system: bool) -> tuple[str, ...]:
        texts = list(self._joints())
        if not folds_system:
            written = self._written([message("system", PERSONA), *_talk()])
            before, after = written.split(PERSONA, 1)
            texts += [self._plain(before).rstrip().rpartition("\n")[2], after.split(ASKED, 1)[0]]
        marks = {mark for text in texts for mark in self._marks_in(text)}
        return tuple(sorted(marks, key=lambda mark: (-len(mark), mark)))

    def _plain_controls(self, folds_system: bool) -> tuple[str, ...]:
        written = self._source + self._written(_talk())
        written += self._written(_talk()[:2], generate=False)
        if not folds_system:
            written += self._written([message("system", PERSONA), *_talk()])
        added = self._tokenizer.added_tokens_decoder.values()
        plain = [token.content for token in added if not token.special]
        return tuple(text for text in plain if text in self._controls and text in written)

    def _marks_in(self, text: str) -> Iterator[str]:
        """Lines with letters and punctuation, and words in brackets. Letters alone, as the
        `assistant` of ChatML, follow a control token, which nobody can write.
        """
        for line in map(str.strip, self._plain(text).split("\n")):
            if re.search(r"[^\W_]", line) and re.search(r"[^\w\s]", line):
                yield line
                in_brackets = re.findall(r"[<\[]\S{1,200}[>\]]", line)
                yield from (mark for mark in in_brackets if re.search(r"[^\W_]", mark))

    def _plain(self, text: str) -> str:
        """With a line's end for each control token."""
        for control in sorted(self._controls, key=len, reverse=True):
            text = text.replace(control, "\n")
        return text


def _talk() -> list[Message]:
    return [
        message("user", ASKED),
        message("assistant", ANSWERED),
        message("user", AGAIN),
    ]


def control_tokens(tokenizer: Tokenizer) -> dict[str, int]:
    """Id of each token that stands for itself in a text, special or not, by what it is written as.

    Blanks, which some tokenizers have among them, are left out.
    """
    added = {token.content: number for number, token in tokenizer.added_tokens_decoder.items()}
    special = dict(zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True))
    found = added | special
    return {text: int(number) for text, number in found.items() if len(text.strip()) > 1}


def _written_in_prompts(opening: str) -> str:
    """Jinja that writes the opening at the end of a prompt."""
    if not opening:
        return ""
    quoted = json.dumps(opening, ensure_ascii=False)
    return f"{{% if add_generation_prompt %}}{{{{ {quoted} }}}}{{% endif %}}"
