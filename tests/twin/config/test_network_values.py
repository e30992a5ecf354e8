"""Hosts, proxies and origins in the settings."""

from collections.abc import Callable

import pytest

from twin.config.network_values import host_name, network, origin


@pytest.mark.parametrize(
    ("check", "given", "kept"),
    [
        (host_name, "twin.example.org", "twin.example.org"),
        (host_name, " Twin.Example.org. ", "twin.example.org"),
        (host_name, "我的分身.中国", "xn--kbrx40bznpxyw.xn--fiqs8s"),
        (host_name, "my_nas", "my_nas"),
        (network, "127.0.0.1", "127.0.0.1"),
        (network, "172.16.0.0/12", "172.16.0.0/12"),
        (network, "fd00::/8", "fd00::/8"),
        (origin, "*", "*"),
        (origin, "https://Chat.example.org/", "https://chat.example.org"),
        (origin, "https://chat.example.org:443", "https://chat.example.org"),
        (origin, "http://localhost:3000", "http://localhost:3000"),
        (origin, "http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_value_in_its_one_form(check: Callable[[str], str], given: str, kept: str) -> None:
    assert check(given) == kept


@pytest.mark.parametrize(
    ("check", "given"),
    [
        *((host_name, text) for text in ("", "*", "https://a.example", "a.example:80", "a b")),
        *((host_name, text) for text in ("*.a.example", "a..b", "a\nb", "a\x1b[2Jb", "x" * 254)),
        (host_name, "-a"),
        *((network, text) for text in ("", "*", "proxy", "0.0.0.0/0", "::/0", "127.0.0.1/8")),
        *((origin, text) for text in ("", "null", "a.example", "ftp://a.example", "https://")),
        *((origin, text) for text in ("https://a.example/x", "https://u@a.example", "http://[")),
        *((origin, text) for text in ("https://a.example:x", "https://*", "https://a\nb")),
    ],
)
def test_what_is_none_is_refused(check: Callable[[str], str], given: str) -> None:
    with pytest.raises(ValueError, match=r"write it|write the|anybody"):
        check(given)
