"""The same friend on several platforms: which chats are theirs, and their one note."""

from sqlite_utils import Database

from storage.chats import Chat, get_chat, set_note
from storage.database import transaction
from storage.errors import InputError
from storage.texts import Text
from storage.values import fitting

# The chat :chat and the others with its friend; of a group it alone, whatever it is linked with.
OF_PERSON = """
SELECT id FROM chats WHERE id = :chat UNION
SELECT c.id FROM people one JOIN people other ON other.person = one.person
JOIN chats c ON c.id = other.chat_id JOIN chats this ON this.id = one.chat_id
WHERE one.chat_id = :chat AND c.kind = 'direct' AND this.kind = 'direct'
"""


class TwoNotes(InputError):
    """Each of the two chats has a note, and one person has one; `notes` are the two."""

    def __init__(self, one: Chat, other: Chat) -> None:
        self.notes = (one.note or "", other.note or "")
        super().__init__(
            Text(
                "{one} has the note “{note}” and {other} has “{other_note}”, but one friend has "
                "one note; say which with --note",
                one=one.title,
                note=one.note,
                other=other.title,
                other_note=other.note,
            )
        )


def list_people(db: Database) -> list[list[Chat]]:
    """The chats of each friend who has several, by name."""
    people: dict[int, list[Chat]] = {}
    rows = db.execute(
        "SELECT p.person, c.* FROM people p JOIN chats c ON c.id = p.chat_id ORDER BY c.id"
    )
    for person, *chat in rows:
        people.setdefault(person, []).append(Chat(*chat))
    return sorted(people.values(), key=lambda chats: chats[0].name.casefold())


def chats_elsewhere(db: Database, chat_id: int) -> list[Chat]:
    """The other chats with the friend of this one."""
    rows = db.execute(
        "SELECT c.* FROM people p JOIN chats c ON c.id = p.chat_id WHERE c.id != :chat "
        "AND p.person = (SELECT person FROM people WHERE chat_id = :chat) ORDER BY c.id",
        {"chat": chat_id},
    )
    return [Chat(*row) for row in rows]


def chats_of_person(db: Database, chat_id: int) -> list[int]:
    """The chat and the others with its friend; of a group, it alone, and none that is not there."""
    rows = db.execute(OF_PERSON, {"chat": fitting(chat_id)})
    return [number for (number,) in rows.fetchall()]


def link_chats(db: Database, one_id: int, other_id: int, note: str | None = None) -> list[Chat]:
    """Two chats, and those that are linked with them, are with one friend; all of these.

    `note` is what the twin is told about the friend; without it, what one of the two has. Raises
    TwoNotes where they differ, and InputError for chats that can't be linked.
    """
    with transaction(db):
        one, other = get_chat(db, one_id), get_chat(db, other_id)
        elsewhere = chats_elsewhere(db, one_id)
        _check(one, other, elsewhere)
        if note is None and one.note and other.note and one.note != other.note:
            raise TwoNotes(one, other)
        (person,) = db.execute("SELECT COALESCE(MAX(person), 0) + 1 FROM people").fetchone()
        chats = [one, *elsewhere, other, *chats_elsewhere(db, other_id)]
        db.conn.executemany(
            "INSERT INTO people (person, chat_id) VALUES (?, ?) "
            "ON CONFLICT (chat_id) DO UPDATE SET person = excluded.person",
            [(person, chat.id) for chat in chats],
        )
        set_note(db, one_id, (one.note or other.note or "") if note is None else note)
    return [get_chat(db, one_id), *chats_elsewhere(db, one_id)]


def unlink_chat(db: Database, chat_id: int) -> Chat:
    """The chat is by itself again, and keeps the note. Raises InputError where it is so already."""
    with transaction(db):
        chat = get_chat(db, chat_id)
        if not db.execute("DELETE FROM people WHERE chat_id = ?", [chat_id]).rowcount:
            raise InputError(Text("{chat}: it is linked with no other chat", chat=chat.title))
        drop_lone_people(db)
    return chat


def drop_lone_people(db: Database) -> None:
    """Who has one chat left is nobody elsewhere."""
    db.execute(
        "DELETE FROM people WHERE person IN "
        "(SELECT person FROM people GROUP BY person HAVING COUNT(*) = 1)"
    )


def _check(one: Chat, other: Chat, elsewhere: list[Chat]) -> None:
    if one.id == other.id:
        raise InputError(Text("{chat}: that is one chat; give two", chat=one.title))
    for chat in (one, other):
        if chat.kind != "direct":
            raise InputError(
                Text(
                    "{chat}: groups and your own chat can't be linked; give a friend's chat",
                    chat=chat.title,
                )
            )
    if other in elsewhere:
        raise InputError(
            Text("{one} and {other} are linked already", one=one.title, other=other.title)
        )
