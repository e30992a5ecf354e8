import pytest

from twin.memory.small_talk import says_something


@pytest.mark.parametrize(
    "text",
    [
        *("hey whats up", "Hello? Hello!", "how are you doing?", "lol ok", "yes i am", "😀", ""),
        *(
            "good morning!",
            "thanks man",
            "在吗",
            "你好呀",
            "哈哈哈好的",
            "早上好",
            "晚安",
            "忙吗？",
        ),
    ],
)
def test_small_talk_says_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "who is your boss?",
        "my horse is ill",
        "Leeds",
        "42",
        "我对花生过敏",
        "你老板是谁",
        "周五见？",
        "hey hi yo sup lol omg wow yay aww ty np nah yep bye gn hmm uh my horse is ill",
        "早上好！下午睡醒没？谢谢，再见，拜拜，哈哈，嘿嘿，忙呢，知道，对，行，真牛。我对花生过敏",
        "thanks please sorry hey " * 50
        + "good morning nice cool fine haha lol omg wow yay sure bye lmao leeds",
    ],
)
def test_what_names_something_says_something(text: str) -> None:
    assert says_something(text)
