"""Which answers stand beside the real one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from training.dataset.build import Built
from training.dataset.samples import Sample
from training.evaluation import candidates
from training.evaluation.candidates import LIKE, Place
from training.evaluation.style import heard

WORDS = st.text("abc ?!", min_size=1, max_size=9)


def sample(
    output: str, conversation: int = 0, asked: str = "well", before: str = "", chat: int = 1
) -> Sample:
    history = (("hm", before),) if before else ()
    return Sample("", asked, output, history, chat, conversation)


def built(held_out: list[Sample], train: list[Sample] | None = None) -> Built:
    return Built(train or [], held_out, {}, "")


def find_places(built: Built, most: int = 100) -> list[Place]:
    return candidates.find_places(built, most)


SAMPLES = st.lists(
    st.builds(sample, WORDS, st.integers(0, 3), WORDS, st.one_of(st.just(""), WORDS)), max_size=25
)


@given(SAMPLES, SAMPLES)
def test_others_are_three_of_like_length_other_words_and_other_conversations(
    held_out: list[Sample], train: list[Sample]
) -> None:
    places = find_places(built(held_out, train))
    assert places == find_places(built(held_out, train))
    assert [place.at for place in places] == list(range(len(held_out)))
    for place in places:
        real = held_out[place.at]
        elsewhere = [s for s in (*held_out, *train) if s.conversation != real.conversation]
        for chosen, pool in (
            (place.own, {s.output for s in elsewhere}),
            (place.others, {s.input for s in elsewhere}),
        ):
            assert len(chosen) in (0, 3)
            assert pool.issuperset(chosen)
            assert len({heard(text) for text in (real.output, *chosen)}) == len(chosen) + 1
            for text in chosen:
                assert max(len(text), len(real.output)) <= LIKE * min(len(text), len(real.output))


def test_learnt_answers_are_taken_only_where_there_are_too_few_others() -> None:
    fresh = [sample(text, number) for number, text in enumerate(["one", "two", "six", "ten"])]
    learnt = [sample(text, 9) for text in ("red", "sky", "sea")]
    [first, *_] = find_places(built(fresh, learnt))
    assert sorted(first.own) == ["six", "ten", "two"]
    [first, *_] = find_places(built(fresh[:2], learnt))
    assert "two" in first.own
    assert len(first.own) == 3
    [first] = find_places(built(fresh[:1], learnt[:2]))
    assert first.own == ()


def test_the_nearest_in_length_of_the_newest_are_asked() -> None:
    texts = ["abcdefgh", "abcdefghi", "abcdefg", "bcdefghi", "abcdefghijk", "abcdef"]
    samples = [sample(text, number) for number, text in enumerate(texts)]
    assert sorted(find_places(built(samples))[0].own) == ["abcdefg", "abcdefghi", "bcdefghi"]
    assert [place.at for place in find_places(built(samples), most=2)] == [4, 5]


def test_friends_answer_the_same_kind_of_message() -> None:
    real = sample("maybe", 1, "are you coming?")
    to_questions = [sample("", n, f"sure{n}", "and you?") for n in range(2, 5)]
    to_words = [sample("", n, f"okay{n}", "I am here") for n in range(5, 8)]
    spoke_first = [sample("", n, f"hey {n}") for n in range(8, 11)]
    [place] = find_places(built([real], [*to_words, *spoke_first, *to_questions]))
    assert sorted(place.others) == ["sure2", "sure3", "sure4"]
    [place] = find_places(built([real], [*to_words, *spoke_first, *to_questions[:2]]))
    assert len(place.others) == 3
    assert not any(text.startswith("hey") for text in place.others)
    assert find_places(built([real], [*spoke_first]))[0].others == ()


def test_what_the_model_is_shown_of_earlier_is_no_choice() -> None:
    others = [sample(text, n) for n, text in enumerate(["at home", "at work", "at last"])]
    real = replace(sample("at noon", 9), memory="- Ann: where are you?\n- you: At home!")
    assert find_places(built([real], others))[0].own == ()
    assert len(find_places(built([replace(real, memory="")], others))[0].own) == 3
