"""The settings page in a real Chromium: what is typed is stored in the file, or refused."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from storage.errors import InputError
from tests.chromium import chromium, needs_chromium
from tests.twin.dashboard.stage import DESKTOP, PHONE, Stage
from twin.config.edit import FIELDS
from twin.config.fields import all_settings
from twin.config.load import load_config
from twin.dashboard.pages.settings import SECTIONS

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}\u202e"
FILE = f"""# mine
[owner]
name = '{HOSTILE}' # me

[policy]
max_per_day = 7 # a week

[connectors.wechaty]
token = "s3cret"
"""


def _write(path: Path) -> None:
    path.write_text(FILE, "utf-8")


def _text(path: Path) -> str:
    return path.read_text("utf-8")


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@needs_chromium
async def test_settings_are_kept_or_refused_at_the_field(
    stage: Stage, size: tuple[int, int]
) -> None:
    path = stage.config.path
    _write(path)
    async with chromium() as browser:
        page = await stage.visit(browser, "/settings", size)
        await expect(page.locator("h1")).to_have_text("Settings")
        await expect(page.locator("#owner-name")).to_have_value(HOSTILE)
        assert "s3cret" not in await page.content()
        assert await page.locator("#web-host").count() == 0

        search = page.get_by_label("Search settings")
        await search.fill("MAX_PER_DAY")
        await expect(page.locator("#policy-max_per_day")).to_be_visible()  # its fold is open
        await expect(page.locator("#owner-name")).to_be_hidden()
        await search.fill("no such words")
        await expect(page.get_by_text("No setting has these words.")).to_be_visible()
        await search.fill("")
        await expect(page.locator("#owner-name")).to_be_visible()
        await expect(page.locator("#policy-max_per_day")).to_be_hidden()

        note = page.locator("#privacy-excluded_chats-note")
        await expect(note.locator("code")).to_have_text(["bot.py chats list", "bot.py chats set"])
        await expect(note).not_to_contain_text("`")

        await page.get_by_text("[policy]").click()
        await expect(page.locator("#policy-max_per_day-note")).to_contain_text("Default: 100")
        await page.locator("#policy-max_per_day").fill("none")
        await page.locator("#policy-max_per_day").press("Tab")
        await expect(page.locator("#policy-max_per_day-said")).to_contain_text("not a number")
        await page.locator("#policy-max_per_day").fill("0")
        await page.locator("#policy-max_per_day").press("Tab")
        said = page.locator("#policy-max_per_day-said")
        await expect(said).to_contain_text("greater than or equal to 1")
        await expect(page.locator("#policy-max_per_day")).to_have_value("0")
        await expect(page.locator("#policy-max_per_day")).to_have_attribute("aria-invalid", "true")
        assert _text(path) == FILE

        await page.locator("#policy-max_per_day").fill("9")
        await page.locator("#policy-max_per_day").press("Tab")
        await expect(said).to_have_text("Saved.")
        await page.locator("#policy-guard").uncheck()
        await expect(page.locator("#policy-guard-said")).to_have_text("Saved.")
        waiting = page.get_by_text("Takes effect after a restart: ")
        await expect(waiting).to_contain_text("Most messages in 24 hours, Guard")
        config = load_config(path)
        assert (config.policy.max_per_day, config.policy.guard) == (9, False)
        text = _text(path)
        assert "max_per_day = 9 # a week\nguard = false\n" in text
        assert text.startswith(f"# mine\n[owner]\nname = '{HOSTILE}' # me\n")

        await page.get_by_text("[dataset]").click()
        await page.locator("#dataset-rules").select_option("classic")
        await expect(page.locator("#dataset-rules-said")).to_have_text("Saved.")
        await page.get_by_text("[privacy]").click()
        await page.locator("#privacy-blocked_words").fill(f"{HOSTILE}\n\n罗宾\n")
        await page.locator("#privacy-blocked_words").press("Tab")
        await expect(page.locator("#privacy-blocked_words-said")).to_have_text("Saved.")
        config = load_config(path)
        assert config.dataset.rules == "classic"
        assert config.privacy.blocked_words == (HOSTILE, "罗宾")
        await page.reload()
        await expect(page.locator("#dataset-rules")).to_have_value("classic")
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_every_setting_has_a_place_on_the_page() -> None:
    assert [one.key for one in all_settings()] == list(FIELDS)
    assert {one.section for one in all_settings()} == set(SECTIONS)


def test_what_is_shown_is_read_as_the_same_value(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    config = load_config(path)
    for one in all_settings():
        value = one.value_in(config)
        if one.kind == "switch":
            assert one.read(value) == value
        else:
            read = one.read(one.typed(value))
            assert (tuple(read) if one.kind == "list" else read) == value


def test_a_number_that_the_night_may_choose_is_typed_as_a_word_too() -> None:
    one = next(one for one in all_settings() if one.key == "reply.top_p")
    assert (one.kind, one.choices) == ("number", ("auto",))
    assert [one.read(typed) for typed in (" Auto ", "auto", "0.9")] == ["auto", "auto", 0.9]


def test_what_is_no_number_is_told_in_one_line() -> None:
    one = next(one for one in all_settings() if one.key == "reply.top_p")
    with pytest.raises(InputError, match=r"^reply\.top_p = 'much': not a number$"):
        one.read("much")
