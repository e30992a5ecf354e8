"""What browsers fetch to install the pages: complete, in their language, and no secret."""

import re
import struct
from pathlib import Path

from tests.twin.dashboard.stage import Stage
from twin.dashboard.installed import PICTURES, head_of
from twin.dashboard.static import STATIC
from twin.language import Language


def side_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def test_the_manifest_names_the_pages_and_icons_that_are_there(stage: Stage) -> None:
    async with stage.http() as http:
        answer = await http.get("/manifest.webmanifest?lang=en")
        manifest = answer.json()
        assert answer.headers["content-type"] == "application/manifest+json"
        assert manifest["name"] == "AI twin"
        assert (manifest["display"], manifest["scope"], manifest["start_url"]) == (
            "standalone",
            "/",
            "/",
        )
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
        for icon in manifest["icons"]:
            picture = await http.get(icon["src"])
            assert picture.headers["content-type"] == icon["type"]
            width, height = side_of(picture.content)
            assert icon["sizes"] == f"{width}x{height}"


async def test_they_speak_the_language_of_the_page(stage: Stage) -> None:
    async with stage.http(**{"Accept-Language": "en"}) as http:
        for path in ("/manifest.webmanifest", "/offline"):
            assert '"zh-CN"' in (await http.get(f"{path}?lang=zh-CN")).text
            assert '"en"' in (await http.get(f"{path}?lang=%22%3E%3Cb%3E{'x' * 9000}")).text
            chinese = await http.get(path, headers={"Accept-Language": "zh-CN"})
            assert '"zh-CN"' in chinese.text


async def test_nothing_of_the_twin_is_in_them(stage: Stage) -> None:
    """Everybody may read them; the owner of this bot is called Wei."""
    async with stage.http() as http:
        for path in ("/manifest.webmanifest", "/offline", "/service-worker.js"):
            assert "Wei" not in (await http.get(path)).text
        shown = await http.get("/login")
    assert "Wei" not in shown.text
    assert 'rel="manifest"' in shown.text


async def test_only_icons_are_icons_and_only_they_are_kept_by_browsers(stage: Stage) -> None:
    async with stage.http() as http:
        for name in ("..%2F__init__", "%2e%2e/x", "icon-192.png", "icon", "ICON-192"):
            assert (await http.get(f"/icons/{name}.png")).status_code in (303, 404), name
        for path in ("/manifest.webmanifest", "/offline", "/service-worker.js"):
            assert (await http.get(path)).headers["cache-control"] == "no-store"
        assert "max-age" in (await http.get("/icons/icon-192.png")).headers["cache-control"]


def test_the_frame_of_the_browser_has_the_colour_that_was_chosen() -> None:
    chosen = head_of(Language("en"), "dark")
    assert re.findall(r'theme-color" content="(#\w+)">', chosen) == ["#1e212c"]
    assert head_of(Language("en"), "auto").count("prefers-color-scheme") == 2


def test_every_picture_is_there() -> None:
    assert {name for name in PICTURES if not Path(STATIC, f"{name}.png").exists()} == set()
