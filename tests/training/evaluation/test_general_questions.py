from training.evaluation.general_questions import QUESTIONS, is_right


def test_an_answer_is_right_by_its_word_in_any_case() -> None:
    right = ["paris, duh", "4", "seven", "cold", "January!", "Earth", "blue", "Merci", "北京", "12"]
    assert [is_right(number, text) for number, text in enumerate(right)] == [True] * len(QUESTIONS)
    assert not any(is_right(number, "idk lol 14") for number in range(len(QUESTIONS)))
