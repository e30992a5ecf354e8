"""Log in: who may, for how long, and how often they may try."""

import os
import stat
from pathlib import Path

import httpx
import pytest

from storage.errors import InputError
from storage.invites import create_invite
from tests.twin.dashboard.stage import PASSWORD, QUICK, Stage, staged
from twin.config.schema import Config, WebSettings
from twin.dashboard.auth.guesses import PER_ADDRESS, WITHIN_S
from twin.dashboard.auth.middleware import COOKIE
from twin.dashboard.auth.password import FILE_NAME, PasswordFile, require_password

HOUR_S = 3600.0


async def test_without_a_session_everything_leads_to_the_login(stage: Stage) -> None:
    async with stage.http() as http:
        first = await http.get("/")
        deep = await http.get("/no/such/page")
        program = await http.get("/", headers={"Accept": "*/*"})
    assert (first.status_code, first.headers["location"]) == (303, "/login")
    assert deep.headers["location"] == "/login?next=/no/such/page"
    assert program.status_code == 401


async def test_the_password_opens_and_logging_out_closes(stage: Stage) -> None:
    async with stage.http() as http:
        answer = await stage.log_in(http)
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert (await http.get("/")).status_code == 200
        kept = http.cookies[COOKIE]
        await http.post("/logout")
        assert (await http.get("/")).status_code == 303
        # The cookie itself is worth nothing any more.
        assert (await http.get("/", headers={"Cookie": f"{COOKIE}={kept}"})).status_code == 303
    assert kept not in str(stage.db.execute("SELECT * FROM owner_sessions").fetchall())


@pytest.mark.parametrize("proxies", [(), ("127.0.0.1",)])
async def test_behind_https_the_cookie_is_for_https_alone(
    tmp_path: Path, proxies: tuple[str, ...]
) -> None:
    async with (
        staged(tmp_path, proxies=proxies) as stage,
        stage.http(**{"X-Forwarded-Proto": "https"}) as http,
    ):
        cookie = (await stage.log_in(http)).headers["set-cookie"]
        assert ("Secure" in cookie) is bool(proxies)


async def test_a_session_ends_when_nobody_comes_and_after_a_month(stage: Stage) -> None:
    async with stage.http() as http:
        await stage.log_in(http)
        stage.time.seconds += 23 * HOUR_S
        assert (await http.get("/")).status_code == 200
        stage.time.seconds += 23 * HOUR_S
        assert (await http.get("/")).status_code == 200
        stage.time.seconds += 25 * HOUR_S
        assert (await http.get("/")).status_code == 303
        await stage.log_in(http)
        for _ in range(31):
            stage.time.seconds += 23.5 * HOUR_S
            last = await http.get("/")
        assert last.status_code == 303


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example"])
async def test_the_login_leads_to_pages_of_ours_alone(stage: Stage, back: str) -> None:
    async with stage.http() as http:
        answer = await http.post("/login", data={"password": PASSWORD, "next": back})
        assert answer.headers["location"] == "/"


async def test_an_empty_folder_begins_with_the_set_up(stage: Stage) -> None:
    stage.config.path.touch()
    async with stage.http() as http:
        assert (await stage.log_in(http)).headers["location"] == "/setup"
        create_invite(stage.db, "Ann")
        assert (await stage.log_in(http)).headers["location"] == "/"


async def test_guessing_is_slow(stage: Stage) -> None:
    async with stage.http() as http:
        answers = [(await stage.log_in(http, "guess")).status_code for _ in range(PER_ADDRESS)]
        assert answers == [403] * PER_ADDRESS
        assert (await stage.log_in(http)).status_code == 429
        stage.time.seconds += WITHIN_S
        assert (await stage.log_in(http)).status_code == 303


