import pytest

from twin.public_addresses import is_public, stays_inside


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1"),
        *("::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "ff02::1"),
        *("::127.0.0.1", "::10.0.0.1", "64:ff9b:1::a00:1", "fec0::1"),
    ],
)
def test_addresses_of_ones_own_network(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.1.1", "::1", "fe80::1%eth0", "fd00::2"],
)
def test_addresses_to_which_words_stay_inside(address: str) -> None:
    assert stays_inside(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "224.0.0.1", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
        *("ff02::1", "64:ff9b:1::808:808"),
    ],
)
def test_addresses_to_which_words_leave(address: str) -> None:
    assert not stays_inside(address)


@pytest.mark.parametrize("address", ["142.250.1.1", "2a00:1450:4001::1", "64:ff9b::8.8.8.8"])
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)
