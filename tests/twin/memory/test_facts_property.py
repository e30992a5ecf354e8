"""Whatever happens, the facts of a chat are those of a simple model, and no other chat's."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.edits import change_wording
from storage.errors import InputError
from storage.facts import list_facts, reject_facts, release_facts, withdraw_facts
from storage.messages import NewMessage, Origin, log_message, mark_recalled
from storage.people import link_chats, unlink_chat
from tests.twin.memory.test_facts import with_settings
from twin.config.schema import Config
from twin.memory.extraction.propose import propose_facts
from twin.memory.facts import shown_facts

NAMES = ("Ann", "Ben", "Cid", "Dan")
PLACES = ("Rome", "Oslo", "Paris")
TABLES = ("facts", "decisions", "messages", "people", "chats", "contacts")


@dataclass(eq=False)
class Fact:
    """What the owner or a friend said in a chat, and what the owner decided about it."""

    chat: str
    origin: Origin
    place: str
    at: int
    message: int
    is_read: bool = False
    rejected: bool = False
    kept: bool = False
    releases: set[str] = field(default_factory=set)

    def equals(self, other: "Fact") -> bool:
        same = (self.origin, self.place) == (other.origin, other.place)
        return same and (self.origin == "owner" or self.chat == other.chat)


class World:
    """The same done to a database and to lists."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config, self.now = db, config, 0
        self.chats = {name: self._chat(name) for name in NAMES}
        self.people = [{name} for name in NAMES]
        self.facts: list[Fact] = []

    def _chat(self, name: str) -> int:
        return upsert_chat(self.db, "web", name, name).id

    def person(self, name: str) -> set[str]:
        return next(person for person in self.people if name in person)

    def say(self, a: int, b: int) -> None:
        self.now += 3_600_000
        name, place = NAMES[a % 4], PLACES[b % 3]
        origin: Origin = "owner" if b % 2 else "peer"
        said = NewMessage(
            *(self.chats[name], origin, f"I live in {place}", self.now), external_id=str(self.now)
        )
        message = log_message(self.db, said) or 0
        self.facts.append(Fact(name, origin, place, self.now, message))

    def propose(self, a: int, b: int) -> None:
        propose_facts(self.db, self.config)
        rejected = [fact for fact in self.facts if fact.rejected]
        for fact in self.facts:
            if not fact.is_read:
                fact.is_read, fact.rejected = True, any(map(fact.equals, rejected))

    def take_back(self, a: int, b: int) -> None:
        for fact in self._one(a):
            mark_recalled(self.db, self.chats[fact.chat], str(fact.at), self.now)
            self.facts.remove(fact)

    def change(self, a: int, b: int) -> None:
        for fact in self._one(a):
            place = PLACES[b % 3]
            text, chat = f"I live in {place}", self.chats[fact.chat]
            if change_wording(self.db, chat, str(fact.at), text, at=self.now):
                self.facts.remove(fact)
                self.facts.append(Fact(fact.chat, fact.origin, place, fact.at, fact.message))

    def delete(self, a: int, b: int) -> None:
        for fact in self._one(a):
            self.db.execute("DELETE FROM messages WHERE id = ?", [fact.message])
            self.facts.remove(fact)

    def release(self, a: int, b: int) -> None:
        for fact in self._one(a, read=True):
            to = NAMES[b % 4] if b % 5 else ""
            try:
                release_facts(self.db, [self._number(fact)], [self.chats[to]] if to else None)
            except InputError:
                assert fact.origin == "peer"
            else:
                fact.releases.add(to)
                fact.rejected, fact.kept = False, True

    def withdraw(self, a: int, b: int) -> None:
        for fact in self._one(a, read=True):
            of = NAMES[b % 4] if b % 3 else ""
            try:
                withdraw_facts(self.db, [self._number(fact)], [self.chats[of]] if of else None)
            except InputError:
                assert "" in fact.releases
            else:
                fact.releases -= self.person(of) if of else set(fact.releases)

    def reject(self, a: int, b: int) -> None:
        for fact in self._one(a, read=True):
            reject_facts(self.db, [self._number(fact)])
            for other in self.facts:
                if other is fact or (other.is_read and not other.kept and other.equals(fact)):
                    other.rejected, other.kept = True, False
                    other.releases.clear()

    def link(self, a: int, b: int) -> None:
        one, other = NAMES[a % 4], NAMES[b % 4]
        if other not in self.person(one):
            link_chats(self.db, self.chats[one], self.chats[other])
            both = self.person(one) | self.person(other)
            self.people = [person for person in self.people if not person & both] + [both]

    def unlink(self, a: int, b: int) -> None:
        name = NAMES[a % 4]
        if len(self.person(name)) > 1:
            unlink_chat(self.db, self.chats[name])
            self.person(name).remove(name)
            self.people.append({name})

    def forget(self, a: int, b: int) -> None:
        name = NAMES[a % 4]
        forget_chat(self.db, self.chats[name])
        self.facts = [fact for fact in self.facts if fact.chat != name]
        for fact in self.facts:
            fact.releases.discard(name)
        self.person(name).discard(name)
        self.people = [person for person in self.people if person] + [{name}]
        self.chats[name] = self._chat(name)  # often under the same number

    def _one(self, at: int, *, read: bool = False) -> list[Fact]:
        """One of the facts, if there are any."""
        facts = [fact for fact in self.facts if fact.is_read or not read]
        return [facts[at % len(facts)]] if facts else []

    def _number(self, wanted: Fact) -> int:
        facts, _ = list_facts(self.db, states=("proposed", "kept", "rejected"))
        [number] = [fact.id for fact in facts if fact.message_id == wanted.message]
        return number

    def known(self, name: str, before: int) -> list[tuple[str, int]]:
        """What may be shown: the words and their message."""
        said = [fact for fact in self.facts if fact.is_read and not fact.rejected]
        said = sorted((fact for fact in said if fact.at < before), key=lambda fact: -fact.at)
        shown: dict[tuple[Origin, str], Fact] = {}
        for fact in said:
            if self._may_know(name, fact) and not any(self._replaces(new, fact) for new in said):
                shown.setdefault((fact.origin, fact.place), fact)
        return [(f"I live in {fact.place}", fact.message) for fact in shown.values()]

    def _may_know(self, name: str, fact: Fact) -> bool:
        person = self.person(name)
        if fact.origin == "peer":
            return fact.chat in person
        return "" in fact.releases or bool(fact.releases & person)

    def _replaces(self, new: Fact, old: Fact) -> bool:
        newer = new.at > old.at and new.origin == old.origin and new.place != old.place
        return newer and (old.origin == "owner" or new.chat in self.person(old.chat))


ACTS: tuple[Callable[[World, int, int], None], ...] = (
    *(World.say, World.say, World.say, World.propose, World.propose),
    *(World.take_back, World.change, World.delete, World.release, World.release),
    *(World.withdraw, World.reject, World.link, World.unlink, World.forget),
)
STEP = st.tuples(st.sampled_from(ACTS), st.integers(0, 60), st.integers(0, 60))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=20, max_size=50))
def test_facts_are_those_of_the_model(
    db: Database, config: Config, steps: list[tuple[Callable[[World, int, int], None], int, int]]
) -> None:
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")
    world = World(db, with_settings(config, "memory", enabled=True))
    for act, a, b in steps:
        act(world, a, b)
    for name, chat in world.chats.items():
        for before in (world.now // 2, world.now + 1):
            shown = shown_facts(db, world.config, chat, before)
            assert [(fact.text, fact.message_id) for fact in shown] == world.known(name, before)
