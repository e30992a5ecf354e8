"""Leave out of an answer what is broken: nio fails at some, and then at each sync anew."""

from collections.abc import Callable, Iterable
from typing import Any


def readable(answer: Any) -> Any:
    """The answer with events alone where events are, and with devices that have keys as such."""
    if not isinstance(answer, dict):
        return answer
    for room in _rooms(answer, ("join", "leave")):
        for part in ("timeline", "state"):
            if isinstance(room.get(part), dict):
                _keep_events(room[part], "events", _is_event)
    for room in _rooms(answer, ("invite",)):
        if isinstance(room.get("invite_state"), dict):
            _keep_events(room["invite_state"], "events", _is_stripped)
    _keep_events(answer, "chunk", _is_event)
    for name in ("device_keys", "one_time_keys"):
        _keep_devices(answer, name)
    return answer


def _rooms(answer: dict[str, Any], memberships: Iterable[str]) -> list[dict[str, Any]]:
    rooms = answer.get("rooms")
    found = [rooms.get(name) for name in memberships] if isinstance(rooms, dict) else []
    return [room for by_id in found if isinstance(by_id, dict) for room in by_id.values()]


def _keep_events(holder: dict[str, Any], name: str, is_one: Callable[[Any], bool]) -> None:
    if isinstance(holder.get(name), list):
        holder[name] = [event for event in holder[name] if is_one(event)]


def _keep_devices(answer: dict[str, Any], name: str) -> None:
    """Those whose keys have the right shape: one that hasn't would hide all others."""
    people = answer.get(name)
    if isinstance(people, dict):
        answer[name] = {
            user: {device: keys for device, keys in devices.items() if _is_device(keys)}
            for user, devices in people.items()
            if isinstance(devices, dict)
        }


def _is_device(keys: Any) -> bool:
    """As /keys/query has them, or as /keys/claim does, by the names of the keys."""
    if not isinstance(keys, dict):
        return False
    if "device_id" not in keys:
        return bool(keys) and all(isinstance(one, dict) for one in keys.values())
    algorithms, own = keys.get("algorithms"), keys.get("keys")
    return (
        isinstance(algorithms, list)
        and all(isinstance(one, str) for one in [*algorithms, keys["device_id"]])
        and isinstance(own, dict)
        and all(isinstance(one, str) for one in own.values())
        and isinstance(keys.get("signatures", {}), dict)
    )


def _is_event(event: Any) -> bool:
    return (
        _is_stripped(event)
        and isinstance(event.get("event_id"), str)
        and type(event.get("origin_server_ts")) is int
        and isinstance(event.get("unsigned", {}), dict)
    )


def _is_stripped(event: Any) -> bool:
    """As invitations have them: without an id and a time."""
    return (
        isinstance(event, dict)
        and isinstance(event.get("type"), str)
        and isinstance(event.get("sender"), str)
        and isinstance(event.get("content"), dict)
    )
