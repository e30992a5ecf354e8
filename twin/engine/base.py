"""Interfaces of the engine and of the models it loads. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from storage.errors import TwinError

if TYPE_CHECKING:
    from twin.engine.sampling import Sampling
    from twin.prompting.chat_template import PromptFormat, Turn


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    `tokens` counts the stop token too. `stopped`: it ended with a stop token instead of being cut
    at the limit. `seconds` is the time that generating took; replies of one batch share it.
    `prompt_tokens` is what the model read before.
    """

    text: str
    tokens: int
    stopped: bool
    seconds: float
    prompt_tokens: int = 0


class EngineUnavailable(TwinError):
    """Nothing can answer now; the same request may be answered later.

    `cause`: the kind of error, as it is stored for a burst that gets no answer.
    """

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class NotServed(TwinError):
    """The server has to be started or set otherwise for this adapter; then it can answer."""


class NotScored(TwinError):
    """The server does not tell how likely given tokens are, now or ever."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request asks for; without them [reply] counts.

    `temperature` and `top_p` None: as the adapter that answers is sampled (`Sampling`). Temperature
    0 takes the likeliest token each time. The same seed repeats the same answer. A
    message too long for [reply] context_tokens loses its beginning, or is refused where it may not
    be cut.
    """

    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    may_cut: bool = True


@dataclass(slots=True)
class Throughput:
    """Totals since the start. `seconds` counts a batch once."""

    replies: int = 0
    failed: int = 0
    tokens: int = 0
    batches: int = 0
    seconds: float = 0.0


class LoadedModel(Protocol):
    """A base model with one adapter merged into it, or none. Never changed once it is loaded."""

    @property
    def format(self) -> PromptFormat: ...
    @property
    def sampling(self) -> Sampling: ...
    @property
    def candidates(self) -> int:
        """How many answers the bot has it write for one that is sent."""

    def generate(
        self,
        batch: list[list[Turn]],
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int | None = None,
        candidates: int = 1,
    ) -> list[Reply]:
        """One reply for each conversation, in order: of so many `candidates` the likeliest a token.

        Blocks; [] for an empty batch.
        """


class Engine(Protocol):
    """Answers many chats at once with the live adapter."""

    @property
    def adapter(self) -> str | None:
        """The name of the adapter that the next reply is made with; None is the bare base."""

    @property
    def throughput(self) -> Throughput:
        """Totals since the start."""

    @property
    def waiting(self) -> int:
        """The number of requests that wait for their batch."""

    async def start(self, name: str | None = None, path: Path | None = None) -> None:
        """Load the base with that adapter. Raises TwinError when it is refused."""

    async def reply(self, turns: Sequence[Turn], limits: Limits | None = None) -> Reply:
        """Answer a conversation with the adapter that is live at this call.

        The model reads the newest turns that fit into [reply] context_tokens. A request with
        `limits` comes from the API or the playground and waits behind those of friends. Cancelling
        the call drops the reply. Raises whatever generating raised, PromptTooLong, and TwinError
        when a model that was unloaded while idle can't be loaded again.
        """

    async def reply_as(
        self, name: str | None, path: Path | None, turns: Sequence[Turn], limits: Limits
    ) -> Reply:
        """Answer with another adapter, or the base; the live one stays what it is.

        One other at a time is kept loaded. Raises TwinError when it is refused or there is no
        memory for it now.
        """

    def unload_other(self) -> None:
        """Free the memory of the other adapter now; its replies under way are still made."""

    async def load(self, name: str | None, path: Path | None) -> None:
        """Switch to another adapter; replies under way finish on the old one.

        Raises TwinError when the adapter is refused; the old one then stays.
        """

    def free_gpu_memory(self) -> AbstractAsyncContextManager[None]:
        """Keep the GPU's memory free for another process while the context lasts.

        `load` may be called meanwhile. Answers may take longer until the end, none is lost.
        """

    async def stop(self) -> None:
        """Drop what waits and unload the model."""
