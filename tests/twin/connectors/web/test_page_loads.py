"""Pages that are loaded too often."""

from pathlib import Path

import httpx
import pytest

from storage.database import open_database
from storage.invites import create_invite
from tests.twin.connectors.web.serving import FriendsPage
from tests.twin.test_inbox import Notes
from twin.connectors.web.page_loads import LOADS_PER_LINK
from twin.inbox import Inbox
from twin.web.secret_links import LOADS_PER_ADDRESS, WINDOW_S

pytestmark = pytest.mark.server


async def test_a_link_and_an_address_have_a_limit_each(tmp_path: Path) -> None:
    db, now = open_database(tmp_path / "twin.db"), [0.0]
    (ann, _), (bob, _) = create_invite(db, "Ann"), create_invite(db, "Bob")
    page = FriendsPage(db, clock=lambda: now[0])
    async with (
        page.run(Inbox(db, Notes()).handle),
        httpx.AsyncClient(base_url=page.server.address) as http,
    ):

        async def load(token: str) -> int:
            return (await http.get(f"/c/{token}")).status_code

        assert {await load(ann) for _ in range(LOADS_PER_LINK)} == {200}
        refused = await http.get(f"/c/{ann}", headers={"Accept-Language": "zh"})
        assert (refused.status_code, refused.headers["refresh"]) == (429, "60")
        assert "稍" in refused.text
        guesses = [await load(f"guess-{number}") for number in range(LOADS_PER_ADDRESS + 1)]
        assert guesses == [404] * LOADS_PER_ADDRESS + [429]
        assert await load(bob) == 200  # whose link is good is not held up by guesses
        now[0] += WINDOW_S
        assert await load(ann) == 200
