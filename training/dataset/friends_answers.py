"""What the owner's friends answered them: other people's words in the same chats."""

from dataclasses import replace

from sqlite_utils import Database

from storage.chats import list_chats
from storage.messages import Message, messages_of_chat
from training.dataset.chat_samples import mask_chat
from training.dataset.pair_chats import pair
from training.dataset.quality.filters import filter_reasons
from training.dataset.samples import Exchange
from twin.config.schema import Config
from twin.privacy.learning import not_learnt, reason_against


def friends_answers(db: Database, config: Config, most: int) -> list[str]:
    """The newest `most`, oldest first, by the rules that the owner's answers are found by.

    They come from the chats that may be learnt from, masked and filtered as the owner's are.
    """
    unlearnt = not_learnt(db, config)
    answers: list[Exchange] = []
    for chat in list_chats(db):
        if reason_against(chat, config, unlearnt) is None:
            messages = [_other_way_round(each) for each in messages_of_chat(db, chat["id"])]
            exchanges = pair(messages, chat, config).exchanges
            if config.privacy.mask:
                exchanges = [masked.exchange for masked in mask_chat(exchanges)]
            answers += [each for each in exchanges if each.untaught is None]
    newest = sorted(answers, key=lambda answer: answer.answered_at)[-most:] if most else []
    if config.dataset.rules != "classic":
        reasons = filter_reasons(newest, config.quality)
        newest = [each for each, reason in zip(newest, reasons, strict=True) if reason is None]
    return [answer.output for answer in newest]


def _other_way_round(message: Message) -> Message:
    """As the friend sees the chat: their own words are the owner's place, the twin's a peer's."""
    return replace(message, origin="owner" if message.origin == "peer" else "peer")
