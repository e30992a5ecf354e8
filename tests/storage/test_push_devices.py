"""Devices that are told of things, and which kinds of notices are."""

import pytest
from sqlite_utils import Database

from storage import notice_kinds as kinds
from storage.errors import InputError
from storage.owner_sessions import end_all_sessions
from storage.push_devices import (
    MOST,
    Device,
    Subscription,
    add_device,
    list_devices,
    note_failure,
    note_told,
    remove_device,
    remove_devices_of_other_keys,
    renew_device,
)


def add(db: Database, number: int, key: str = "key", auth: str = "auth") -> None:
    given = Subscription(f"https://push.example/{number}", "p256dh", auth)
    add_device(db, given, server_key=key, name="phone", language="en", now=number)


def test_a_device_is_kept_with_what_became_of_its_notices(db: Database) -> None:
    add(db, 1)
    note_failure(db, 1, 503)
    note_told(db, 1, at=9)
    given = Subscription("https://push.example/1", "p256dh", "auth")
    assert list_devices(db) == [Device(1, given, "phone", "en", 1, 9, None)]
    note_failure(db, 1, 0)
    assert (list_devices(db)[0].failure, list_devices(db)[0].told_at) == (0, 9)
    remove_device(db, 1)
    remove_device(db, 1)
    assert list_devices(db) == []


def test_one_that_is_added_again_has_its_new_keys(db: Database) -> None:
    add(db, 1)
    note_failure(db, 1, 403)
    add(db, 1, auth="other")
    [device] = list_devices(db)
    assert (device.subscription.auth, device.failure) == ("other", None)


def test_a_browser_that_has_another_address_is_the_same_device(db: Database) -> None:
    for number in (1, 2):
        add(db, number)
    note_told(db, 1, at=9)
    note_failure(db, 1, 503)
    given = Subscription("https://push.example/2", "new", "other")  # which was added meanwhile
    renew_device(db, 1, given)
    assert list_devices(db) == [Device(1, given, "phone", "en", 1, 9, None)]
    remove_device(db, 1)
    renew_device(db, 1, given)
    assert list_devices(db) == []


def test_there_are_not_more_than_anybody_has(db: Database) -> None:
    for number in range(MOST):
        add(db, number)
    add(db, 0)  # is there already
    with pytest.raises(InputError, match="remove one first"):
        add(db, MOST)
    assert len(list_devices(db)) == MOST


def test_they_go_with_the_key_they_are_bound_to_and_with_the_password(db: Database) -> None:
    add(db, 1, key="old")
    add(db, 2, key="new")
    assert remove_devices_of_other_keys(db, "new") == 1
    assert [device.added_at for device in list_devices(db)] == [2]
    end_all_sessions(db)
    assert list_devices(db) == []


def test_each_kind_is_told_each_way_until_it_is_switched_off(db: Database) -> None:
    pairs = [(way, kind) for way in kinds.WAYS for kind in kinds.KINDS]
    assert all(kinds.is_told(db, *pair) for pair in pairs)
    kinds.set_told(db, "device", "held", False)
    kinds.set_told(db, "device", "held", False)
    assert [pair for pair in pairs if not kinds.is_told(db, *pair)] == [("device", "held")]
    kinds.set_told(db, "device", "held", True)
    assert all(kinds.is_told(db, *pair) for pair in pairs)


def test_names_and_offers_are_as_the_owner_said(db: Database) -> None:
    assert not kinds.are_names_told(db)
    kinds.set_names_told(db, True)
    kinds.set_names_told(db, False)
    assert not kinds.are_names_told(db)
    assert not kinds.is_offer_declined(db)
    kinds.decline_offer(db)
    assert kinds.is_offer_declined(db)
