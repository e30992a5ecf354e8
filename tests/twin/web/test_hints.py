"""What the log says of a name, a page and a proxy that the settings don't know."""

import logging

import pytest

from tests.twin.dashboard.stage import Stage
from twin.web.hints import DAY_S, MOST_A_DAY, Hints


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "twin.web.hints"]


async def test_a_refused_name_is_told_once_with_the_setting_that_lets_it_in(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.http() as http:
        for host in ("chat.example.org", "CHAT.example.org:443", "chat.example.org."):
            answer = await http.get("/login", headers={"Host": host})
            assert answer.status_code == 421
            assert answer.text.startswith("chat.example.org: not a name of this bot")
    [line] = told(caplog)
    assert "chat.example.org is refused" in line
    assert line.endswith('names = ["twin.example", "chat.example.org"]')


@pytest.mark.parametrize("host", ["a\x1b[2J.example", 'a",".example', "a\u00a0b", "<b>", "", "["])
async def test_what_can_be_no_name_is_not_repeated(
    stage: Stage, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    async with stage.http() as http:
        answer = await http.get("/login", headers={b"Host": host.encode()})
    assert answer.status_code == 421
    assert answer.text == "this: not a name of this bot; add it to [web] names in config.toml\n"
    assert told(caplog) == []


async def test_a_proxy_that_changes_the_host_is_told(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.http(Origin="https://twin.example:8443") as http:
        for _ in "ab":
            assert (await stage.log_in(http)).status_code == 403
    async with stage.http(Origin="https://x\x1b[2J") as http:
        assert (await stage.log_in(http)).status_code == 403
    [line] = told(caplog)
    assert "page https://twin.example:8443 for 127.0.0.1 is refused" in line
    assert "Host" in line


async def test_a_proxy_that_is_not_believed_is_told(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.http(**{"X-Forwarded-For": "203.0.113.9"}) as http:
        for _ in "ab":
            await http.get("/login")
    [line] = told(caplog)
    assert line.endswith('proxies = ["127.0.0.1"]')


def test_a_stranger_is_never_proposed_as_a_proxy(caplog: pytest.LogCaptureFixture) -> None:
    hints = Hints((), ())
    for address in ("8.8.8.8", "no address", "2001:4860::1"):
        hints.forwarded_by(address)
    Hints((), ("127.0.0.1",)).forwarded_by("10.0.0.1")
    assert told(caplog) == []


def test_strangers_cannot_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    now = 0.0
    hints = Hints((), (), lambda: now)
    for number in range(1000):
        hints.unknown_name(f"a{number}.example")
    assert len(told(caplog)) == MOST_A_DAY
    now += DAY_S
    hints.unknown_name("a1.example")
    assert len(told(caplog)) == MOST_A_DAY + 1
