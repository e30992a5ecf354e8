"""The steps of the set-up, and which of them are done: read from settings and database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.database import transaction
from storage.preferences import pass_setup_step, passed_setup_steps
from storage.runs import Run, latest_run
from twin.config.connector_sections import connector_sections
from twin.config.schema import Config, ModelSettings
from twin.language import N_

Step = Literal["you", "base", "history", "account", "training", "friends"]
StepState = Literal["done", "skipped", "open"]
STEPS: tuple[Step, ...] = get_args(Step)
TITLES: Mapping[Step, str] = {
    "you": N_("You"),
    "base": N_("Base model"),
    "history": N_("Your chats so far"),
    "account": N_("An account"),
    "training": N_("First training"),
    "friends": N_("Try it, invite a friend"),
}
STATES: Mapping[StepState, str] = {
    "done": N_("done"),
    "skipped": N_("skipped"),
    "open": N_("to do"),
}
FRIENDS_PAGE = "web"


@dataclass(frozen=True, slots=True)
class SetupState:
    """How far the set-up is.

    `accounts`: titles of the connectors that are on, besides the friends' page. `run`: the newest
    one. `friends`: how many have a link. `passed`: steps that the owner left behind, done or not.
    """

    name: str
    base: str
    has_messages: bool
    accounts: tuple[str, ...]
    adapter: str | None
    run: Run | None
    friends: int
    passed: frozenset[str]

    def state(self, step: Step) -> StepState:
        if self._is_done(step):
            return "done"
        return "skipped" if step in self.passed else "open"

    def _is_done(self, step: Step) -> bool:
        match step:
            case "you":
                return bool(self.name)
            case "base":  # the usual one is there already: it counts once it was looked at
                return self.base != usual_base() or step in self.passed or self.run is not None
            case "history":
                return self.has_messages
            case "account":
                return bool(self.accounts)
            case "training":
                was_trained = self.run is not None and self.run.state == "done"
                return self.adapter is not None or was_trained
            case "friends":
                return self.friends > 0

    @property
    def next_step(self) -> Step | None:
        """The first that is neither done nor skipped."""
        return next((step for step in STEPS if self.state(step) == "open"), None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was set up in this folder yet."""
        return not (self.passed or self.has_messages or self.run or self.adapter or self.friends)

    @property
    def is_under_way(self) -> bool:
        """Whether it was begun and something is left; not so in a twin that was set up by hand."""
        return self.next_step is not None and (self.is_empty or bool(self.passed))


def setup_state(config: Config, db: Database) -> SetupState:
    """What the settings (as the file has them now) and the database say."""
    adapter = live_adapter(db)
    return SetupState(
        name=config.owner.name.strip(),
        base=config.model.base,
        has_messages=_count(db, "(SELECT 1 FROM messages LIMIT 1)") > 0,
        accounts=tuple(
            one.title
            for one in connector_sections()
            if one.name != FRIENDS_PAGE and one.of(config).is_on
        ),
        adapter=adapter.name if adapter else None,
        run=latest_run(db),
        friends=_count(db, "invites WHERE revoked_at IS NULL"),
        passed=passed_setup_steps(db),
    )


def messages_stored(db: Database) -> int:
    """In the whole log, which is read for it."""
    return _count(db, "messages")


def own_texts(db: Database, most: int = -1) -> int:
    """What the owner wrote: all, which reads the whole log, or counted up to `most`."""
    written = f"SELECT 1 FROM messages WHERE origin = 'owner' AND kind = 'text' LIMIT {most:d}"
    return _count(db, f"({written})")


def leave_behind(db: Database, step: Step, now: int) -> None:
    """Remember that the owner went on from that step, whether it is done or not."""
    with transaction(db):
        pass_setup_step(db, step, now)


def step_after(step: Step) -> Step | None:
    """The one after it; None after the last."""
    following = STEPS.index(step) + 1
    return STEPS[following] if following < len(STEPS) else None


def usual_base() -> str:
    """The base model that comes with the program."""
    return ModelSettings().base


def needs_restart(running: Config, written: Config) -> bool:
    """Whether the running bot does not use yet what stands in the file: name, base or accounts."""
    return (
        running.owner != written.owner
        or running.model != written.model
        or any(one.of(running) != one.of(written) for one in connector_sections())
    )


def _count(db: Database, what: str) -> int:
    return int(db.execute(f"SELECT COUNT(*) FROM {what}").fetchone()[0])
