"""What is known of the account's rooms: which kind of chat each is, and what it is called."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nio import AsyncClient, MatrixRoom, SyncResponse

from storage.texts import Text
from twin.connectors.matrix.bridges import (
    BRIDGE_TYPES,
    Portal,
    chat_name,
    is_of_bridge,
    plain_name,
    portal_of,
)
from twin.connectors.matrix.client import MatrixError, checked, is_gone

_MEMBERS, _STATE = Text("asking for the members of a room"), Text("asking for a room's state")


@dataclass(frozen=True, slots=True)
class Place:
    """A chat: `kind` as in `MessageReceived.chat_kind`; `portal`: where a bridge made it."""

    id: str
    name: str
    kind: str
    portal: Portal | None = None


@dataclass(slots=True)
class RoomFacts:
    """What the room's state says. `memberships`: of everybody but the owner, the past ones too."""

    creator: str = ""
    invited_as_direct: bool = False
    bridges: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    portal: Portal | None = None
    memberships: dict[str, str] = field(default_factory=dict)
    names_known: bool = False
    members_known: bool = False

    def others(self) -> int:
        """How many others are there, or may come at once."""
        return sum(one in ("join", "invite") for one in self.memberships.values())


class RoomBook:
    """The rooms of one connection. `bridge_bots`: those of every room that a bridge made."""

    def __init__(self, client: AsyncClient) -> None:
        self._client, self._own = client, client.user_id
        self._facts: dict[str, RoomFacts] = {}
        self._direct: frozenset[str] = frozenset()
        self.bridge_bots: frozenset[str] = frozenset()

    def learn(self, answer: SyncResponse) -> None:
        """Take in the state that came with an answer."""
        for one in answer.account_data_events:
            if getattr(one, "type", "") == "m.direct":
                self._direct = _rooms_in(getattr(one, "content", None))
        for room_id, room in answer.rooms.join.items():
            self._learn_state(room_id, [one.source for one in room.state])
            self._learn_state(room_id, [one.source for one in room.timeline.events])
        for room_id in answer.rooms.leave:
            self._client.rooms.pop(room_id, None)
            self._facts.pop(room_id, None)

    def _learn_state(self, room_id: str, events: Iterable[Mapping[str, Any]]) -> None:
        facts = self._facts.setdefault(room_id, RoomFacts())
        for event in events:
            who, content = event.get("state_key"), event.get("content")
            if not isinstance(who, str) or not isinstance(content, Mapping):
                continue
            match event.get("type"):
                case "m.room.create":
                    facts.creator = str(event.get("sender"))
                case "m.room.member" if who == self._own:
                    facts.invited_as_direct |= _is_direct(event, content)
                case "m.room.member":
                    facts.memberships[who] = str(content.get("membership"))
                case kind if kind in BRIDGE_TYPES:
                    facts.bridges[f"{kind} {who}"] = event
                    facts.portal = portal_of(facts.bridges.values())
                    self.bridge_bots = frozenset(
                        one.portal.bot for one in self._facts.values() if one.portal is not None
                    )

    async def place_of(self, room_id: str) -> Place:
        """Asks the server for the members where they are not known yet. Raises MatrixError."""
        room = self._client.rooms.get(room_id)
        if room is None:  # it was left meanwhile
            return Place(room_id, room_id, "group")
        facts = self._facts.setdefault(room_id, RoomFacts())
        if not facts.names_known:
            await self._ask(self._client.joined_members(room_id), _MEMBERS)
            facts.names_known = True
        kind, portal = await self._kind_of(room, facts), facts.portal
        name = _name_of(room, kind)
        return Place(room_id, chat_name(name, portal) if portal else name, kind, portal)

    def name_of(self, room_id: str, user_id: str) -> str:
        """What a member is called there; one line, or they would write as others in a prompt."""
        room = self._client.rooms.get(room_id)
        found = (room.user_name(user_id) if room is not None else None) or ""
        name = " ".join(found.split()) or user_id
        portal = self._facts.get(room_id, RoomFacts()).portal
        return plain_name(name, portal) if portal is not None else name

    async def is_own(self, room_id: str) -> bool:
        """Whether nobody but the owner was ever in it, so that it is their chat with themselves."""
        facts = self._facts.get(room_id)
        if room_id not in self._client.rooms or facts is None or facts.creator != self._own:
            return False
        await self._ask_memberships(room_id, facts)
        return not facts.memberships  # whoever left may come back and read what was written there

    async def _kind_of(self, room: MatrixRoom, facts: RoomFacts) -> str:
        if facts.portal is not None:
            return facts.portal.kind if self._is_of_two(room, facts.portal) else "group"
        if len(room.users) > 2:
            return "group"  # whatever whoever invited the owner called it
        if await self.is_own(room.room_id):
            return "self"
        await self._ask_memberships(room.room_id, facts)
        if facts.others() > 1:
            return "group"
        is_direct = room.room_id in self._direct or facts.invited_as_direct
        return "direct" if is_direct or not room.is_named else "group"

    def _is_of_two(self, room: MatrixRoom, portal: Portal) -> bool:
        """Whoever may change the room's state could say so of a group."""
        bots = (portal.bot,)
        others = [one for one in room.users if one != self._own and not is_of_bridge(one, bots)]
        return len(others) <= 1

    async def _ask_memberships(self, room_id: str, facts: RoomFacts) -> None:
        """Once; what changes comes with each answer of the server."""
        if not facts.members_known:
            answer = await self._ask(self._client.room_get_state(room_id), _STATE)
            self._learn_state(room_id, answer.events if answer is not None else ())
            facts.members_known = True

    async def _ask(self, request: Awaitable[Any], doing: Text) -> Any:
        """The answer; None where the owner was put out of the room just now."""
        answer = await request
        try:
            return checked(answer, doing)
        except MatrixError as error:
            if not is_gone(error):
                raise
            return None


def _is_direct(source: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    """Whether the owner was invited to a talk between two; kept at the invitation alone."""
    unsigned = source.get("unsigned")
    before = unsigned.get("prev_content") if isinstance(unsigned, Mapping) else None
    invitations = [content, before] if isinstance(before, Mapping) else [content]
    return any(one.get("is_direct") is True for one in invitations)


def _rooms_in(direct: Any) -> frozenset[str]:
    """The rooms of `m.direct`: those of each person."""
    lists = direct.values() if isinstance(direct, Mapping) else ()
    return frozenset(
        room for rooms in lists if isinstance(rooms, list) for room in rooms if type(room) is str
    )


def _name_of(room: MatrixRoom, kind: str) -> str:
    """One line; the id where it has no name."""
    name = " ".join(str(room.display_name).split())
    if kind == "self" and not room.is_named:
        return str(room.own_user_id)
    return name or room.room_id
