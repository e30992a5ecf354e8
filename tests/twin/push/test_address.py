"""Addresses that a page hands in: only push services on the internet are asked."""

import socket

import pytest
from aiohttp.abc import ResolveResult

from storage.errors import InputError
from twin.push.address import LONGEST, PublicResolver, service_address

TAKEN = [
    "https://fcm.googleapis.com/fcm/send/abc:APA91b_x-y",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
    "https://web.push.apple.com/QABC",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYA%2fabc%3d",
    "https://push.example:443/x",
]
REFUSED = [
    "",
    "x",
    "http://push.example/x",
    "ftp://push.example/x",
    "https:///x",
    "https://push.example:8443/x",
    "https://user@push.example/x",
    "https://user:word@push.example/x",
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://127.1./x",
    "https://0177.0.0.1/x",
    "https://printer.0x7f000001/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://localhost/x",
    "https://printer/x",
    "https://push.example@127.0.0.1/x",
    "https://push.example\\@127.0.0.1/x",
    "https://push.example/a b",
    "https://push.example/\r\nHost: x",
    "https://пуш.example/x",
    "https://push..example/x",
    "https://push.example:port/x",
    "https://" + "a" * LONGEST + ".example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("endpoint", TAKEN)
def test_as_it_was_given_it_is_asked(endpoint: str) -> None:
    assert str(service_address(endpoint)).replace(":443", "") == endpoint.replace(":443", "")


@pytest.mark.parametrize("endpoint", REFUSED)
def test_what_is_no_push_service(endpoint: str) -> None:
    with pytest.raises(InputError, match="address that is not taken"):
        service_address(endpoint)


def lead_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    async def resolve(_: object, host: str, port: int, family: int) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for one in hosts
        ]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)


async def test_a_name_that_leads_into_the_own_network_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = PublicResolver()
    lead_to(monkeypatch, "10.0.0.1", "142.250.1.1")
    assert [one["host"] for one in await resolver.resolve("x.example", 443)] == ["142.250.1.1"]
    lead_to(monkeypatch, "10.0.0.1", "::1")
    with pytest.raises(OSError, match="no public address"):
        await resolver.resolve("x.example", 443)
