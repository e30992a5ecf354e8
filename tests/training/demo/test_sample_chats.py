import pytest

from benchmarks.chitchat import writer
from training.demo.sample_chats import sample_chats


@pytest.mark.slow
def test_the_samples_are_one_owner_with_many_friends() -> None:
    chats = sample_chats()
    assert len(chats) == 142
    assert sum(map(len, chats.values())) == 44_817
    for friend, rows in chats.items():
        assert {sender for _, sender, _ in rows} == {"我", friend}
        assert [at for at, *_ in rows] == sorted(at for at, *_ in rows)


@pytest.mark.slow
def test_another_writer_can_be_the_owner() -> None:
    chats = sample_chats(writer(20))
    assert len(chats) == 10
    assert any(sender == "我" for rows in chats.values() for _, sender, _ in rows)
