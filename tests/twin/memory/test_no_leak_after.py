"""What was taken back, forgotten, unlinked or withdrawn is not shown from then on."""

from collections.abc import Callable, Iterable, Sequence

import pytest

from storage.chat_deletion import forget_chat, wipe
from storage.chats import upsert_chat
from storage.consent import withdraw_consent
from storage.edits import change_wording
from storage.facts import delete_facts, reject_facts, withdraw_facts
from storage.importers.merge_logged import LoggedDouble, merge_chats
from storage.messages import mark_recalled
from storage.people import link_chats, unlink_chat
from tests.twin.memory.leak_stage import ASKS_EVERYTHING, NOW, LeakStage
from tests.twin.memory.secrets_told import BEFORE_IT, EXCLUDED, SECRETS, Secret, of_place
from twin.config.schema import MemoryScope

pytestmark = pytest.mark.slow


def forget(stage: LeakStage) -> None:
    """A chat that was linked and that something was released to; its number is given again."""
    log = stage.log
    number = log.chats.pop("fred")
    link_chats(stage.db, number, log.chats["emil"])
    forget_chat(stage.db, number)
    wipe(stage.db)
    del log.persons["fred"]
    log.gone |= {one.token for one in of_place("fred")}
    log.chats["gina"] = upsert_chat(stage.db, "fake", "gina", "Gina", mode="auto").id
    log.persons["gina"] = "gina"
    assert log.chats["gina"] == number


def unlink(stage: LeakStage) -> None:
    unlink_chat(stage.db, stage.log.chats["ben-work"])
    stage.log.persons["ben-work"] = "ben-work"


def make_a_group(stage: LeakStage) -> None:
    number = stage.log.chats["ben-work"]
    stage.db.execute("UPDATE chats SET kind = 'group' WHERE id = ?", [number])
    stage.log.persons["ben-work"] = "ben-work"


def merge(stage: LeakStage) -> None:
    log = stage.log
    merge_chats(stage.db, LoggedDouble(log.chats["anna"], log.chats["ben-work"], "Anna", "Ben"))
    del log.chats["anna"]
    log.homes |= {one.token: "ben-work" for one in of_place("anna")}


def withdraw(stage: LeakStage) -> None:
    released = of_place("anna", "open", "for one")
    withdraw_facts(stage.db, [stage.log.facts[one.token] for one in released])
    stage.log.keep_in("anna")


def withdraw_from_one(stage: LeakStage) -> None:
    log = stage.log
    [one] = of_place("anna", "for one")
    withdraw_facts(stage.db, [log.facts[one.token]], [log.chats[log.shown_to.pop(one.token)]])


def reject(stage: LeakStage) -> None:
    [one] = of_place("anna", "open")
    reject_facts(stage.db, [stage.log.facts[one.token]])
    del stage.log.shown_to[one.token]


def delete(stage: LeakStage) -> None:
    [one] = of_place("anna", "open")
    delete_facts(stage.db, [stage.log.facts[one.token]])
    del stage.log.shown_to[one.token]


def recall(stage: LeakStage) -> None:
    for one in of_place("anna"):
        mark_recalled(stage.db, stage.log.chats["anna"], one.token, NOW)
        stage.log.gone.add(one.token)


def edit(stage: LeakStage) -> None:
    for one in of_place("anna"):
        number = stage.log.chats["anna"]
        change_wording(stage.db, number, one.token, one.later_wording, at=NOW)
        stage.log.gone.add(one.token)


def withdraw_the_consent(stage: LeakStage) -> None:
    withdraw_consent(stage.db, stage.log.chats["ma"], None, NOW)
    stage.log.keep_in("ma")


def block(stage: LeakStage) -> None:
    _block(stage, [one.token.upper() for one in of_place("anna")], of_place("anna"))


def block_another_sentence(stage: LeakStage) -> None:
    of_messages = [one for one in SECRETS if one.told("").startswith(BEFORE_IT)]
    _block(stage, [sentence.strip().upper() for sentence in BEFORE_IT], of_messages)


def _block(stage: LeakStage, words: Sequence[str], gone: Iterable[Secret]) -> None:
    blocking = stage.config.privacy.model_copy(update={"blocked_words": tuple(words)})
    stage.config = stage.config.model_copy(update={"privacy": blocking})
    stage.log.gone |= {one.token for one in gone}


def exclude(stage: LeakStage) -> None:
    excluding = stage.config.privacy.model_copy(update={"excluded_chats": (EXCLUDED, "ANNA")})
    stage.config = stage.config.model_copy(update={"privacy": excluding})
    stage.log.keep_in("anna")
    stage.log.keep_in("anna-2")  # of the same name


ASKING = ("ben-work", "climbers")
CHANGES: dict[str, tuple[Callable[[LeakStage], None], str]] = {
    "forgotten, and its number given again": (forget, "fred"),
    "unlinked": (unlink, "ben-work"),
    "it was a group": (make_a_group, "ben"),
    "merged into another": (merge, "anna"),
    "releases withdrawn": (withdraw, "anna"),
    "withdrawn from one": (withdraw_from_one, "anna"),
    "facts rejected": (reject, "anna"),
    "facts deleted": (delete, "anna"),
    "taken back": (recall, "anna"),
    "changed": (edit, "anna"),
    "no more consent": (withdraw_the_consent, "ma"),
    "blocked words": (block, "anna"),
    "another sentence blocked": (block_another_sentence, "anna"),
    "excluded": (exclude, "anna"),
}


@pytest.mark.parametrize(("change", "key"), CHANGES.values(), ids=CHANGES)
def test_nothing_comes_out_after_it(
    leak_stage: LeakStage, change: Callable[[LeakStage], None], key: str
) -> None:
    released = [one for one in SECRETS if leak_stage.log.shown_to.get(one.token) == key]
    secrets = [*of_place(key), *released]
    change(leak_stage)
    in_all = leak_stage.log.chats.keys()
    asking = in_all if ASKS_EVERYTHING else {key, "gina", *ASKING} & in_all
    assert leak_stage.leaks_of(SECRETS if ASKS_EVERYTHING else secrets, asking) == []
    leak_stage.index()
    again = asking if ASKS_EVERYTHING else {key, "gina"} & asking
    assert leak_stage.leaks_of(secrets, again) == []


@pytest.mark.parametrize(
    ("memory", "home", "elsewhere"),
    [
        ({"enabled": False}, set(), set()),
        ({"scopes": ()}, set(), set()),
        ({"scopes": ("chat",)}, {"owner", "friend", "open", "for one", "proposed"}, set()),
        ({"scopes": ("me",)}, {"open"}, {"open"}),
        ({"scopes": ("friend",)}, {"proposed"}, set()),
    ],
)
def test_only_what_is_switched_on_is_shown(
    leak_stage: LeakStage,
    memory: dict[str, bool | tuple[MemoryScope, ...]],
    home: set[str],
    elsewhere: set[str],
) -> None:
    changed = leak_stage.config.memory.model_copy(update=memory)
    leak_stage.config = leak_stage.config.model_copy(update={"memory": changed})
    secrets = of_place("anna", "owner", "friend", "open", "for one", "proposed")

    def shown_in(key: str) -> set[str]:
        return {one.fate for one in secrets if one.token in leak_stage.prompt(key, one.question)}

    assert (shown_in("anna"), shown_in("emil")) == (home, elsewhere)
