from dataclasses import dataclass, field

import pytest
from sqlite_utils import Database

from storage.chat_deletion import forget_chat
from storage.chats import upsert_chat
from storage.corrections import (
    CONTRADICTION_MS,
    RECALL_MS,
    count_corrections,
    note_owner_words,
    note_recall,
)
from storage.drafts import approve_draft, edit_draft
from storage.messages import NewMessage, log_message
from storage.outbox import Piece, State, add_piece, move_piece, record_decision

START = 1_000_000_000_400  # not a whole second
Pair = tuple[str, str, str | None]


@dataclass
class Story:
    """A chat, written event by event; `wait` moves its clock on."""

    db: Database
    kind: str = "direct"
    now: int = START
    chat: int = field(init=False)

    def __post_init__(self) -> None:
        self.chat = upsert_chat(self.db, "test", self.kind, "Ann", kind=self.kind).id

    def wait(self, milliseconds: int) -> None:
        self.now += milliseconds

    def friend(self, text: str = "lunch?", source: str = "live") -> int:
        message = NewMessage(self.chat, "peer", text, self.now, source=source)
        return log_message(self.db, message) or 0

    def decide(self, *lines: str, state: State = "pending", notice: str | None = None) -> int:
        """The number of the decision about the friend's message."""
        pieces = record_decision(
            self.db, self.chat, self.friend(), "why", lines, state=state, notice=notice,
            now=self.now,
        )  # fmt: skip
        return pieces[0].decision_id or 0

    def send(self, decision: int, state: State = "sent", ids: bool = True) -> None:
        """Every piece that is pending; its text is its id."""
        rows = self.db.execute(
            "SELECT id, text, words, kind FROM outbox WHERE decision_id = ? AND state = 'pending'",
            [decision],
        ).fetchall()
        for piece, text, words, kind in rows:
            move_piece(self.db, piece, "sending", now=self.now)
            known = text if ids else None
            move_piece(self.db, piece, state, external_id=known, now=self.now)
            message = NewMessage(self.chat, words, text, self.now, kind=kind, external_id=text)
            log_message(self.db, message)

    def reply(self, *lines: str, notice: str | None = None) -> int:
        decision = self.decide(*lines, notice=notice)
        self.send(decision)
        return decision

    def owner(self, text: str, kind: str = "text", at: int | None = None) -> None:
        written = self.now if at is None else at
        message = log_message(self.db, NewMessage(self.chat, "owner", text, written, kind=kind))
        note_owner_words(self.db, message or 0)

    def recall(self, text: str) -> None:
        note_recall(self.db, self.chat, text, self.now)

    def pairs(self) -> list[Pair]:
        sql = "SELECT how, rejected, chosen FROM corrections ORDER BY id"
        return self.db.execute(sql).fetchall()


@pytest.fixture
def story(db: Database) -> Story:
    return Story(db)


def test_an_edited_draft_is_a_pair_without_the_notice(story: Story) -> None:
    number = story.decide("yes", "when?", state="draft", notice="a twin")
    edit_draft(story.db, number, " sure\n\nnoon ", now=story.now)
    assert story.pairs() == [("edited", "yes\nwhen?", "sure\nnoon")]
    story.send(number)
    story.owner("see you")  # after the owner's own words, and no part of the change
    assert story.pairs() == [("edited", "yes\nwhen?", "sure\nnoon")]


def test_an_edit_that_changes_nothing_is_no_preference(story: Story) -> None:
    edit_draft(story.db, story.decide("yes", state="draft"), "yes", now=story.now)
    assert story.pairs() == []


