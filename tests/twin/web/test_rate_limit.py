"""The sliding window: for one key, for all keys, over time."""

from twin.web.rate_limit import RateLimit


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_key_may_again_when_its_oldest_event_has_left_the_window() -> None:
    time = Time()
    limit = RateLimit(time, 60, per_key=2)
    assert limit.take("ann")
    time.now += 10
    assert limit.take("ann")
    assert not limit.take("ann")
    assert limit.wait_s("ann") == 50
    assert limit.take("bob")
    time.now += 50
    assert limit.take("ann")
    assert not limit.take("ann")


def test_what_is_refused_does_not_count() -> None:
    time = Time()
    limit = RateLimit(time, 60, per_key=1)
    assert [limit.take("ann") for _ in range(5)] == [True, False, False, False, False]
    time.now += 60
    assert limit.take("ann")


def test_all_keys_share_the_overall_limit() -> None:
    time = Time()
    limit = RateLimit(time, 60, per_key=2, overall=3)
    assert [limit.take(key) for key in "abcd"] == [True, True, True, False]
    time.now += 20
    assert limit.wait_s("d") == 40


def test_a_forgotten_key_gives_back_what_it_took_of_both() -> None:
    limit = RateLimit(Time(), 60, per_key=1, overall=2)
    assert limit.take("a")
    assert limit.take("b")
    limit.forget("a")
    assert limit.take("a")
    assert not limit.take("b")


def test_memory_holds_one_window() -> None:
    time = Time()
    limit = RateLimit(time, 60, per_key=1)
    for number in range(1000):
        time.now += 1
        assert limit.take(number)
    assert len(limit._events) == len(limit._of_key) == 60
