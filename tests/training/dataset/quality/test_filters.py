from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.dataset.quality.answers import Answer, said, word
from training.dataset.quality.filters import (
    COPIED,
    NEAR_DUPLICATE,
    OTHER_SCRIPT,
    TOO_LONG,
    TOO_SHORT,
    filter_reasons,
)
from twin.config.schema import QualitySettings

OFF = QualitySettings(
    official=False,
    max_chars=0,
    max_lines=0,
    copied=False,
    min_script_share=0,
    max_alike=0,
    max_filler_share=1,
)


def only(**settings: object) -> QualitySettings:
    return QualitySettings.model_validate(OFF.model_dump() | settings)


def counted(answers: Sequence[Answer], settings: QualitySettings) -> Counter[str | None]:
    return Counter(filter_reasons(answers, settings))


answers_of_all_kinds = st.lists(
    st.builds(
        Answer,
        chat_id=st.integers(0, 2),
        input=st.sampled_from(["", "在吗", "hi"]) | st.text(max_size=20),
        output=st.sampled_from(["嗯", "ok", "转发：x", "https://a.example/b", "привет " * 9])
        | st.text(max_size=100),
        answered_at=st.integers(0, 10**13),
    ),
    max_size=30,
)


@given(answers_of_all_kinds)
def test_each_answer_has_at_most_one_reason(answers: list[Answer]) -> None:
    reasons = filter_reasons(answers, QualitySettings())
    assert len(reasons) == len(answers)


@given(answers_of_all_kinds)
def test_without_filters_all_stay(answers: list[Answer]) -> None:
    assert filter_reasons(answers, OFF) == [None] * len(answers)


@given(answers_of_all_kinds)
def test_it_decides_the_same_each_time(answers: list[Answer]) -> None:
    assert filter_reasons(answers, QualitySettings()) == filter_reasons(answers, QualitySettings())


def test_the_first_reason_wins() -> None:
    long_copy = "转发：" + "很长的文章。" * 100
    assert filter_reasons(said([long_copy]), QualitySettings()) == [TOO_LONG]
    assert filter_reasons(said([long_copy]), only(copied=True)) == [COPIED]


class TestTooLong:
    def test_a_chinese_character_counts_as_two(self) -> None:
        answers = said(["a" * 600, "a" * 601, "长" * 300, "长" * 301])
        assert filter_reasons(answers, only(max_chars=600)) == [None, TOO_LONG, None, TOO_LONG]

    def test_lines_are_counted_too(self) -> None:
        answers = said(["a\n" * 3 + "b", "a\n" * 4 + "b"])
        assert filter_reasons(answers, only(max_lines=4)) == [None, TOO_LONG]


class TestTooShort:
    answers = said(["嗯" if n % 2 else f"我在{word(n)}路上了" for n in range(400)])

    def test_a_share_of_them_stays(self) -> None:
        kept = filter_reasons(self.answers, only(max_filler_share=0.1))
        assert kept.count(TOO_SHORT) == 200 - 22  # 22 of 222 that stay
        assert not any(kept[::2])

    def test_few_are_left_alone(self) -> None:
        answers = said(["在路上了"] * 99 + ["嗯"])
        assert not any(filter_reasons(answers, only(max_filler_share=0.05)))

    def test_none_may_stay(self) -> None:
        assert counted(self.answers, only(max_filler_share=0))[TOO_SHORT] == 200

    def test_those_that_stay_lie_in_all_the_years(self) -> None:
        kept = filter_reasons(self.answers, only(max_filler_share=0.2))
        halves = [kept[1:200:2].count(None), kept[201::2].count(None)]
        assert min(halves) > 15

    @pytest.mark.parametrize("new", ["嗯", "我已经到家了"])
    def test_a_new_message_moves_few_of_the_others(self, new: str) -> None:
        before = filter_reasons(self.answers, only(max_filler_share=0.1))
        later = [*self.answers, Answer(7, "到哪了", new, 10**9)]
        after = filter_reasons(later, only(max_filler_share=0.1))
        assert sum(a != b for a, b in zip(before, after, strict=False)) <= 1


