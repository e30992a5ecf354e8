"""The twin's device, signed with the owner's recovery key."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.errors import InputError, TwinError
from tests.twin.connectors.matrix.devices import Device, new_name
from tests.twin.connectors.matrix.owner_keys import recovery_key, set_up, trusts
from tests.twin.connectors.matrix.synapse import Synapse
from twin.connectors.matrix.cross_signing import read_recovery_key, sign_device

# Of the tests of matrix-js-sdk.
KEY = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
SHOWN = "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d"


@pytest.fixture
async def twin(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Device]:
    """The keys are at the server."""
    device = Device(synapse, synapse.register(new_name("owner")), tmp_path)
    await device.sync()
    yield device
    await device.client.close()


def is_trusted(twin: Device) -> bool:
    ann = twin.server.register(new_name("ann"))["access_token"]
    return trusts(twin.server, ann, twin.client.user_id, twin.client.device_id)


async def test_a_friends_client_trusts_the_signed_device(twin: Device) -> None:
    key = set_up(twin.server, twin.login)
    assert not is_trusted(twin)
    await sign_device(twin.client, key.replace(" ", "\n"))
    assert is_trusted(twin)
    await sign_device(twin.client, key)  # once more does no harm
    assert is_trusted(twin)


async def test_a_security_phrase_does_as_well(twin: Device) -> None:
    set_up(twin.server, twin.login, phrase="correct horse")
    with pytest.raises(InputError, match="not this account's"):
        await sign_device(twin.client, "wrong horse")
    await sign_device(twin.client, "correct horse")
    assert is_trusted(twin)


async def test_what_can_not_be_signed_is_told_in_one_line(twin: Device) -> None:
    with pytest.raises(TwinError, match="has no recovery key"):
        await sign_device(twin.client, SHOWN)
    old = set_up(twin.server, twin.login)
    with pytest.raises(InputError, match="not this account's, or an old one"):
        await sign_device(twin.client, SHOWN)
    with pytest.raises(InputError, match="recovery key has a wrong"):
        await sign_device(twin.client, SHOWN[:-1])
    set_up(twin.server, twin.login)
    with pytest.raises(InputError, match="an old one"):
        await sign_device(twin.client, old)
    assert not is_trusted(twin)


async def test_keys_that_are_not_ours_are_never_signed(twin: Device, tmp_path: Path) -> None:
    """A server that shows others would have them trusted as the owner's."""
    key = set_up(twin.server, twin.login)
    other = Device(twin.server, twin.login, tmp_path / "other")
    with pytest.raises(TwinError, match="shows other keys for this device"):
        await sign_device(other.client, key)
    assert not is_trusted(twin)
    await other.client.close()


def test_a_recovery_key_is_read_as_clients_show_it() -> None:
    assert read_recovery_key(SHOWN) == KEY
    assert recovery_key(KEY) == SHOWN
    assert read_recovery_key(SHOWN.replace(" ", "")) == KEY


@pytest.mark.parametrize(
    "text", ["", "1", SHOWN[:-1], SHOWN[:-1] + "e", SHOWN + "d", SHOWN.lower(), "é", SHOWN * 9]
)
def test_no_other_text_is_a_recovery_key(text: str) -> None:
    with pytest.raises(InputError, match="recovery key"):
        read_recovery_key(text)
