"""Prompts for a server, in the tokens of [model] base, and what its answers say."""

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import dropwhile
from typing import TypeVar

from twin.config.schema import Config
from twin.engine.base import Reply
from twin.prompting.answer_text import read_answer, read_text
from twin.prompting.chat_template import PromptFormat, Turn
from twin.prompting.fitting import fit_turns
from twin.prompting.template_probe import Tokenizer, control_tokens

T = TypeVar("T")
# Where a server's own base has other control words than ours, most look so.
_CONTROL = re.compile(r"<\|(?=[^|<>]{1,60}\|>)")


@dataclass(frozen=True, slots=True)
class Written:
    """One answer as a server gives it. `ids`: its tokens, where the server tells them; `stopped`:
    it ended by itself; `log_prob`: of the whole of it; None where the server does not tell it.
    """

    ids: Sequence[int] | None
    text: str
    tokens: int
    stopped: bool
    log_prob: float | None = None
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """The turns that fit, and the same as tokens."""

    turns: Sequence[Turn]
    ids: Sequence[int]


class Prompts:
    """The base's tokenizer and prompt format, without its weights.

    All in one thread beside the event loop: a tokenizer is not made for two.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._base: tuple[Tokenizer, PromptFormat] | None = None

    async def load(self) -> None:
        """Raises TwinError where [model] base can't be used."""
        await self.run(lambda: self.base)

    async def run(self, call: Callable[..., T], *arguments: object) -> T:
        """Run in that thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    async def fitted(self, turns: Sequence[Turn], *, may_cut: bool) -> Prompt:
        """The newest turns within [reply] context_tokens.

        Raises PromptTooLong, and TwinError where the base can't be used.
        """
        return await self.run(self._fitted, turns, may_cut)

    async def read(self, written: Sequence[Written], seconds: float) -> list[Reply]:
        """The replies in a server's answers, without thoughts and control words."""
        return await self.run(lambda: [self._read(each, seconds) for each in written])

    async def plain(self, prompt: Prompt, *, folded: bool) -> Prompt:
        """With turns that a server's own template may have: nobody's words mark a turn in it, and
        the user has the first one. `folded`: with the persona in that one.
        """
        return await self.run(self._plain, prompt, folded)

    @property
    def stop_ids(self) -> Sequence[int]:
        """The tokens that end an answer; after `load`."""
        return self.base[1].stop_ids

    @property
    def base(self) -> tuple[Tokenizer, PromptFormat]:
        """For the one thread alone. Raises TwinError where [model] base can't be used."""
        if self._base is None:
            from twin.engine.model import load_format, load_tokenizer  # loads torch

            tokenizer = load_tokenizer(self._config)
            self._base = tokenizer, load_format(self._config, tokenizer)
        return self._base

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _fitted(self, turns: Sequence[Turn], may_cut: bool) -> Prompt:
        _, fmt = self.base
        kept = fit_turns(turns, fmt, self._config.reply.context_tokens, may_cut=may_cut)
        return Prompt(kept, fmt.render(kept))

    def _read(self, written: Written, seconds: float) -> Reply:
        tokenizer, fmt = self.base
        if written.ids is not None:
            text, end = read_answer(written.ids, fmt, tokenizer)
            tokens = len(written.ids) if end is None else end + 1
            stopped = end is not None or written.stopped
        else:
            text, goes_on = read_text(written.text, fmt, tokenizer)
            tokens, stopped = written.tokens, written.stopped or goes_on
        return Reply(text, tokens, stopped, seconds, written.prompt_tokens)

    def _plain(self, prompt: Prompt, folded: bool) -> Prompt:
        controls = control_tokens(self.base[0])
        turns: list[Turn] = []
        for turn in prompt.turns:
            text = _CONTROL.sub("< |", turn["content"])
            for word in controls:
                text = text.replace(word, f"{word[0]} {word[1:]}")
            turns.append({**turn, "content": text})
        system = turns[:1] if turns[0]["role"] == "system" else []
        talk = list(dropwhile(lambda turn: turn["role"] != "user", turns[len(system) :]))
        if folded and system and talk:
            first = f"{system[0]['content']}\n\n{talk[0]['content']}"
            return replace(prompt, turns=[{**talk[0], "content": first}, *talk[1:]])
        return replace(prompt, turns=[*system, *talk])
