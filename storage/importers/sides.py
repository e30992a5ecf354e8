"""Notice sides that look reversed: the friend's words as the owner's, and theirs as the friend's.

Several signs, each of which a sentence of the report names: who writes in all chats, after whom a
chat is called, whom people greet by name, whose words look like the owner's in other chats, and as
a support for that, who begins conversations.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlite_utils import Database

from storage.importers.base import ImportedMessage
from storage.importers.style import MOST_TEXTS, Style
from storage.texts import Text, joined

_MOST_NAMES = 20_000
_MOST_CHATS = 5_000
_MOST_CALLED = 50  # names by which people are called in one chat
_LOGGED_TEXTS = 2000
_LONGEST_LOGGED = 1000
_PAUSE_MS = 6 * 3_600_000
_FEWEST_TEXTS = 60  # of each side, to compare how they write
_FEWEST_CHATS = 2  # others of the same owner
_FEWEST_BEGUN = 10  # conversations
# Measured with 52 chats of one real person: alone no right chat looks reversed, and 4 of 10
# reversed ones do; the lower one is enough beside another sign.
_MORE_ALIKE = 0.045
_RATHER_ALIKE = 0.02
_OTHERWISE_BEGUN = 0.4
_LONGEST_GREETING = 200
_GREETING_WORDS = """
hi hey hello dear thanks hiya yo morning hallo moin servus danke hola gracias oi olá ola salut
bonjour coucou merci ciao grazie hoi hej hei moi привет здравствуй спасибо привіт cześć ahoj szia
merhaba selam γεια שלום היי مرحبا هلا سلام नमस्ते สวัสดี chào halo hai 你好 嗨 嘿 哈喽 안녕 ねえ
"""
_GREETINGS = frozenset(_GREETING_WORDS.split())
_ENDS = ",，!！.。~～:：、?？"


class _Chat:
    """A chat of two people. The pairs are of (the friend, the owner)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.styles = (Style(), Style())
        self.names: tuple[set[str], set[str]] = (set(), set())
        self.called: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.begun = [0, 0]
        self._last: tuple[int, bool] | None = None

    def see(self, message: ImportedMessage, owner: bool) -> None:
        self._begins(message.sent_at, owner)
        if len(self.names[owner]) < _MOST_CALLED:
            self.names[owner].add(message.sender_name)
        if message.kind != "text":
            return
        if self.styles[owner].texts < MOST_TEXTS:
            self.styles[owner].see(message.text)
        called = self.called[owner]
        name = _called(message.text)
        if name and (name in called or len(called) < _MOST_CALLED):
            called[name] += 1

    def _begins(self, sent_at: int, owner: bool) -> None:
        """Some exports begin with the newest message."""
        before, self._last = self._last, (sent_at, owner)
        if before is None:
            return
        if sent_at - before[0] > _PAUSE_MS:
            self.begun[owner] += 1
        elif before[0] - sent_at > _PAUSE_MS:
            self.begun[before[1]] += 1

    def is_named_after_owner(self) -> bool:
        friend, owner = ({_name(name) for name in names} for names in self.names)
        return bool(friend and owner) and _name(self.name) in owner - friend

    def calls(self) -> str | None:
        """The name by which somebody calls themselves, as one calls the other."""
        friend, owner = (
            {_name(name).split()[0] for name in names if name.strip()} for names in self.names
        )
        first = _name(self.name).split()[:1]
        if first and first[0] not in owner:
            friend.add(first[0])
        for names, themselves in ((friend - owner, 0), (owner - friend, 1)):
            for name in names:
                by_self, by_other = (
                    self.called[side][name] for side in (themselves, 1 - themselves)
                )
                if by_self > 1 and by_self > 2 * by_other:
                    return name
        return None


class _InAllChats(NamedTuple):
    """How the owner writes, in how many chats they do; who began how many conversations."""

    style: Style
    chats: int
    begun: list[int]


