"""Steering the twin from a program."""

from typing import Any

import pytest

from storage.chats import get_chat, upsert_chat
from storage.edits import change_wording
from storage.media_texts import confirm_media_text, store_media_text
from storage.messages import NewMessage, log_message
from storage.outbox import approved_pieces, record_decision
from storage.preferences import FOREVER, paused_until
from storage.runs import add_metrics, fail_run, finish_run, start_run
from tests.twin.api.serving import Stage, add_adapter
from twin.api.context import ApiContext

NOW = 1_000


async def call(stage: Stage, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with stage.client(stage.manage_key) as client:
        answer = await client.request(method, f"/api{path}", json=body)
    return answer.status_code, answer.json()


def chat_of(context: ApiContext, name: str = "Ann") -> int:
    return upsert_chat(context.db, "fake", name, name).id


def draft_for(context: ApiContext) -> int:
    chat = chat_of(context)
    asked = log_message(context.db, NewMessage(chat, "peer", "coming?", NOW))
    assert asked is not None
    [piece] = record_decision(context.db, chat, asked, "mode is draft", ["sure"], state="draft")
    assert piece.decision_id is not None
    return piece.decision_id


async def test_chats_are_listed_and_found(stage: Stage) -> None:
    ann, ben = chat_of(stage.context, "Ann"), chat_of(stage.context, "Ben")
    log_message(stage.context.db, NewMessage(ben, "peer", "hi", NOW))
    _, page = await call(stage, "GET", "/chats")
    assert [(chat["id"], chat["last_message_at"]) for chat in page["chats"]] == [
        (ben, NOW),
        (ann, None),
    ]
    _, page = await call(stage, "GET", "/chats?search=nn&limit=1")
    assert ([chat["name"] for chat in page["chats"]], page["total"]) == (["Ann"], 1)


async def test_a_mode_and_a_note_are_set(stage: Stage) -> None:
    chat = chat_of(stage.context)
    status, changed = await call(stage, "PATCH", f"/chats/{chat}", {"mode": "auto", "note": "mum"})
    assert (status, changed["mode"], changed["note"]) == (200, "auto", "mum")
    _, unchanged = await call(stage, "PATCH", f"/chats/{chat}", {})
    assert unchanged == changed
    assert (await call(stage, "GET", f"/chats/{chat}"))[1] == changed


async def test_facts_are_written_released_and_taken_back(stage: Stage) -> None:
    ann, ben = chat_of(stage.context, "Ann"), chat_of(stage.context, "Ben")
    _, mine = await call(stage, "POST", "/facts", {"text": "I love tea", "kind": "food"})
    _, hers = await call(stage, "POST", "/facts", {"text": "loves gin", "chat": ann})
    assert (mine["about"], hers["about"], hers["chat_id"]) == ("owner", "friend", ann)
    path = f"/facts/{mine['id']}"
    _, released = await call(stage, "POST", f"{path}/release", {"chats": [ben]})
    assert released["chats"] == [ben]
    _, page = await call(stage, "GET", "/facts?about=owner&kind=food&state=kept")
    assert (page["total"], page["facts"][0]["chats"]) == (1, [ben])
    _, changed = await call(stage, "PATCH", path, {"text": "I love green tea"})
    assert (changed["text"], changed["valid_from"]) == ("I love green tea", mine["valid_from"])
    until = mine["valid_from"] + 1
    assert (await call(stage, "PATCH", path, {"valid_until": until}))[1]["valid_until"] == until
    assert (await call(stage, "PATCH", path, {"valid_until": None}))[1]["valid_until"] is None
    for no_date in (-(10**14), 9 * 10**14):
        for field in ("valid_from", "valid_until"):
            assert (await call(stage, "PATCH", path, {field: no_date}))[0] == 422
    assert (await call(stage, "POST", f"{path}/withdraw", {}))[1]["chats"] == []
    for act, state in (("keep", "kept"), ("reject", "rejected")):
        assert (await call(stage, "POST", f"/facts/{hers['id']}/{act}"))[1]["state"] == state
    _, page = await call(stage, "GET", f"/facts?chat={ann}&state=rejected")
    assert [fact["id"] for fact in page["facts"]] == [hers["id"]]
    assert (await call(stage, "DELETE", path))[0] == 200
    assert (await call(stage, "DELETE", path))[0] == 404
    assert (await call(stage, "POST", "/facts", {"text": "call +44 20 7946 0958"}))[0] == 409
    assert (await call(stage, "POST", f"/facts/{hers['id']}/release", {}))[0] == 409


async def test_two_chats_of_one_friend_are_linked_and_shown(stage: Stage) -> None:
    db = stage.context.db
    one, other = (upsert_chat(db, platform, "ann", "Ann").id for platform in ("fake", "qq"))
    for chat, note in ((one, "mum"), (other, "boss")):
        await call(stage, "PATCH", f"/chats/{chat}", {"note": note})
    status, refused = await call(stage, "POST", "/people", {"chats": [one, other]})
    assert status == 409
    assert "mum" in refused["error"]
    assert "boss" in refused["error"]
    wish = {"chats": [one, other], "note": "mum"}
    assert await call(stage, "POST", "/people", wish) == (200, wish)
    assert await call(stage, "GET", "/people") == (200, {"people": [wish]})
    _, page = await call(stage, "GET", "/chats?search=ann")
    assert [chat["same_friend"] for chat in page["chats"]] == [[other], [one]]
    _, alone = await call(stage, "DELETE", f"/chats/{other}/people")
    assert (alone["same_friend"], alone["note"]) == ([], "mum")
    assert (await call(stage, "POST", "/people", {"chats": [one, 99]}))[0] == 404
    assert (await call(stage, "POST", "/people", {"chats": [one]}))[0] == 422


async def test_the_owners_own_chat_stays_as_it_is(stage: Stage) -> None:
    own = upsert_chat(stage.context.db, "fake", "me", "me", kind="self").id
    status, answer = await call(stage, "PATCH", f"/chats/{own}", {"mode": "auto"})
    assert status == 409
    assert "your chat with yourself" in answer["error"]


async def test_a_chat_is_paused_and_resumed(stage: Stage) -> None:
    chat, now = chat_of(stage.context), stage.time.now()
    await call(stage, "POST", f"/chats/{chat}/pause", {"minutes": 5})
    assert get_chat(stage.context.db, chat).paused_until == now + 300_000
    await call(stage, "DELETE", f"/chats/{chat}/pause")
    assert get_chat(stage.context.db, chat).paused_until is None


async def test_everything_is_paused_and_resumed(stage: Stage) -> None:
    await call(stage, "POST", "/pause", {})
    assert paused_until(stage.context.db) == FOREVER
    await call(stage, "DELETE", "/pause")
    assert paused_until(stage.context.db) is None


async def test_a_changed_message_has_its_earlier_wordings(stage: Stage) -> None:
    db, chat = stage.context.db, chat_of(stage.context)
    log_message(db, NewMessage(chat, "peer", "at seven?", NOW, external_id="1"))
    change_wording(db, chat, "1", "at eight?", at=NOW)
    _, page = await call(stage, "GET", f"/chats/{chat}/messages")
    [message] = page["messages"]
    assert (message["text"], message["earlier"]) == ("at eight?", ["at seven?"])


async def test_a_message_has_what_was_read_in_its_file(stage: Stage) -> None:
    db, chat = stage.context.db, chat_of(stage.context)
    voice = log_message(db, NewMessage(chat, "peer", "", NOW, kind="voice", media="media/a"))
    assert voice is not None
    _, page = await call(stage, "GET", f"/chats/{chat}/messages")
    assert page["messages"][0]["media_text"] is None
    store_media_text(db, voice, "media/a", "at seven", reader="reads", at=NOW)
    confirm_media_text(db, voice, "at eight", at=NOW)
    _, found = await call(stage, "GET", "/messages?search=eight")
    [message] = found["messages"]
    assert (message["text"], message["media_text"]) == ("", "at eight")
    assert (message["media_description"], message["media_confirmed"]) == ("", True)


async def test_messages_of_all_chats_are_found(stage: Stage) -> None:
    for at, name in enumerate(("Ann", "Ben")):
        chat = chat_of(stage.context, name)
        log_message(stage.context.db, NewMessage(chat, "peer", f"今晚打球吗 {name} 😀", at))
    _, first = await call(stage, "GET", "/messages?search=打球&limit=1")
    [message] = first["messages"]
    assert (message["chat_name"], message["text"]) == ("Ben", "今晚打球吗 Ben 😀")
    _, rest = await call(stage, "GET", f"/messages?search=打球&before={message['id']}")
    assert [message["chat_name"] for message in rest["messages"]] == ["Ann"]
    for nothing in ("search=打球&before=999", "search=", "search=%25", "search=%00"):
        assert await call(stage, "GET", f"/messages?{nothing}") == (200, {"messages": []})
    status, _ = await call(stage, "GET", f"/messages?search={'x' * 201}")
    assert status == 422


async def test_messages_come_newest_first(stage: Stage) -> None:
    chat = chat_of(stage.context)
    for at in range(3):
        log_message(stage.context.db, NewMessage(chat, "peer", f"<b>{at}</b>", at))
    _, first = await call(stage, "GET", f"/chats/{chat}/messages?limit=2")
    assert [message["text"] for message in first["messages"]] == ["<b>2</b>", "<b>1</b>"]
    last = first["messages"][-1]["id"]
    _, rest = await call(stage, "GET", f"/chats/{chat}/messages?before={last}")
    assert [message["text"] for message in rest["messages"]] == ["<b>0</b>"]


@pytest.mark.parametrize(
    ("verb", "body", "says"),
    [("approve", None, ["sure"]), ("edit", {"text": "yes\nI am"}, ["yes", "I am"])],
)
async def test_a_draft_is_let_go_as_the_owner_says(
    stage: Stage, verb: str, body: Any, says: list[str]
) -> None:
    number = draft_for(stage.context)
    _, waiting = await call(stage, "GET", "/drafts")
    assert [(d["number"], d["asked"], d["lines"]) for d in waiting["drafts"]] == [
        (number, "coming?", ["sure"])
    ]
    status, _ = await call(stage, "POST", f"/drafts/{number}/{verb}", body)
    assert status == 200
    assert [piece.text for piece in approved_pieces(stage.context.db)] == says
    assert (await call(stage, "POST", f"/drafts/{number}/{verb}", body))[0] == 404


async def test_a_draft_is_dropped(stage: Stage) -> None:
    number = draft_for(stage.context)
    assert (await call(stage, "POST", f"/drafts/{number}/reject"))[0] == 200
    assert (await call(stage, "GET", "/drafts"))[1] == {"drafts": []}
    assert approved_pieces(stage.context.db) == []


async def test_a_draft_is_not_edited_into_nothing(stage: Stage) -> None:
    number = draft_for(stage.context)
    status, answer = await call(stage, "POST", f"/drafts/{number}/edit", {"text": " \n "})
    assert status == 409
    assert "no words to send" in answer["error"]


async def test_runs_are_shown_with_their_curve(stage: Stage) -> None:
    db = stage.context.db
    first, second = start_run(db, "test", 1), start_run(db, "test", 1)
    add_metrics(db, first, 1, {"loss": 2.5})
    finish_run(db, first, {"adapter": "a"})
    fail_run(db, second, "no disk")
    _, listed = await call(stage, "GET", "/runs")
    assert [(run["id"], run["state"]) for run in listed["runs"]] == [
        (second, "failed"),
        (first, "done"),
    ]
    _, shown = await call(stage, "GET", f"/runs/{first}")
    assert (shown["loss"], shown["result"]) == ([{"step": 1, "value": 2.5}], {"adapter": "a"})


async def test_training_is_ordered(stage: Stage) -> None:
    assert (await call(stage, "POST", "/runs"))[0] == 202
    assert stage.orders == ["train"]


async def test_adapters_are_promoted_when_they_can_be(stage: Stage) -> None:
    add_adapter(stage.context, "one")
    status, answer = await call(stage, "POST", "/adapters/one/promote")
    assert status == 409  # its folder is empty
    assert "not a readable adapter" in answer["error"]
    assert (await call(stage, "POST", "/adapters/none/promote"))[0] == 404


async def test_going_back_goes_back(stage: Stage) -> None:
    for name in ("one", "two"):
        add_adapter(stage.context, name)
    assert (await call(stage, "POST", "/adapters/rollback"))[0] == 200
    _, listed = await call(stage, "GET", "/adapters")
    assert [(a["name"], a["status"]) for a in listed["adapters"]] == [
        ("two", "rejected"),
        ("one", "live"),
    ]
    status, answer = await call(stage, "POST", "/adapters/rollback")
    assert status == 409
    assert "no adapter was live before" in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/chats/99", None, 404),
        ("GET", "/chats/0", None, 422),
        ("GET", f"/chats/{2**63}", None, 422),
        ("GET", "/chats/99/messages", None, 404),
        ("PATCH", "/chats/99", {"mode": "auto"}, 404),
        ("PATCH", "/chats/1", {"mode": "on"}, 422),
        ("PATCH", "/chats/1", {"mod": "auto"}, 422),
        ("POST", "/pause", {"minutes": 0}, 422),
        ("POST", "/pause", {"minutes": "5"}, 422),
        ("GET", "/runs/99", None, 404),
        ("GET", "/chats?limit=1000", None, 422),
    ],
)
async def test_what_is_wrong_is_said_in_one_line(
    stage: Stage, method: str, path: str, body: Any, status: int
) -> None:
    chat_of(stage.context)
    got, answer = await call(stage, method, path, body)
    assert got == status
    assert answer.keys() == {"error"}
    assert "\n" not in answer["error"]


