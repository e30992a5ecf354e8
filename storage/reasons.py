"""Reason codes that are stored: why a burst was closed, why a run began or ended.

Some have a value, as in "quiet hours: 23:30-07:30". The command line shows them as they are, the
owner's pages translate the code; a value needs no translation or is a code itself.
"""

from enum import StrEnum


class Reason(StrEnum):
    """No code holds a colon. What has a value ends in ": {}"."""

    def of(self, value: object) -> str:
        return self.format(value)


class BurstReason(Reason):
    """Why a friend's burst was answered, or was not."""

    ANSWERED = "answered"
    HEDGED = "said that it does not know, since nothing it remembers answers the question"
    UNSUPPORTED = "nothing it remembers answers the question"
    BY_OWNER = "the owner answered"
    PAUSED = "paused"
    ALL_PAUSED = "everything is paused"
    MODE_OFF = "mode is off"
    MODE_LOG = "mode is log"
    MODE_DRAFT = "mode is draft"
    SELF = "the owner's chat with themselves"
    NOT_MENTIONED = "a group, and the owner was not mentioned"
    LOOP = "it looks like another bot"
    QUIET_HOURS = "quiet hours: {}"  # which
    FEW_JUDGED = "too few answers in the blind test of this chat: {}"  # how many
    # at least so often was the twin taken for the owner, and that is too little
    TOLD_APART = "the blind test of this chat does not allow auto: {}"  # as in 12%
    MOST_IN_HOUR = "messages in this chat within an hour: {}"  # how many
    MOST_IN_DAY = "messages within a day: {}"  # how many
    TOO_OLD = "too old to be answered"
    RECALLED = "taken back by the friend"  # what else they wrote is still to be answered
    EDITED = "changed by the friend"  # the new words are still to be answered
    TOO_LATE_THERE = "the platform takes answers only for so many hours: {}"  # how many
    OWNER_MUST_WRITE = "the platform takes nothing there before the owner writes again"
    NOT_SHARED = "the platform gives no access to this chat"
    NOT_ALONE = "the chat of the owner with themselves has other people in it"
    STICKER_GONE = "the sticker that it would send is gone"
    NO_KEYS = "the chat is encrypted, and the twin has no keys for it"
    LEFT = "left unanswered as the owner would, whose chance to answer is: {}"  # in percent
    LEFT_BY_OWNER = "answered though the owner would leave it, whose chance to answer is: {}"
    DRAFT_LEFT_BY_OWNER = "a draft though the owner would leave it, whose chance to answer is: {}"
    NOTHING = "nothing to answer"
    UNREAD = "a draft, since this was not read: {}"  # kinds of messages, as in voice, image
    ANSWERED_UNREAD = "answered though this was not read: {}"
    UNREAD_ALONE = "nothing to answer, since this was not read: {}"
    EMPTY = "the reply was empty"
    HELD_BACK = "the reply was held back: {}"  # the guard's topic
    WAITS = "waits for the owner: {}"  # the guard's topic
    FAILED = "generating failed: {}"  # the kind of error


class RunReason(Reason):
    """Why a training run was begun."""

    NIGHTLY = "nightly"
    CATCHING_UP = "catching up after so many days: {}"  # how many
    FORGOTTEN = "a chat was forgotten"
    ORDERED = "ordered by the owner"
    MANUAL = "manual"


class RunEnd(Reason):
    """Why a run made no adapter. Other errors are stored as their message."""

    UNCHANGED = "unchanged since run: {}"  # its number
    # as in 5 < 30
    FEW_MESSAGES = "fewer new messages of yours than [schedule] min_new_messages: {}"
    FEW_SAMPLES = (  # as in 5 < 20
        "too few samples to train on, import more chats or lower [train] min_samples: {}"
    )
    DIED = "the process died"
    STOPPED = "stopped before it was done; it goes on from its last checkpoint"
    SILENT = "no sign of life for [schedule] silent_minutes: {}"  # how many
    TOO_LONG = "took longer than [schedule] timeout_hours: {}"  # how many
    NEVER_BEGAN = "it ended before it began; the log says why"


class ErrorReason(Reason):
    """The errors that are most frequent on the owner's pages; see `TwinError.reason`."""

    BUSY = "another program is writing to the database"
    DATABASE_GONE = "the database was removed: {}"  # its file
    DATABASE_REPLACED = "the database was replaced by another file: {}"  # its file
    DATABASE_DAMAGED = "the database is damaged: {}"  # its file
    DATABASE_READ_ONLY = "the database can't be written: {}"  # its file
    DATABASE_UNREADABLE = "the database can't be read or written: {}"  # its file
    DISK_FULL = "the disk is full, nothing can be kept: {}"  # the database's file
    NO_CHAT = "no such chat: {}"  # its number
    NO_RUN = "no such run: {}"  # its number
    NO_FRIEND_NAME = "a friend needs a name"
    NO_LINK = "a chat that has no link: {}"  # its name
    OWN_CHAT = "the owner's chat with themselves stays as it is"
    NO_WORDS = "no words to send"
    NO_PAIR = "a pair of the blind test that is gone"
    NOT_ONE_FRIEND = "not a chat with one friend: {}"  # its name
    NOT_THE_TWINS = "not a message of the twin"
    CANT_SEND = "nothing can be sent there: {}"  # the chat's name
    NO_ADAPTER = "no such adapter: {}"  # its name
    ADAPTER_FORGOTTEN = "the adapter learnt from a forgotten chat: {}"  # its name
    ADAPTER_PRUNED = "the adapter's files were deleted: {}"  # its name
    ADAPTER_OF_OTHER_BASE = "the adapter was made for another base model: {}"  # which
    ADAPTER_UNREADABLE = "the adapter can't be read: {}"  # its folder
    NO_ADAPTER_BEFORE = "no adapter was live before"
    NO_TRAINING = "training is switched off"
    RUN_GOING = "a run is going"
    NO_ANSWER = "generating failed here: {}"  # the kind of error
    NO_ROOM = "no room for another model"
    NOT_A_NUMBER = "not a number: {}"  # what was typed
    CANT_KEEP_SETTINGS = "the settings can't be kept: {}"  # the system's word