def test_a_failed_edit_leaves_no_pair(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Piece:
        raise OSError("disk full")

    number = story.decide("yes", state="draft")
    monkeypatch.setattr("storage.drafts.add_piece", fail)
    with pytest.raises(OSError, match="disk full"):
        edit_draft(story.db, number, "no", now=story.now)
    assert story.pairs() == []


def test_what_the_owner_writes_after_the_twin_contradicts_it(story: Story) -> None:
    story.reply("yes", "when?", notice="a twin")
    story.wait(CONTRADICTION_MS)
    story.owner("no, sorry")
    story.wait(CONTRADICTION_MS)
    story.owner("tomorrow")
    story.wait(1)
    story.owner("and how are you?")
    assert story.pairs() == [("contradicted", "yes\nwhen?", "no, sorry\ntomorrow")]


def test_too_late_or_earlier_is_no_contradiction(story: Story) -> None:
    story.reply("yes")
    story.owner("written before, delivered after", at=story.now - 1_000)
    story.wait(CONTRADICTION_MS + 1)
    story.owner("no")
    assert story.pairs() == []


def test_a_time_in_whole_seconds_is_not_earlier(story: Story) -> None:
    story.reply("yes")
    story.owner("no", at=story.now // 1000 * 1000)
    assert story.pairs() == [("contradicted", "yes", "no")]


def test_the_friends_word_comes_in_between(story: Story) -> None:
    story.reply("yes")
    story.friend("great")
    story.owner("no")
    assert story.pairs() == []
    story.reply("maybe")
    story.owner("never")
    story.friend("why?")
    story.owner("because")
    assert story.pairs() == [("contradicted", "maybe", "never")]


def test_an_import_meanwhile_says_nothing(story: Story) -> None:
    story.reply("yes")
    story.friend("years ago", source="import")
    story.owner("no")
    assert story.pairs() == [("contradicted", "yes", "no")]


@pytest.mark.parametrize(
    ("state", "rejected"), [("sent", "a\nb"), ("doubt", "a\nb"), ("failed", "a"), ("dry", "a")]
)
def test_only_what_was_said_is_rejected(story: Story, state: State, rejected: str) -> None:
    decision = story.reply("a")
    second = add_piece(story.db, story.chat, "b", decision_id=decision, now=story.now)
    move_piece(story.db, second.id, state, now=story.now)
    story.owner("no")
    assert story.pairs() == [("contradicted", rejected, "no")]


def test_a_piece_in_doubt_was_sent_when_it_was_begun(story: Story) -> None:
    decision = story.decide("yes")
    story.send(decision, "doubt")
    story.wait(CONTRADICTION_MS + 1)
    story.db.execute("UPDATE outbox SET changed_at = ?", [story.now])  # the bot starts again
    story.owner("no")
    assert story.pairs() == []


def test_a_failed_piece_whose_echo_came_was_said(story: Story) -> None:
    story.send(story.decide("yes"), "failed")
    story.db.execute("UPDATE outbox SET echoed_at = changed_at")
    story.owner("no")
    assert story.pairs() == [("contradicted", "yes", "no")]


def test_what_the_owner_approved_is_not_contradicted(story: Story) -> None:
    number = story.decide("yes", state="draft")
    approve_draft(story.db, number, words="twin", now=story.now)
    story.send(number)
    story.owner("and bring a cake")
    assert story.pairs() == []


@pytest.mark.parametrize(("text", "kind"), [("", "image"), ("look", "image"), (" \n", "text")])
def test_only_words_are_words(story: Story, text: str, kind: str) -> None:
    story.reply("yes")
    story.owner(text, kind)
    assert story.pairs() == []


def test_the_same_words_are_no_contradiction(story: Story) -> None:
    story.reply("yes")
    story.owner("yes")
    assert story.pairs() == []


def test_a_recalled_reply_waits_for_the_owners_words(story: Story) -> None:
    story.reply("yes", "when?", notice="a twin")
    story.wait(RECALL_MS)
    story.recall("when?")
    story.recall("yes")
    assert story.pairs() == [("recalled", "yes\nwhen?", None)]
    assert count_corrections(story.db) == {}
    story.wait(RECALL_MS)
    story.owner("no")
    assert story.pairs() == [("recalled", "yes\nwhen?", "no")]
    story.wait(1)
    story.owner("by the way")
    assert story.pairs() == [("recalled", "yes\nwhen?", "no")]


def test_words_instead_may_be_several_messages(story: Story) -> None:
    story.reply("yes")
    story.recall("yes")
    story.owner("no")
    story.wait(60_000)
    story.owner("sorry")
    story.wait(60_000)
    story.friend("oh")
    story.owner("next week")
    assert story.pairs() == [("recalled", "yes", "no\nsorry")]


def test_a_friend_who_wrote_before_the_recall_is_not_in_between(story: Story) -> None:
    story.reply("yes")
    story.friend("great")
    story.wait(2_000)
    story.recall("yes")
    story.owner("no")
    assert story.pairs() == [("recalled", "yes", "no")]


def test_a_friend_who_wrote_after_the_recall_is(story: Story) -> None:
    story.reply("yes")
    story.recall("yes")
    story.wait(2_000)
    story.friend("what was that?")
    story.owner("nothing")
    assert story.pairs() == [("recalled", "yes", None)]


def test_too_late_is_no_recall(story: Story) -> None:
    story.reply("yes")
    story.wait(RECALL_MS + 1)
    story.recall("yes")
    assert story.pairs() == []


def test_only_the_twins_own_words_are_recalled(story: Story) -> None:
    story.reply("yes", notice="a twin")
    log_message(
        story.db, NewMessage(story.chat, "peer", "oops", story.now, external_id="of the friend")
    )
    log_message(
        story.db, NewMessage(story.chat, "owner", "yes", story.now, external_id="of the owner")
    )
    for message in ("of the friend", "of the owner", "a twin", "unknown"):
        story.recall(message)
    assert story.pairs() == []


@pytest.mark.parametrize("ids", [True, False])
def test_the_decision_is_found_with_the_platforms_ids_and_without(story: Story, ids: bool) -> None:
    for lines in (("one", "two"), ("three",)):
        story.send(story.decide(*lines), ids=ids)
        story.wait(2_000)
    story.recall("one")
    assert story.pairs() == [("recalled", "one\ntwo", None)]


@pytest.mark.parametrize(
    ("ids", "shown", "wait"), [(True, "ok!", 0), (True, "ok", 0), (False, "ok", 60_000)]
)
def test_of_two_equal_replies_the_id_or_the_time_decides(
    story: Story, ids: bool, shown: str, wait: int
) -> None:
    for rest in ("first", "second"):
        known = f"ok {rest}"
        decision = story.decide("ok", rest)
        for piece in story.db.table("outbox").rows_where("decision_id = ?", [decision]):
            own_id = known if ids and piece["text"] == "ok" else None
            move_piece(story.db, piece["id"], "sent", external_id=own_id, now=story.now)
        message = NewMessage(story.chat, "twin", shown, story.now, external_id=known)
        log_message(story.db, message)
        story.wait(wait)
    story.recall("ok first")
    assert story.pairs() == [("recalled", "ok\nfirst", None)]


def test_a_decision_has_one_pair_and_the_first_stays(story: Story) -> None:
    story.reply("yes")
    story.owner("no")
    story.recall("yes")
    story.owner("sorry")
    assert story.pairs() == [("contradicted", "yes", "no\nsorry")]


def test_the_owners_chat_with_themselves_teaches_nothing(db: Database) -> None:
    story = Story(db, kind="self")
    story.reply("yes")
    story.owner("no")
    story.recall("yes")
    assert story.pairs() == []


def test_only_pairs_with_words_are_counted(story: Story) -> None:
    for word in ("a", "b"):
        story.reply(word)
        story.owner("no")
        story.wait(CONTRADICTION_MS + 1)
    edit_draft(story.db, story.decide("c", state="draft"), "d", now=story.now)
    story.reply("e")
    story.recall("e")
    assert count_corrections(story.db) == {"contradicted": 2, "edited": 1}
    story.db.execute("UPDATE corrections SET chosen = ' \n' WHERE how = 'edited'")
    assert count_corrections(story.db) == {"contradicted": 2}


def test_pairs_are_forgotten_with_their_chat(db: Database) -> None:
    stories = [Story(db), Story(db, kind="group")]
    for story in stories:
        story.reply(f"yes {story.kind}")
        story.owner("no")
    forget_chat(db, stories[0].chat)
    assert stories[1].pairs() == [("contradicted", "yes group", "no")]