async def test_a_new_password_logs_out_everywhere(stage: Stage) -> None:
    async with stage.http() as http, stage.http() as elsewhere:
        await stage.log_in(http)
        await stage.log_in(elsewhere)
        assert 'name="current"' in (await http.get("/password")).text
        chinese = await http.get("/password", headers={"Accept-Language": "zh-CN"})
        assert ">返回设置</a>" in chinese.text
        form = {"current": PASSWORD, "password": "another one", "again": "another one"}
        short = {"password": "short", "again": "short"}
        for wrong, refused in (({"current": "guess"}, 403), ({"again": "typo"}, 400), (short, 400)):
            assert (await http.post("/password", data=form | wrong)).status_code == refused
        assert (await elsewhere.get("/")).status_code == 200
        answer = await http.post("/password", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
        assert (await http.get("/")).status_code == 200
        assert (await elsewhere.get("/")).status_code == 303
        assert (await stage.log_in(elsewhere)).status_code == 403
        assert (await stage.log_in(elsewhere, "another one")).status_code == 303


async def test_the_current_password_can_not_be_guessed_in_an_open_page(stage: Stage) -> None:
    async with stage.http() as http:
        await stage.log_in(http)
        form = {"current": "guess", "password": "another one", "again": "another one"}
        tried = [(await http.post("/password", data=form)).status_code for _ in range(PER_ADDRESS)]
        assert tried == [403] * PER_ADDRESS
        form["current"] = PASSWORD
        assert (await http.post("/password", data=form)).status_code == 429


async def test_the_first_password_is_set_by_the_link_in_the_terminal(tmp_path: Path) -> None:
    async with staged(tmp_path, password=None) as stage, stage.http() as http:
        assert "bot.py password" in (await http.get("/login")).text
        assert (await stage.log_in(http)).status_code == 403
        link = stage.auth.first_password_token or ""
        form = {"password": PASSWORD, "again": PASSWORD, "token": link}
        assert (await http.get(f"/first-password?token={link}")).status_code == 200
        for wrong in ({"token": "guess"}, {"token": ""}):
            assert (await http.post("/first-password", data=form | wrong)).status_code == 403
        assert (
            await http.post("/first-password", data=form | {"again": "typo"})
        ).status_code == 400
        short = {"password": "short", "again": "short"}
        assert (await http.post("/first-password", data=form | short)).status_code == 400
        # From another machine the link is nothing.
        elsewhere = {"X-Forwarded-For": "192.0.2.7"}
        assert (await http.post("/first-password", data=form, headers=elsewhere)).status_code == 403
        assert (await http.post("/first-password", data=form)).status_code == 303
        assert (await http.get("/")).status_code == 200
        assert (await http.post("/first-password", data=form)).status_code == 403


async def test_a_form_is_limited(stage: Stage) -> None:
    async with stage.http() as http:
        answer: httpx.Response = await http.post(
            "/login", data={"password": PASSWORD, "x": "x" * 10_000}
        )
        assert answer.status_code == 403


def test_the_password_is_kept_as_a_hash_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = PasswordFile(tmp_path, QUICK)
    assert not file.verify("")
    file.set(PASSWORD)
    path = tmp_path / FILE_NAME
    assert path.read_text().startswith("$argon2id$")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert file.verify(PASSWORD)
    assert not file.verify("guess")
    file.set("half an emoji \ud83d\0")
    assert file.verify("half an emoji \ud83d")
    path.write_text("damaged")
    assert not file.verify(PASSWORD)


@pytest.mark.parametrize(
    "reached",
    [
        *({"host": host} for host in ("0.0.0.0", "192.0.2.1", "::", "example.org")),
        {"proxies": ["127.0.0.1"]},
    ],
)
def test_others_can_reach_no_pages_without_a_password(
    tmp_path: Path, reached: dict[str, object]
) -> None:
    def config(**web: object) -> Config:
        settings = WebSettings.model_validate(reached | web)
        return Config(path=tmp_path / "config.toml", data=tmp_path, web=settings)

    with pytest.raises(InputError, match=r"bot\.py password"):
        require_password(config())
    require_password(config(dashboard=False))
    PasswordFile(tmp_path, QUICK).set(PASSWORD)
    require_password(config())
