"""Chat commands: parse what the owner types after `/twin` and call the action."""

from storage.adapters import list_adapters, live_adapter
from storage.chats import find_chat
from storage.decisions import last_decisions
from storage.drafts import list_drafts
from storage.errors import InputError, TwinError
from storage.preferences import FOREVER
from twin.actions import Actions
from twin.adapter_names import AdapterNames
from twin.diagnostics.status import collect_status
from twin.formatting import remembered, when

HELP = """\
/twin status · what is going on
/twin on|draft|log|off NAME · who gets replies
/twin pause [MINUTES] · silence everywhere; /twin resume ends it
/twin approve N · edit N TEXT · reject N · the drafts
/twin why NAME · why the last message there was answered or not, and from which memory
/twin train · adapters · rollback · training and its adapters"""
MODES = {"on": "auto", "draft": "draft", "log": "log", "off": "off"}
SHOWN = 5
MAX_DIGITS = 15  # more is no draft's number, and SQLite's integers end at 19


class Commands:
    """Answers one command at a time. Nothing but chats and the console calls it."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    def obey(self, line: str) -> str:
        """The answer to a line that begins with /twin; for a mistake, what was wrong with it."""
        try:
            return self._run(*_first_word(_first_word(line)[1]))
        except TwinError as error:
            return str(error)

    def _run(self, verb: str, argument: str) -> str:
        verb = verb.lower()
        if verb in MODES:
            return self._set_mode(MODES[verb], argument)
        match verb:
            case "" | "help":
                return HELP
            case "status":
                return self._status()
            case "pause":
                return self._pause(argument)
            case "resume":
                self._actions.resume_all()
                return "The twin answers again."
            case "approve" | "edit" | "reject":
                return self._decide_draft(verb, argument)
            case "why":
                return self._why(argument)
            case "train":
                self._actions.start_training()
                return "Training started; you will be told how it went."
            case "adapters":
                found = list_adapters(self._actions.db)[:SHOWN]
                names = self._names
                told = (f"{names.of(each.name)}: {each.status}" for each in found)
                return "\n".join(told) or "No adapter yet."
            case "rollback":
                return f"Live again: {self._names.of(self._actions.roll_back())}."
        raise InputError(f"{verb}: no such command; /twin help lists them")

    def _set_mode(self, mode: str, name: str) -> str:
        if not name:
            raise InputError("who? give a name or number, as in: /twin on Anna")
        chat = self._actions.set_mode(find_chat(self._actions.db, name), mode)
        return f"{chat.name}: {mode}"

    def _pause(self, minutes: str) -> str:
        if minutes and (not _is_number(minutes) or not 0 < int(minutes) < 10**6):
            raise InputError(f"pause {minutes}: not a number of minutes, as in: /twin pause 30")
        until = self._actions.pause_all(int(minutes) if minutes else None)
        return f"Silent everywhere until {'/twin resume' if until == FOREVER else when(until)}."

    def _decide_draft(self, verb: str, argument: str) -> str:
        given, text = _first_word(argument)
        number = self._number(verb, given)
        if text and verb != "edit":
            # Not ignored: "approve 5 but later" must not send what is to wait.
            raise InputError(
                f"{verb} {number}: takes nothing after the number; "
                f"/twin edit {number} TEXT sends your words"
            )
        if verb == "reject":
            self._actions.reject_draft(number)
            return f"Draft {number} is dropped."
        if verb == "edit":
            self._actions.edit_draft(number, text)
        else:
            self._actions.approve_draft(number)
        return f"Draft {number} is on its way."

    def _why(self, name: str) -> str:
        if not name:
            raise InputError("who? give a name or number, as in: /twin why Anna")
        chat = find_chat(self._actions.db, name)
        decisions = last_decisions(self._actions.db, chat.id, 1)
        if not decisions:
            return f"{chat.name}: nothing was decided yet"
        [last] = decisions
        lines = [f"{chat.name}, {when(last.decided_at)}: {last.reason}"]
        lines += [f"from memory, {remembered([message])}" for message in last.memory]
        return "\n".join(lines)

    @property
    def _names(self) -> AdapterNames:
        return AdapterNames(self._actions.db, self._actions.config.schedule)

    def _number(self, verb: str, given: str) -> int:
        if not _is_number(given):
            found = list_drafts(self._actions.db)
            waiting = ", ".join(str(draft.number) for draft in found) or "none"
            raise InputError(f"{verb} '{given}': which draft? waiting: {waiting}")
        return int(given)

    def _status(self) -> str:
        config, db = self._actions.config, self._actions.db
        status = collect_status(config, db, self._actions.clock.now())
        live = live_adapter(db)
        drafts = ", ".join(f"{d.number} ({d.chat_name})" for d in list_drafts(db))
        lines = [
            f"Answering: {self._names.of(live.name) if live else 'the base model'}.",
            "Chats: " + (", ".join(f"{n} {mode}" for mode, n in status["chats"].items()) or "none"),
            f"Drafts waiting: {drafts or 'none'}",
        ]
        if status["paused_until"]:
            lines.append(f"Paused until {when(status['paused_until'])}; /twin resume ends it")
        if status["in_doubt"]:
            names = ", ".join(sorted({piece["chat"] for piece in status["in_doubt"]}))
            lines.append(f"May not have arrived and will not be sent again: to {names}")
        lines += status["forgotten"]
        lines += [f"{away['platform']}: {away['note']}" for away in status["away"][:1]]
        return "\n".join(lines)


def _first_word(text: str) -> tuple[str, str]:
    """The first word and the rest, parted by any space: a line break, a full-width space."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def _is_number(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS
