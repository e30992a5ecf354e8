from training.evaluation.generation import GENERAL_QUESTIONS, is_right

RIGHT = ["paris, duh", "4", "seven", "cold", "January!", "Earth", "blue", "Merci", "北京", "12"]


def test_an_answer_is_right_by_its_word_in_any_case() -> None:
    found = [is_right(number, text) for number, text in enumerate(RIGHT)]
    assert found == [True] * len(GENERAL_QUESTIONS)
    assert not any(is_right(number, "idk lol 14") for number in range(len(GENERAL_QUESTIONS)))
