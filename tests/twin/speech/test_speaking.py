"""Answers to voices are spoken, with the owner's consent, and written where that fails."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from storage.errors import InputError
from storage.messages import messages_of_chat
from storage.speech_consents import (
    SpeechConsent,
    record_speech_consent,
    speech_consent,
    withdraw_speech_consent,
)
from tests.twin.driver import Bot, MakeBot
from tests.twin.fakes import FakeConnector, FakeTime
from twin.config.speech_section import SpeechSettings
from twin.connectors.base import Capabilities, MessageReceived
from twin.speech.consent import take_consent
from twin.speech.server import KEY_VARIABLE, SpeechServer
from twin.speech.speaker import LONGEST, is_sayable

SOUND = b"OggS" + b"\0" * 50
AVIF = b"\0\0\0\x20ftypavif" + b"x" * 3000
TYPED_FOR_SECONDS = "two and something more that is typed for some seconds"


class FakeServer:
    """`POST /v1/audio/speech` of an OpenAI-compatible server."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answer: tuple[int, bytes] = (200, SOUND)
        self.url = ""

    async def speech(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        status, body = self.answer
        headers = {"Location": "/elsewhere"} if status == 302 else {}
        return web.Response(status=status, body=body, headers=headers)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    app = web.Application()
    app.router.add_post("/v1/audio/speech", fake.speech)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


def settings(server: FakeServer, **more: Any) -> SpeechSettings:
    return SpeechSettings(**({"server": server.url, "voice": "olga"} | more))


async def test_what_goes_there_and_nothing_else(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k-1")
    assert await SpeechServer(settings(server, model="m")).say("bis später") == SOUND
    assert server.asked == [
        {"model": "m", "voice": "olga", "input": "bis später", "response_format": "opus"}
    ]
    assert server.keys == ["Bearer k-1"]


@pytest.mark.parametrize(
    "answer",
    [(500, b""), (401, b"{}"), (302, b""), (200, b""), (200, b"<html>"), (200, b"OggS" * 2**20)],
)
async def test_what_is_no_sound_is_none(server: FakeServer, answer: tuple[int, bytes]) -> None:
    server.answer = answer
    assert await SpeechServer(settings(server)).say("hi") is None


async def test_a_server_that_is_not_there_or_outside_is_not_asked(server: FakeServer) -> None:
    for address in ("http://127.0.0.1:9", "http://8.8.8.8:80"):
        assert await SpeechServer(SpeechSettings(server=address, voice="x")).say("hi") is None


@pytest.mark.parametrize(
    ("text", "sayable"),
    [
        ("see you at eight", True),
        ("八点见", True),
        ("👍", False),
        ("", False),
        ("look: https://example.org", False),
        ("- one\n- two", False),
        ("1. one\n2. two", False),
        ("看这个b23.tv/x7", False),
        ("on www.example and", False),
        ("在Example.com上", False),
        ("write to ann@example", False),
        ("it took 3.5 hours, and/or more", True),
        ("ok...sure. 8.30?", True),
        ("a " * LONGEST, False),
    ],
)
def test_what_people_would_say(text: str, sayable: bool) -> None:
    assert is_sayable(text) == sayable


def with_voice(make_bot: MakeBot, *, voices: bool = True, **speech: Any) -> Bot:
    can = Capabilities(discloses=True, voices=voices)
    return make_bot(FakeConnector(capabilities=can), speech={"voice": "olga"} | speech)


def agree(bot: Bot) -> None:
    record_speech_consent(bot.db, SpeechConsent("I agree.", "media/speech/a.ogg", 5))


async def says(bot: Bot, kind: str = "voice", text: str = "hello?") -> None:
    at = int(bot.time.seconds * 1000)
    event = MessageReceived("ann", "ann", "ann", "ann", text, at, kind=kind)
    await bot.inbox.handle("fake", event)


async def answering_a_voice(make_bot: MakeBot, answer: str) -> Bot:
    """With all that it takes to speak, and a friend's voice that is answered so."""
    bot = with_voice(make_bot, server="http://127.0.0.1:9")
    agree(bot)
    bot.engine.enqueue(answer)
    await says(bot, "text")
    await says(bot, text="")
    return bot


class Says:
    """In place of the server. `asked`: what it was to say."""

    def __init__(self, sound: bytes | None = SOUND) -> None:
        self.asked: list[str] = []
        self._sound = sound

    async def say(self, text: str) -> bytes | None:
        self.asked.append(text)
        return self._sound


@pytest.fixture
def says_it(monkeypatch: pytest.MonkeyPatch) -> Says:
    says = Says()
    monkeypatch.setattr(SpeechServer, "say", lambda _, text: says.say(text))
    return says


async def test_a_voice_is_answered_by_voice(
    make_bot: MakeBot, time: FakeTime, says_it: Says
) -> None:
    bot = await answering_a_voice(make_bot, "yes\nat eight 👍")
    await time.advance(60)
    assert says_it.asked == ["yes", "at eight 👍"]
    assert [message.voice for message in bot.connector.messages] == [SOUND, SOUND]
    assert bot.connector.texts == ["yes", "at eight 👍"]
    twins = [one for one in messages_of_chat(bot.db, bot.chat.id) if one.origin == "twin"]
    assert [(one.kind, one.text) for one in twins] == [("text", "yes"), ("text", "at eight 👍")]


@pytest.mark.parametrize(
    "why", ["no consent", "withdrawn", "no server", "no voice", "cannot", "a text", "a failure"]
)
async def test_else_it_is_written(
    make_bot: MakeBot, time: FakeTime, says_it: Says, why: str
) -> None:
    server = "" if why == "no server" else "http://127.0.0.1:9"
    voice = "" if why == "no voice" else "olga"
    bot = with_voice(make_bot, voices=why != "cannot", server=server, voice=voice)
    if why != "no consent":
        agree(bot)
    if why == "withdrawn":
        withdraw_speech_consent(bot.db, 6)
    if why == "a failure":
        says_it._sound = None
    await says(bot, "text")
    if why != "a text":
        await says(bot, text="")
    await time.advance(60)
    assert [(one.text, one.voice) for one in bot.connector.messages] == [("ok", None)]
    assert says_it.asked == (["ok"] if why == "a failure" else [])


async def test_what_the_owner_forbids_meanwhile_is_not_even_said(
    make_bot: MakeBot, time: FakeTime, says_it: Says
) -> None:
    bot = await answering_a_voice(make_bot, f"one\n{TYPED_FOR_SECONDS}")
    await time.advance(4.5)
    await bot.receive("I am here", from_owner=True)
    await time.advance(60)
    assert len(bot.connector.messages) == 1
    assert says_it.asked[:1] == ["one"]


async def test_a_voice_whose_consent_is_withdrawn_meanwhile_is_written(
    make_bot: MakeBot, time: FakeTime, says_it: Says
) -> None:
    bot = await answering_a_voice(make_bot, TYPED_FOR_SECONDS)
    await time.advance(4.5)
    assert (says_it.asked, bot.connector.messages) == ([TYPED_FOR_SECONDS], [])
    withdraw_speech_consent(bot.db, 6)
    await time.advance(60)
    assert [(one.text, one.voice) for one in bot.connector.messages] == [(TYPED_FOR_SECONDS, None)]


def test_the_consent_is_the_owners_voice_with_its_sentence_and_time(
    bot: Bot, tmp_path: Path
) -> None:
    owner = bot.config.owner.model_copy(update={"name": "王小明"})
    config = bot.config.model_copy(update={"owner": owner})
    recording = tmp_path / "me.m4a"
    recording.write_bytes(b"\0\0\0\x20ftypM4A " + b"x" * 3000)
    taken = take_consent(bot.db, config, recording, "zh", 7)
    assert taken.sentence == "我是王小明，我同意我的分身用我的声音说话。"
    assert speech_consent(bot.db) == taken
    assert config.path_of(taken.recording).read_bytes() == recording.read_bytes()
    again = SpeechConsent("I agree.", "media/speech/b.ogg", 8)
    record_speech_consent(bot.db, again)
    assert withdraw_speech_consent(bot.db, 8) == [taken, again]
    assert speech_consent(bot.db) is None
    with pytest.raises(InputError, match="none to withdraw"):
        withdraw_speech_consent(bot.db, 9)


@pytest.mark.parametrize("content", [b"", b"OggS", b"<svg>" + b"x" * 3000, AVIF, b"x" * 11_000_000])
def test_what_is_no_recording_is_refused(bot: Bot, tmp_path: Path, content: bytes) -> None:
    owner = bot.config.owner.model_copy(update={"name": "Olga"})
    config = bot.config.model_copy(update={"owner": owner})
    (tmp_path / "me").write_bytes(content)
    for path in (tmp_path / "me", tmp_path / "gone"):
        with pytest.raises(InputError):
            take_consent(bot.db, config, path, "en", 7)
    with pytest.raises(InputError, match="name is empty"):
        take_consent(bot.db, bot.config, tmp_path / "me", "en", 7)
    assert speech_consent(bot.db) is None