class Sides:
    """Who writes in which chats: a friend is in one chat of two people, the owner in all."""

    def __init__(self) -> None:
        self._chats: set[int] = set()
        self._owners: set[int] = set()
        self._others: dict[str, set[int]] = defaultdict(set)
        self._two: dict[int, _Chat] = {}
        self._logged, self._logged_chats = Style(), 0

    def see(self, chat: int, message: ImportedMessage, owner: bool) -> None:
        self._chats.add(chat)
        if owner:
            self._owners.add(chat)
        elif message.sender_name in self._others or len(self._others) < _MOST_NAMES:
            self._others[message.sender_name].add(chat)
        two = self._two.get(chat)
        if two is None and len(self._two) < _MOST_CHATS:
            two = self._two[chat] = _Chat(message.chat_name)
        if two is not None:
            two.see(message, owner)

    def see_logged(self, db: Database) -> None:
        """What the owner wrote in chats that this import does not hold."""
        chats: set[int] = set()
        for text, chat in db.execute(
            "SELECT substr(text, 1, ?), chat_id FROM messages WHERE origin = 'owner' "
            "AND kind = 'text' ORDER BY id DESC LIMIT ?",
            [_LONGEST_LOGGED, _LOGGED_TEXTS],
        ):
            if chat not in self._two:
                self._logged.see(text)
                chats.add(chat)
        self._logged_chats = len(chats)

    def warnings(self) -> list[Text]:
        """A question about each thing that looks reversed."""
        everywhere = self._everywhere()
        if everywhere:
            return [everywhere]
        owner = self._in_all_chats()
        signs = ((chat, list(_signs(chat, owner))) for chat in self._two.values())
        return [
            Text(
                "{chat}: are the sides reversed? {signs}. If so, name yourself with --me, or "
                "export the chat again",
                chat=_one_line(chat.name),
                signs=joined("; ", why),
            )
            for chat, why in signs
            if why
        ]

    def _everywhere(self) -> Text | None:
        everywhere = [
            name
            for name, chats in self._others.items()
            if len(chats) > 1 and chats >= self._chats and len(chats) >= len(self._owners)
        ]
        if not everywhere:
            return None
        return Text(
            "{name} writes in all {all} chats, you in {yours}: are the sides reversed? If so, "
            "name yourself with --me",
            name=_one_line(everywhere[0]),
            all=len(self._chats),
            yours=len(self._owners),
        )

    def _in_all_chats(self) -> _InAllChats:
        style, chats, begun = Style(), self._logged_chats, [0, 0]
        style.plus(self._logged)
        for chat in self._two.values():
            style.plus(chat.styles[True])
            chats += chat.styles[True].texts > 0
            for side in (0, 1):
                begun[side] += chat.begun[side]
        return _InAllChats(style, chats, begun)


def _signs(chat: _Chat, owner: _InAllChats) -> Iterator[Text]:
    if chat.is_named_after_owner():
        yield Text("it has the name that is yours in it")
    called = chat.calls()
    if called:
        yield Text("{name} greets {name}", name=called)
    friend, own = chat.styles
    if owner.chats <= _FEWEST_CHATS or min(friend.texts, own.texts) < _FEWEST_TEXTS:
        return
    elsewhere = Style()
    elsewhere.plus(owner.style)
    elsewhere.plus(own, -1)
    more = friend.likeness(elsewhere) - own.likeness(elsewhere)
    begins = _begins_otherwise(chat, owner)
    if more > (_RATHER_ALIKE if called or begins else _MORE_ALIKE):
        yield Text("the friend writes as you do in other chats")
        if begins:
            yield Text("and begins conversations as you do there")


def _begins_otherwise(chat: _Chat, owner: _InAllChats) -> bool:
    """Whether the friend begins conversations as the owner does in the other chats."""
    others = [all_of_them - here for all_of_them, here in zip(owner.begun, chat.begun, strict=True)]
    if min(sum(others), sum(chat.begun)) < _FEWEST_BEGUN:
        return False
    by_owner, by_friend = others[1] / sum(others), chat.begun[0] / sum(chat.begun)
    return abs(by_owner - (1 - by_friend)) > _OTHERWISE_BEGUN


def _called(text: str) -> str | None:
    """The name in `hi Anna`, `Anna, are you there?`; of one word."""
    words = text[:_LONGEST_GREETING].split(maxsplit=2)
    if not words:
        return None
    word = words[0].rstrip(_ENDS).casefold()
    if word in _GREETINGS:
        name = words[1].rstrip(_ENDS).casefold() if len(words) > 1 else ""
        return name or None
    return word if word and words[0][-1] in ",，" else None


def _name(name: str) -> str:
    return _one_line(name).casefold()


def _one_line(name: str) -> str:
    return " ".join(name.split())