class TestOtherScript:
    def test_what_the_owner_hardly_writes_is_foreign(self) -> None:
        answers = said(["我今天晚上要去吃火锅"] * 99 + ["Привет, как у тебя дела?"])
        kept = filter_reasons(answers, only(min_script_share=0.02))
        assert kept == [None] * 99 + [OTHER_SCRIPT]

    def test_a_mixed_writer_keeps_both(self) -> None:
        answers = said(["我今天晚上要去吃火锅"] * 90 + ["see you at the station"] * 10)
        assert not any(filter_reasons(answers, only(min_script_share=0.02)))

    @pytest.mark.parametrize(
        "text",
        ["bye bye", "😂😂😂", "https://example.com/a/long/path", "[PHONE_1] 2024", "加油加油"],
    )
    def test_borrowed_words_links_and_emoji_are_in_no_script(self, text: str) -> None:
        answers = said(["我今天晚上要去吃火锅"] * 99 + [text])
        assert not any(filter_reasons(answers, only(min_script_share=0.02)))


class TestNearDuplicate:
    def test_the_newest_stay(self) -> None:
        answers = [Answer(n, "在吗？", "在的，你说", n) for n in range(5)]
        kept = filter_reasons(answers, only(max_alike=3))
        assert kept == [NEAR_DUPLICATE, NEAR_DUPLICATE, None, None, None]

    def test_case_numbers_marks_and_width_make_no_difference(self) -> None:
        pairs = [
            ("Hello!", "Be there in 5"),
            ("hello", "be there in 10!"),
            ("ＨＥＬＬＯ", "Be there in 30"),
        ]
        answers = [Answer(1, input, output, n) for n, (input, output) in enumerate(pairs)]
        assert filter_reasons(answers, only(max_alike=1)) == [NEAR_DUPLICATE, NEAR_DUPLICATE, None]

    @pytest.mark.parametrize(
        "template",
        [
            "Dear {}, thank you so much for coming to my birthday party last night, it was a "
            "wonderful evening and I hope that we will see each other again before the summer is "
            "over and all of us go back to our work in the city",
            "{}新年快乐，祝你和家人在新的一年里身体健康工作顺利万事如意，也谢谢你这一年来对我的照顾和帮助，"
            "希望我们新的一年里能够经常见面一起吃饭聊天一起出去旅行，有空的时候一定要来我家里做客，我们等着你来",
        ],
    )
    def test_a_template_with_another_name_is_alike(self, template: str) -> None:
        names = ["Ann", "Bob", "小王", "老李", "Eve"]
        answers = [Answer(n, "", template.format(name), n) for n, name in enumerate(names)]
        assert counted(answers, only(max_alike=3))[NEAR_DUPLICATE] == 2

    def test_another_answer_to_the_same_words_is_none(self) -> None:
        outputs = ["吃了", "还没吃", "刚吃完", "不饿", "在吃", "👍", "🙄"]
        answers = [Answer(1, "吃饭了吗", text, n) for n, text in enumerate(outputs)]
        assert not any(filter_reasons(answers, only(max_alike=1)))

    def test_marks_alone_are_compared_as_they_are(self) -> None:
        outputs = ["?\n?", "!\n?", "? ?", "..."]
        answers = [Answer(1, "?\n?", text, n) for n, text in enumerate(outputs)]
        kept = filter_reasons(answers, only(max_alike=1))
        assert kept == [NEAR_DUPLICATE, None, None, None]

    def test_the_same_answer_to_other_words_is_none(self) -> None:
        assert not any(filter_reasons(said(["no way!!"] * 9), only(max_alike=1)))

    def test_a_new_message_moves_one_of_the_others_at_most(self) -> None:
        answers = [Answer(1, "在吗", f"在的{word(n % 7)}", n) for n in range(50)]
        before = filter_reasons(answers, only(max_alike=3))
        after = filter_reasons([*answers, Answer(1, "在吗", "在的a", 99)], only(max_alike=3))
        assert sum(a != b for a, b in zip(before, after, strict=False)) == 1
