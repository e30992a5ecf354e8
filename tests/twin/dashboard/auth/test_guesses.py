"""Strangers who guess are slow, and the owner gets in."""

import asyncio

from tests.twin.fakes import FakeTime
from twin.dashboard.auth.guesses import (
    BRAKE_S,
    MOST_WAITING,
    PER_ADDRESS,
    WITHIN_S,
    WRONG_BEFORE_BRAKE,
    GuessLimit,
)


async def wrong(guesses: GuessLimit, address: str) -> bool:
    admitted = await guesses.admit(address)
    if admitted:
        guesses.was_wrong()
    return admitted


async def under_attack(time: FakeTime) -> GuessLimit:
    guesses = GuessLimit(time.clock)
    for number in range(WRONG_BEFORE_BRAKE):
        assert await wrong(guesses, f"10.0.{number}.1")
    return guesses


async def test_wrong_passwords_from_elsewhere_cost_an_address_nothing() -> None:
    guesses = GuessLimit(FakeTime().clock)
    assert [await wrong(guesses, "192.0.2.1") for _ in range(PER_ADDRESS + 2)] == [
        *[True] * PER_ADDRESS,
        *[False] * 2,
    ]
    assert await guesses.admit("192.0.2.2")


async def test_a_right_password_forgives_the_mistyped_ones() -> None:
    guesses = GuessLimit(FakeTime().clock)
    for _ in range(PER_ADDRESS - 1):
        await wrong(guesses, "192.0.2.1")
    await guesses.admit("192.0.2.1")
    guesses.was_right("192.0.2.1")
    assert await guesses.admit("192.0.2.1")


async def test_one_machine_with_many_addresses_counts_once() -> None:
    guesses = GuessLimit(FakeTime().clock)
    assert [await wrong(guesses, f"2001:db8::{n:x}") for n in range(9)].count(True) == PER_ADDRESS
    assert await guesses.admit("2001:db8:0:1::1")
    mapped = GuessLimit(FakeTime().clock)
    for address in ("192.0.2.1", "::ffff:192.0.2.1"):
        for _ in range(PER_ADDRESS):
            await wrong(mapped, address)
    assert not await mapped.admit("192.0.2.1")


async def test_many_addresses_together_are_slowed_and_not_shut_out() -> None:
    time = FakeTime()
    guesses = await under_attack(time)
    owner = asyncio.create_task(guesses.admit("192.0.2.9"))
    await time.advance(BRAKE_S / 2)
    assert not owner.done()
    await time.advance(BRAKE_S)
    assert owner.result()
    await time.advance(WITHIN_S)
    assert await guesses.admit("192.0.2.10")  # at once


async def test_known_addresses_and_this_machine_are_not_slowed() -> None:
    time = FakeTime()
    guesses = await under_attack(time)
    guesses.was_right("192.0.2.9")
    waiting = [asyncio.create_task(guesses.admit(f"10.1.{n}.1")) for n in range(MOST_WAITING + 5)]
    await asyncio.sleep(0)
    assert await guesses.admit("192.0.2.9")
    assert await guesses.admit("127.0.0.1")
    await time.advance((MOST_WAITING + 5) * BRAKE_S)
    assert [task.result() for task in waiting].count(False) == 5
