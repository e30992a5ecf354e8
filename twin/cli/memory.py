"""Commands about memory: what stands before an answer, and how well questions find theirs."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.chats import find_chat
from twin.cli.base import CommandContext, command
from twin.cli.chats import ChatName
from twin.cli.memory_facts import facts_app
from twin.cli.memory_index import index_app
from twin.cli.output import hint, plain, table
from twin.formatting import when
from twin.prompting.media_marks import as_read

if TYPE_CHECKING:
    from storage.messages import Message
    from storage.passages import Progress
    from twin.memory.check import Answer
    from twin.memory.line import Line

memory_app = typer.Typer(help="What the twin remembers of earlier, and how well it finds it.")
memory_app.add_typer(facts_app, name="facts")
memory_app.add_typer(index_app)


@command(memory_app, "show")
def memory_show(
    session: CommandContext,
    chat: ChatName,
    question: Annotated[
        str | None, typer.Option(help="What the friend would write; without it, what they wrote.")
    ] = None,
) -> None:
    """Show what stands before an answer in a chat, and which messages it is from."""
    from storage.database import now_ms
    from storage.messages import messages_with_ids, recent_messages
    from twin.memory.conversation import block_of, memory_of
    from twin.memory.lookup import look_up

    found = find_chat(session.db, chat)
    config, now = session.config, now_ms()
    if question is None:
        newest = recent_messages(session.db, found.id, config.dataset.context_turns * 10)
        block = memory_of(session.db, config, found, newest)
    else:
        lines = look_up(session.db, config, found.id, question, before=now)
        block = block_of(config, lines, question, friend=found.name, now=now)
    sources = messages_with_ids(session.db, block.messages)
    document = {
        "chat": found.id,
        "question": question,
        "enabled": config.memory.enabled,
        "text": block.text,
        "lines": [_line(line, sources) for line in block.lines],
    }
    session.out.show(
        document, *_for_people(config.memory.enabled, block.text, block.lines, sources)
    )


def _line(line: "Line", sources: "Sequence[Message]") -> dict[str, Any]:
    messages = [
        {
            "id": one.id,
            "chat": one.chat_id,
            "origin": one.origin,
            "at": one.sent_at,
            "text": one.text,
        }
        for one in sources
        if one.id in line.messages
    ]
    return {**asdict(line), "messages": messages}


def _for_people(
    is_enabled: bool, text: str, lines: "Sequence[Line]", sources: "Sequence[Message]"
) -> list[Any]:
    if not is_enabled:
        return ["Memory is off: [memory] enabled in config.toml."]
    if not text:
        return ["Nothing."]
    if not lines:
        return [plain(text), "Nothing of earlier is shown."]
    rows = [
        [f"{line.score:.2f}", line.kind, one.id, one.chat_id, when(one.sent_at), as_read(one).text]
        for line in lines
        for one in sources
        if one.id in line.messages
    ]
    columns = ["#score", "kind", "#message", "#chat", "said", "text"]
    return [plain(text), table("From", columns, rows)]


@command(memory_app, "check")
def memory_check(
    session: CommandContext,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Chats and questions; see docs/memory.md.")
    ],
) -> None:
    """Ask the questions of a labelled set, in a database that is thrown away."""
    from twin.memory.check import check, figures
    from twin.memory.labelled import read_labelled

    labelled = read_labelled(file)
    answers = check(labelled, session.config, _Shown())
    document = figures(answers) | {"answers": [_answer(one) for one in answers]}
    session.out.show(document, *_figures_for_people(document))


class _Shown:
    """Says now and then how far the index is."""

    def __init__(self) -> None:
        self._said = 0

    def __call__(self, progress: "Progress") -> None:
        if progress.passages >= self._said + 500:
            self._said = progress.passages
            hint(f"{progress.passages} passages are indexed")


def _answer(one: "Answer") -> dict[str, Any]:
    asked = one.question
    return asdict(one) | {
        "chat": asked.chat,
        "question": asked.text,
        "kind": asked.kind,
        "language": asked.language,
        "answered_by": sorted(message for _, message in asked.answers),
    }


def _figures_for_people(document: dict[str, Any]) -> list[Any]:
    groups = {
        "all": document["recall"] | {"questions": document["answerable"]},
        "all, by words alone": document["recall_by_words"] | {"questions": document["answerable"]},
        **document["by_language"],
        **document["by_kind"],
    }
    rows = [
        [name, group["questions"], *(_percent(group[key]) for key in ("1", "5", "10"))]
        for name, group in groups.items()
    ]
    without = document["unsupported"]
    return [
        table("Found among the first", ["questions", "#how many", "#1", "#5", "#10"], rows),
        f"Answer shown: {_percent(document['shown'])}. Questions without an answer: "
        f"{without['questions']}, nothing shown for {_percent(without['nothing_shown'])}. "
        f"Messages of other chats shown: {document['leaks']}.",
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
