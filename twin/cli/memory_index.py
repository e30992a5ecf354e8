"""The command that indexes what is new of the log."""

from typing import TYPE_CHECKING

import typer

from twin.cli.base import CommandContext, command
from twin.cli.output import facts, hint

if TYPE_CHECKING:
    from storage.passages import Progress

index_app = typer.Typer()  # no name: its command stands beside the others
_BATCHES = 30  # after which something is said: about ten seconds


@command(index_app, "index")
def memory_index(session: CommandContext) -> None:
    """Index what is new of the log now; the running bot does so by itself."""
    from twin.memory.index import bring_up_to_date
    from twin.sentence_model import embeddings_of

    if not session.config.memory.enabled:
        hint("Memory is off: until [memory] enabled in config.toml, nothing of this is looked up.")
    if not embeddings_of(session.config):
        hint("Without a sentence model ([memory] embeddings), words alone find what was said.")
    done = bring_up_to_date(session.db, session.config, on_progress=_Hints())
    session.out.show(done._asdict(), facts("Memory", done._asdict()))


class _Hints:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self, progress: "Progress") -> None:
        self._made += 1
        if self._made % _BATCHES == 0:
            hint(f"{progress.passages} passages; {progress.stale_chats} chats are not done yet")
