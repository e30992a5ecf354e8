"""The owner's actions, one method each, called by dashboard, API, command line and chat commands.

Forgetting a chat is `training.forgetting.forget`, and withdrawing the consent to learn from it
`training.forgetting.withdraw`: what was trained on the chat goes with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlite_utils import Database

from storage import (
    adapters,
    blind_links,
    blind_test,
    chats,
    consent,
    drafts,
    facts,
    invites,
    media_texts,
    people,
    preferences,
    thumbs,
)
from storage.chats import Chat, get_chat
from storage.consent import Consent
from storage.database import transaction
from storage.decisions import has_typed
from storage.errors import InputError, TwinError
from storage.facts import Fact
from storage.media_texts import MOST_SAID
from storage.outbox import Piece, Words, add_piece
from storage.plain_text import is_visible, sendable
from storage.preferences import FOREVER
from storage.reasons import ErrorReason
from twin.clock import SYSTEM_CLOCK, Clock
from twin.config.schema import Config
from twin.engine.adapter_files import check_adapter, delete_forgotten
from twin.memory.facts import fact_text, written_fact

MINUTE_MS = 60_000


class Replies(Protocol):
    """What actions need of the running bot; `twin.replying.manager` has it."""

    def send(self, pieces: Sequence[Piece]) -> None:
        """Send pieces that are in the outbox."""

    def owner_wrote(self, chat_id: int) -> None:
        """The owner took the chat over."""

    def can_send_to(self, platform: str) -> bool:
        """Whether a connector sends to that platform."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What the owner can do, on one database.

    All methods raise InputError for what doesn't exist or can't be done, with its reason.
    `replies` and `begin_training` belong to the running bot. In another process they are None:
    the bot finds approved drafts and a promoted adapter by itself, within seconds.
    """

    config: Config
    db: Database
    clock: Clock = SYSTEM_CLOCK
    replies: Replies | None = None
    begin_training: Callable[[], None] | None = None

    def set_mode(self, chat: Chat, mode: str) -> Chat:
        """Set who answers there: off, log, draft or auto; the changed chat."""
        chats.switch_chat(self.db, chat, mode)
        return get_chat(self.db, chat.id)

    def set_note(self, chat_id: int, note: str) -> Chat:
        """Set what the twin is told about the friend; the changed chat."""
        with transaction(self.db):
            chats.set_note(self.db, chat_id, note)
        return get_chat(self.db, chat_id)

    def link_chats(self, one: int, other: int, note: str | None = None) -> list[Chat]:
        """Two chats are with one friend; all chats of theirs. Raises TwoNotes: which is kept?"""
        return people.link_chats(self.db, one, other, note)

    def unlink_chat(self, chat_id: int) -> Chat:
        """The chat is by itself again; it keeps the note."""
        return people.unlink_chat(self.db, chat_id)

    def record_consent(self, chat_id: int, by: str | None = None) -> Consent:
        """Note that everyone in the chat agrees to be learnt from. `by`: who they are."""
        return consent.record_consent(self.db, chat_id, by, self.clock.now())

    def pause_chat(self, chat_id: int, minutes: int | None = None) -> Chat:
        """Silence the twin in a chat for so many minutes, or until `resume_chat`."""
        with transaction(self.db):
            chats.pause_chat(self.db, chat_id, self._in(minutes))
        return get_chat(self.db, chat_id)

    def resume_chat(self, chat_id: int) -> Chat:
        """End the pause of a chat."""
        with transaction(self.db):
            chats.pause_chat(self.db, chat_id, None)
        return get_chat(self.db, chat_id)

    def pause_all(self, minutes: int | None = None) -> int:
        """Silence the twin everywhere; until when, in UTC milliseconds (or FOREVER)."""
        until = self._in(minutes)
        with transaction(self.db):
            preferences.pause_all(self.db, until)
        return until

    def resume_all(self) -> None:
        """End the pause of everything. Chats that are paused by themselves stay so."""
        with transaction(self.db):
            preferences.resume_all(self.db)

    def _in(self, minutes: int | None) -> int:
        return FOREVER if minutes is None else self.clock.now() + minutes * MINUTE_MS

    def approve_draft(self, number: int) -> list[Piece]:
        """Send a draft as it is; its pieces."""
        words: Words = "owner" if self.config.dataset.learn_from_approved else "twin"
        pieces = drafts.approve_draft(self.db, number, words=words, now=self.clock.now())
        self._send(pieces)
        return pieces

    def edit_draft(self, number: int, text: str) -> list[Piece]:
        """Send the owner's text instead, each line a message; its pieces."""
        pieces = drafts.edit_draft(self.db, number, text, now=self.clock.now())
        self._send(pieces)
        return pieces

    def reject_draft(self, number: int) -> None:
        """Drop a draft."""
        drafts.reject_draft(self.db, number, now=self.clock.now())

    def _send(self, pieces: Sequence[Piece]) -> None:
        if self.replies is not None:
            self.replies.send(pieces)

    def send_message(self, chat_id: int, text: str) -> Piece:
        """Send one message as the owner, which takes the chat over. Only inside the bot."""
        chat, words, replies = get_chat(self.db, chat_id), sendable(text).strip(), self.replies
        if not is_visible(words):
            raise InputError(
                "an empty message: nothing to send; write something", reason=ErrorReason.NO_WORDS
            )
        is_friend = chat.kind != "self" and chat.mode != "off"
        if replies is None or not is_friend or not replies.can_send_to(chat.platform):
            raise InputError(
                f"{chat.name}: nothing can be sent there; it must be a friend's chat that is not "
                "off, and its platform connected",
                reason=ErrorReason.CANT_SEND.of(chat.name),
            )
        with transaction(self.db):
            # A second takeover would drop what the owner typed a moment ago.
            if not has_typed(self.db, chat_id):
                replies.owner_wrote(chat_id)
            now = self.clock.now()
            piece = add_piece(self.db, chat_id, words, words="owner", approved=True, now=now)
        replies.send([piece])
        return piece

    def start_training(self) -> None:
        """Begin a training run; the owner is told how it went. Only inside the bot."""
        if self.begin_training is None:
            raise TwinError("Training is switched off here.", reason=ErrorReason.NO_TRAINING)
        self.begin_training()

    def promote(self, name: str) -> None:
        """Answer with this adapter from the next reply on, whatever the gate decided."""
        adapter = adapters.promotable(self.db, name)
        check_adapter(self.config.path_of(adapter.path), self.config)
        adapters.promote(self.db, name)
        delete_forgotten(self.config, self.db)

    def roll_back(self) -> str:
        """Answer with the adapter that was live before; its name."""
        name = adapters.rollback(self.db).name
        delete_forgotten(self.config, self.db)
        return name

    def invite(self, name: str) -> tuple[str, Chat]:
        """A new friend on the friends' page: the token of their link, and their chat."""
        return invites.create_invite(self.db, name)

    def renew_invite(self, chat: Chat) -> str:
        """The token of a new link to a friend's chat; earlier links end."""
        return invites.renew_invite(self.db, chat)

    def revoke_invites(self, chat_id: int) -> int:
        """End all links to a chat; how many there were."""
        with transaction(self.db):
            return invites.revoke_invites(self.db, chat_id)

    def open_blind_link(self, chat_id: int) -> str:
        """The token of a new link to the blind test of a friend's chat; earlier ones end."""
        return blind_links.open_blind_link(self.db, chat_id)

    def revoke_blind_links(self, chat_id: int) -> int:
        """End all links to the blind test of a chat; how many there were."""
        with transaction(self.db):
            return blind_links.revoke_blind_links(self.db, chat_id)

    def choose_answer(self, pair: int, place: int) -> None:
        """Take the first (0) or the second (1) answer of a pair for one's own."""
        blind_test.record_choice(self.db, pair, "owner", place, now=self.clock.now())

    def set_thumb(self, message_id: int, up: bool | None) -> None:
        """Find a message of the twin's good or bad; None takes it back."""
        with transaction(self.db):
            thumbs.set_thumb(self.db, message_id, up, now=self.clock.now())

    def confirm_voices(self, said: Mapping[int, str]) -> int:
        """What the owner said in these voices of theirs, which they let the twin learn; how many.

        In a voice with no words, there is nothing to learn.
        """
        words = {number: sendable(text).strip()[:MOST_SAID] for number, text in said.items()}
        with transaction(self.db):
            return media_texts.confirm_voices(self.db, words, at=self.clock.now())

    def release_facts(self, numbers: Iterable[int], chats: Iterable[int] | None = None) -> None:
        """The twin may use these facts about the owner: with everyone, or in these chats."""
        facts.release_facts(self.db, numbers, chats)

    def withdraw_facts(self, numbers: Iterable[int], chats: Iterable[int] | None = None) -> None:
        """Take releases of these facts back: all, or those for these chats."""
        facts.withdraw_facts(self.db, numbers, chats)

    def edit_fact(
        self, number: int, text: str, valid_from: int, valid_until: int | None = None
    ) -> Fact:
        """Put a fact into the owner's words and times (UTC ms), which keeps it."""
        return facts.edit_fact(self.db, number, fact_text(text), valid_from, valid_until)

    def keep_facts(self, numbers: Iterable[int]) -> None:
        """These facts are right; to whom they are released stays."""
        facts.keep_facts(self.db, numbers)

    def reject_facts(self, numbers: Iterable[int]) -> None:
        """These facts are used nowhere, and not proposed when they are said again."""
        facts.reject_facts(self.db, numbers)

    def delete_facts(self, numbers: Iterable[int]) -> None:
        """Delete these facts; their messages stay."""
        facts.delete_facts(self.db, numbers)

    def add_fact(self, text: str, kind: str = "other", chat_id: int | None = None) -> Fact:
        """One in the owner's words: about themselves, or about the friend of that chat."""
        return facts.add_fact(self.db, written_fact(text, kind, chat_id, self.clock.now()))
