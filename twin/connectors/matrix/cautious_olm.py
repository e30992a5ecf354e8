"""nio's keeper of keys, for what strangers send.

nio believes an encrypted message whatever it calls itself, and an error in the keys of anybody's
device ends the sync, which then ends again each time: servers repeat what was not taken.
"""

import logging
from typing import Any

from nio import KeysClaimResponse, KeysQueryResponse
from nio.crypto import Olm
from nio.exceptions import EncryptionError

log = logging.getLogger(__name__)

# Only a server can vouch for these: encrypted, anybody could claim them.
_OF_SERVERS = frozenset({"m.room.redaction", "m.room.encrypted"})


class CautiousOlm(Olm):  # type: ignore[misc]
    """Leaves out what is broken, and nothing else for it."""

    def share_keys(self) -> dict[str, Any]:
        """Keys are kept before a server hands them out, or a kill in between would lose them."""
        keys: dict[str, Any] = super().share_keys()
        self.save_account()
        return keys

    def decrypt_megolm_event(self, event: Any, room_id: str | None = None) -> Any:
        found = super().decrypt_megolm_event(event, room_id)
        source = found.source
        if "state_key" in source or source.get("type") in _OF_SERVERS:
            raise EncryptionError("an encrypted message that only a server may send")
        return found

    def handle_to_device_event(self, event: Any) -> Any:
        try:
            return super().handle_to_device_event(event)
        except Exception as error:  # boundary: anybody may send it
            _left_out("a message about keys", error)
            return None

    def _handle_key_query(self, response: KeysQueryResponse) -> None:
        """One person after the other. What is left of `response.changed` is what nio reads."""
        changed: dict[str, Any] = {}
        for user, devices in response.device_keys.items():
            sound = {
                name: keys for name, keys in devices.items() if self._is_sound(user, name, keys)
            }
            one = KeysQueryResponse({user: sound}, {})
            try:
                super()._handle_key_query(one)
            except Exception as error:  # boundary: anybody's client made them
                _left_out("somebody's devices", error)
            changed |= one.changed
        response.changed = changed

    def _is_sound(self, user: str, device: str, keys: dict[str, Any]) -> bool:
        """Whether the device signed its keys itself."""
        try:
            return bool(self.verify_json(keys, keys["keys"][f"ed25519:{device}"], user, device))
        except Exception as error:  # boundary: anybody's client made them
            _left_out("a device", error)
            return False

    def _handle_key_claiming(self, response: KeysClaimResponse) -> None:
        """One device after the other."""
        for user, devices in response.one_time_keys.items():
            for device, key in devices.items():
                try:
                    super()._handle_key_claiming(KeysClaimResponse({user: {device: key}}, {}))
                except Exception as error:  # boundary: anybody's client made it
                    _left_out("a device's key", error)


def _left_out(what: str, error: Exception) -> None:
    log.debug("matrix: %s is left out (%s)", what, type(error).__name__)
