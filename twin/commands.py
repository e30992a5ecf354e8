"""What the owner types to his own bot: `/twin …` in his chat with himself, or in the console."""

from collections.abc import Callable, Sequence

from sqlite_utils import Database

from storage.adapters import list_adapters, live_adapter
from storage.chats import find_chat, switch_chat
from storage.drafts import approve_draft, edit_draft, list_drafts, reject_draft
from storage.errors import InputError, TwinError
from storage.outbox import Piece, Words
from storage.preferences import FOREVER, pause_all, resume_all
from twin.clock import Clock
from twin.config.schema import Config
from twin.diagnostics.status import collect_status
from twin.formatting import when
from twin.replying.promotion import go_back

HELP = """\
/twin status · what is going on
/twin on|draft|log|off NAME · who gets replies
/twin pause [MINUTES] · silence everywhere; /twin resume ends it
/twin approve N · edit N TEXT · reject N · the drafts
/twin train · adapters · rollback · what was learnt"""
MODES = {"on": "auto", "draft": "draft", "log": "log", "off": "off"}
SHOWN = 5
MAX_DIGITS = 15  # more is no draft's number, and SQLite's integers end at 19


class Commands:
    """Obeys one line at a time. `say` sends approved pieces; `train` starts a run, if it can."""

    def __init__(
        self,
        config: Config,
        db: Database,
        clock: Clock,
        say: Callable[[Sequence[Piece]], None],
        train: Callable[[], str] | None = None,
    ) -> None:
        self._config, self._db, self._clock, self._say, self._train = config, db, clock, say, train

    def obey(self, line: str) -> str:
        """The answer to a line that begins with /twin; for a mistake, what was wrong with it."""
        try:
            return self.run(_first_word(line)[1])
        except TwinError as error:
            return str(error)

    def run(self, order: str) -> str:
        """The answer to an order without the /twin. Raises TwinError."""
        verb, argument = _first_word(order)
        verb = verb.lower()
        if verb in MODES:
            return self._switch(MODES[verb], argument)
        match verb:
            case "" | "help":
                return HELP
            case "status":
                return self._status()
            case "pause":
                return self._pause(argument)
            case "resume":
                resume_all(self._db)
                return "Going on."
            case "approve" | "edit" | "reject":
                return self._settle_draft(verb, argument)
            case "train":
                return self._train() if self._train else "Training is switched off here."
            case "adapters":
                found = list_adapters(self._db)[:SHOWN]
                return "\n".join(f"{a.name}: {a.status}" for a in found) or "No adapter yet."
            case "rollback":
                return f"{go_back(self._config, self._db)} is live again."
        raise InputError(f"{verb}: no such command; /twin help lists them")

    def _switch(self, mode: str, name: str) -> str:
        if not name:
            raise InputError("who? give a name or number, as in: /twin on Anna")
        chat = find_chat(self._db, name)
        switch_chat(self._db, chat, mode)
        return f"{chat.name}: {mode}"

    def _pause(self, minutes: str) -> str:
        if not minutes:
            pause_all(self._db, FOREVER)
            return "Silent everywhere until /twin resume."
        if not _is_number(minutes) or not 0 < int(minutes) < 10**6:
            raise InputError(f"pause {minutes}: not a number of minutes, as in: /twin pause 30")
        until = self._clock.now() + int(minutes) * 60_000
        pause_all(self._db, until)
        return f"Silent everywhere until {when(until)}."

    def _settle_draft(self, verb: str, argument: str) -> str:
        given, text = _first_word(argument)
        number, now = self._number(verb, given), self._clock.now()
        if text and verb != "edit":
            # Not ignored: "approve 5 but later" would send what he doesn't want sent.
            raise InputError(
                f"{verb} {number}: takes nothing after the number; "
                f"/twin edit {number} TEXT sends your words"
            )
        if verb == "reject":
            reject_draft(self._db, number, now=now)
            return f"Draft {number} is dropped."
        if verb == "edit":
            pieces = edit_draft(self._db, number, text, now=now)
        else:
            words: Words = "owner" if self._config.dataset.learn_from_approved else "twin"
            pieces = approve_draft(self._db, number, words=words, now=now)
        self._say(pieces)
        return f"Draft {number} is on its way."

    def _number(self, verb: str, given: str) -> int:
        if not _is_number(given):
            waiting = ", ".join(str(draft.number) for draft in list_drafts(self._db)) or "none"
            raise InputError(f"{verb} '{given}': which draft? waiting: {waiting}")
        return int(given)

    def _status(self) -> str:
        status = collect_status(self._config, self._db, self._clock.now())
        live = live_adapter(self._db)
        drafts = ", ".join(f"{d.number} ({d.chat_name})" for d in list_drafts(self._db))
        lines = [
            f"Answering as {live.name if live else 'the base model'}.",
            "Chats: " + (", ".join(f"{n} {mode}" for mode, n in status["chats"].items()) or "none"),
            f"Drafts waiting: {drafts or 'none'}",
        ]
        if status["paused_until"]:
            lines.append(f"Paused until {when(status['paused_until'])}; /twin resume ends it")
        if status["in_doubt"]:
            names = ", ".join(sorted({piece["chat"] for piece in status["in_doubt"]}))
            lines.append(f"May not have arrived, and is not sent again: to {names}")
        lines += status["forgotten"]
        lines += [f"{away['platform']}: {away['note']}" for away in status["away"][:1]]
        return "\n".join(lines)


def _first_word(text: str) -> tuple[str, str]:
    """The word and the rest. Any space parts them: a phone's new line, a Chinese keyboard's too."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def _is_number(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS
