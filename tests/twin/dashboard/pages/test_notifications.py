"""A browser's service worker says that its push service gave it another address."""

import json
from dataclasses import asdict, replace

from storage.push_devices import list_devices
from tests.twin.dashboard.stage import Stage
from tests.twin.push.fake_service import FakeBrowser

PATH = "/notifications/renewed"
JSON = {"Content-Type": "application/json"}


async def test_another_address_is_taken_for_a_device_that_is_told_alone(stage: Stage) -> None:
    was, now = FakeBrowser().subscription, FakeBrowser().subscription
    await stage.devices.add(was, "Phone", "en")
    said = {"old": was.endpoint, **asdict(now)}
    async with stage.http() as http:
        assert (await http.post(PATH, json=said)).status_code == 401
        await stage.log_in(http)
        foreign = await http.post(PATH, json=said, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        for wrong in (
            {"endpoint": "https://192.168.1.1/x"},
            {"endpoint": "\ud800"},
            {"auth": "c2hvcnQ"},
            {"old": now.endpoint},
            {"old": "\ud800"},
        ):
            answer = await http.post(PATH, content=json.dumps(said | wrong), headers=JSON)
            assert answer.status_code == 404, wrong
        assert [one.subscription for one in list_devices(stage.db)] == [was]
        assert (await http.post(PATH, json=said)).status_code == 204
        again = said | asdict(replace(now, auth=was.auth))
        assert (await http.post(PATH, json=again)).status_code == 404
    [device] = list_devices(stage.db)
    assert (device.subscription, device.name) == (now, "Phone")
