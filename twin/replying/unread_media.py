"""Files of a burst that nobody has read: how long they are waited for, and what becomes of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from storage.messages import Message
from storage.reasons import BurstReason
from twin.config.media_section import MediaSettings
from twin.prompting.media_marks import holds_words, is_media
from twin.replying.decision import Decision

# Whether files of that kind are read here.
CanRead = Callable[[str], bool]

_TELLING = ("voice", "image")  # what the answer may hang on; stickers say what their mark says


def reads_nothing(kind: str) -> bool:
    """Of a program without the parts that read files."""
    return False


def is_awaited(burst: Iterable[Message], can_read: CanRead) -> bool:
    """Whether something in it is still to be read, and perhaps to be fetched before."""
    return any(is_media(one) and one.media_text is None and can_read(one.kind) for one in burst)


def decided(
    decision: Decision, burst: Sequence[Message], media: MediaSettings, can_read: CanRead
) -> Decision:
    """The decision about a burst once nothing in it is waited for any more, by [media] unread.

    "auto": where nothing reads such files, what was written beside them is answered as though they
    were not there, and files alone are left; where something does, the owner has to look.
    """
    unread = [one for one in burst if _is_unread(one)]
    if not unread or not (decision.allowed or decision.draft):
        return decision
    telling = [one for one in unread if one.kind in _TELLING]
    is_known = any(map(_says_something, burst))
    if is_known and not telling:
        return decision
    kinds = ", ".join(dict.fromkeys(one.kind for one in telling or unread))
    treatment = media.unread
    if treatment == "auto":
        is_read_here = any(can_read(one.kind) for one in telling)
        treatment = "draft" if is_read_here else "answer"
        if not is_known and not is_read_here:
            return Decision(False, BurstReason.UNREAD_ALONE.of(kinds))
    if treatment == "draft" and decision.allowed:
        return Decision(False, BurstReason.UNREAD.of(kinds), draft=True)
    if decision.reason == BurstReason.ANSWERED:
        return replace(decision, reason=BurstReason.ANSWERED_UNREAD.of(kinds))
    return decision


def _says_something(message: Message) -> bool:
    """A picture that was read does, whatever was found in it."""
    if message.kind == "text" or _is_unread(message):
        return holds_words(message)
    return is_media(message)


def _is_unread(message: Message) -> bool:
    is_read = message.media_text is not None and message.media_failure is None
    return is_media(message) and not is_read
