"""The questions of `bot.py setup`, a step of the set-up each: as the page /setup, in a terminal."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from storage.errors import InputError, TwinError
from storage.importers.raw_files.archive import unreadable
from storage.reasons import RunReason
from storage.texts import Text
from twin.cli import output
from twin.cli.base import CommandContext
from twin.cli.output import hint, language, plain, report_error, said
from twin.config.load import load_config
from twin.config.schema import Config
from twin.connectors.base import ConnectorFolder
from twin.setup.choices import (
    about_account,
    accounts_to_choose,
    choose_base,
    choose_name,
    may_be_chosen,
    switch_account,
)
from twin.setup.steps import (
    STATES,
    STEPS,
    TITLES,
    SetupState,
    Step,
    leave_behind,
    messages_stored,
    own_texts,
    setup_state,
)


class SetupQuestions:
    """An empty answer skips what is asked."""

    def __init__(self, session: CommandContext) -> None:
        self._session, self.say = session, language().say
        self._asks: Mapping[Step, Callable[[SetupState], bool]] = {
            "you": self._you,
            "base": self._base,
            "history": self._history,
            "account": self._account,
            "training": self._training,
            "friends": self._friends,
        }

    def document(self) -> dict[str, Any]:
        state = self._look()
        return {
            "steps": {step: state.state(step) for step in STEPS},
            "next": state.next_step,
            "messages": messages_stored(self._session.db),
            "yours": own_texts(self._session.db),
        }

    def ask(self, steps: Sequence[Step]) -> None:
        """Ask what is open; a step that was asked for by name is asked in any case."""
        for step in steps:
            state = self._look()
            number = f"{STEPS.index(step) + 1}/{len(STEPS)}"
            if len(steps) > 1 and state.state(step) != "open":
                title, now = self.say(TITLES[step]), self.say(STATES[state.state(step)])
                hint(f"{number} {title}: {now}")
                continue
            output.console.print(plain(f"{number} {self.say(TITLES[step])}"), style="bold")
            if self._asks[step](state):
                leave_behind(self._session.db, step, self._session.actions.clock.now())
        hint(self.say("Start the bot with `bot.py run`; one that runs reads this at its start."))

    def _config(self) -> Config:
        """As the file has it now."""
        return load_config(self._file)

    @property
    def _file(self) -> Path:
        return self._session.config.path

    def _look(self) -> SetupState:
        return setup_state(self._config(), self._session.db)

    def _you(self, state: SetupState) -> bool:
        hint(
            self.say(
                "This terminal speaks {language}, as LANG says; each browser chooses its own.",
                language=language().name,
            )
        )
        question = self.say("Your name, as your friends call you (Enter: skip)")
        self._until_right(question, lambda typed: choose_name(self._file, typed))
        return True

    def _base(self, state: SetupState) -> bool:
        self._show_offers()
        hint(self.say("Now: {base}", base=state.base))
        question = self.say("Name of a base, an id or a folder (Enter: keep it)")
        self._until_right(question, self._use_base)
        return True

    def _show_offers(self) -> None:
        from twin.cli.bases import offers_for_people
        from twin.engine.bases.log_figures import log_figures
        from twin.engine.bases.machine import measure_machine
        from twin.engine.bases.offers import offers

        hint(self.say("Measuring this computer …"))
        config, log = self._config(), log_figures(self._session.db)
        try:
            found = offers(config, measure_machine(config), log)
        except TwinError as error:  # any base can be chosen without knowing whether it fits
            report_error(said(error.message))
            return
        advice = [said(one.advice) for one in found if one.advice is not None]
        self._session.out.show(None, *offers_for_people(found), *advice)

    def _use_base(self, typed: str) -> None:
        from twin.cli.bases import fetch_bar
        from twin.engine.bases.fetch import fetch_base
        from twin.setup.base_job import must_be_fetched

        folder = _path(typed)
        base = str(folder.resolve()) if folder.is_dir() else typed
        config = self._config()
        may_be_chosen(config, base)
        if must_be_fetched(config, base):
            with fetch_bar() as told:
                fetch_base(config, base, told)
        hint(self.say("Checking the model …"))
        choose_base(self._file, base)

    def _history(self, state: SetupState) -> bool:
        question = self.say("Files or folders of exported chats (Enter: no more)")
        while self._until_right(question, self._import):
            pass
        return True

    def _import(self, typed: str) -> None:
        from twin.cli.imports import import_asking, show_import
        from twin.privacy.learning import imported_without_consent

        session, paths = self._session, _paths(typed)
        given = {"dry_run": True, **self._config().import_.model_dump()}
        found, me = import_asking(session, paths, None, given)
        waiting = imported_without_consent(session.db, self._config(), found.files)
        show_import(session.out, found, [], waiting)
        if found.new and self._yes(self.say("Import it?")):
            report, _ = import_asking(session, paths, me, given | {"dry_run": False})
            hint(self.say("{n} new messages.", n=report.new))

    def _account(self, state: SetupState) -> bool:
        accounts = accounts_to_choose()
        for number, account in enumerate(accounts, 1):
            hint(f"{number}  {self.say(account.title)}")
        question = self.say("Number of an account to connect (Enter: none)")
        self._until_right(question, lambda typed: self._connect(accounts, typed))
        return True

    def _connect(self, accounts: Sequence[ConnectorFolder[Any]], typed: str) -> None:
        account = accounts[_number(typed, len(accounts)) - 1]
        config = switch_account(self._file, account, on=True)
        for need in account.problems(account.of(config), config.data):
            hint(f"{said(need.found)}: {said(need.remedy)}")
        hint(about_account(account, language()))

    def _training(self, state: SetupState) -> bool:
        from training.run import run_training
        from twin.engine.bases.log_figures import log_figures
        from twin.engine.bases.offers import language_advice

        config = self._config()
        least = config.train.min_samples
        own = own_texts(self._session.db, least)
        if own < least:
            hint(
                self.say(
                    "Training needs at least {most} answers of yours; {own} are stored.",
                    most=least,
                    own=own,
                )
            )
            return False
        advice = language_advice(config.model.base, log_figures(self._session.db))
        if advice is not None:  # the base was chosen before any chat was here
            told = self.say("{advice}; `bot.py setup base` changes it", advice=said(advice))
            hint(told)
        if not self._yes(self.say("Train now? It takes minutes, longer with a larger base.")):
            return True
        try:
            result = run_training(config, self._session.db, RunReason.MANUAL, show=True)
        except TwinError as error:
            report_error(said(error.message))
            return False
        output.console.print(plain(result["summary"]))
        return True

    def _friends(self, state: SetupState) -> bool:
        self._talk(state)
        question = self.say("Name of a friend who gets a link (Enter: nobody)")
        while self._until_right(question, self._invite):
            pass
        return True

    def _talk(self, state: SetupState) -> None:
        from storage.adapters import live_adapter
        from twin.playground import ModelChat

        talk: ModelChat | None = None
        question = self.say("Write to your twin (Enter: enough)")
        while typed := self._read(question):
            if talk is None:
                talk = ModelChat(self._config(), live_adapter(self._session.db))
            output.console.print(plain(talk.reply(typed).text))

    def _invite(self, typed: str) -> None:
        from twin.cli.chats import address_for

        token, _ = self._session.actions.invite(typed)
        output.console.print(plain(address_for(self._config(), token)), soft_wrap=True)

    def _until_right(self, question: str, act: Callable[[str], object]) -> bool:
        """Ask until the answer can be used; False for an empty one."""
        while typed := self._read(question):
            try:
                act(typed)
            except TwinError as error:
                report_error(said(error.message))
            else:
                return True
        return False

    def _yes(self, question: str) -> bool:
        return self._read(f"{question} [Y/n]").casefold() in ("", "y", "yes", "是")

    def _read(self, question: str) -> str:
        """Raises InputError where nobody can answer."""
        hint(question)
        typed = output.read_line()
        if typed is None:
            raise InputError(Text("the input ended here; `bot.py setup` goes on from this step"))
        return typed.strip()


def _paths(typed: str) -> list[Path]:
    """What was typed, or dropped into the terminal, which puts quotes or backslashes."""
    with suppress(InputError):  # many together are no name
        if _path(typed).exists():
            return [_path(typed)]
    try:
        names = shlex.split(typed)
    except ValueError:  # an apostrophe in a name
        names = [typed]
    return [_path(name) for name in names]


def _path(typed: str) -> Path:
    """Raises InputError for what can't be asked for: too long, of an unknown home, closed."""
    try:
        path = Path(typed).expanduser()
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # whoever wants it there says so
    except (OSError, RuntimeError, ValueError) as error:
        raise unreadable(Path(typed), error) from error
    return path


def _number(typed: str, most: int) -> int:
    """Raises InputError for anything but 1 to `most`."""
    numbers = {str(number): number for number in range(1, most + 1)}
    if typed not in numbers:
        raise InputError(Text("{typed}: write a number from 1 to {most}", typed=typed, most=most))
    return numbers[typed]