@pytest.mark.parametrize("field", ["mod", "str", "list[1]"])
async def test_an_unknown_field_is_named(stage: Stage, field: str) -> None:
    chat_of(stage.context)
    _, answer = await call(stage, "PATCH", "/chats/1", {field: "auto"})
    assert answer == {"error": f"{field}: Extra inputs are not permitted"}


async def test_the_description_holds_the_rest_api_alone(stage: Stage) -> None:
    _, document = await call(stage, "GET", "/openapi.json")
    assert [server["url"] for server in document["servers"]] == ["/api"]
    operations = [o for path in document["paths"].values() for o in path.values()]
    assert len(operations) == 31
    assert all(operation["description"] for operation in operations)
    assert all(operation["security"] for operation in operations)


async def test_why_something_was_said_and_from_which_memory(stage: Stage) -> None:
    db, chat = stage.context.db, chat_of(stage.context)
    old = log_message(db, NewMessage(chat, "owner", "my boss is Marge", 5)) or 0
    asked = log_message(db, NewMessage(chat, "peer", "who is your boss?", NOW)) or 0
    record_decision(db, chat, asked, "mode is draft", ["marge"], state="draft", memory=[old])
    shown = [{"id": old, "chat_id": chat, "sent_at": 5, "text": "my boss is Marge"}]
    _, page = await call(stage, "GET", f"/chats/{chat}/decisions?limit=1")
    [decision] = page["decisions"]
    assert decision["memory"] == shown
    assert (decision["asked"], decision["said"]) == (
        ["who is your boss?"],
        [{"text": "marge", "state": "draft", "sticker_of": None}],
    )
    _, page = await call(stage, "GET", "/drafts")
    assert page["drafts"][0]["memory"] == shown
    assert (await call(stage, "GET", "/chats/99/decisions"))[0] == 404
