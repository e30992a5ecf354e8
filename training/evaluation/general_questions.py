"""A few questions that everybody can answer: whether the adapter made the base forget them."""

import re

QUESTIONS = [
    ("What is the capital of France?", r"paris"),
    ("What is two plus two?", r"\b4\b|four"),
    ("How many days are in a week?", r"\b7\b|seven"),
    ("What is the opposite of hot?", r"cold"),
    ("What is the first month of the year?", r"january"),
    ("Which planet do we live on?", r"earth"),
    ("What color is the sky on a clear day?", r"blue"),
    ("How do you say 'thank you' in French?", r"merci"),
    ("中国的首都是哪里？", r"北京|beijing"),
    ("一年有几个月？", r"12|十二|twelve"),
]


def is_right(number: int, answer: str) -> bool:
    return re.search(QUESTIONS[number][1], answer, re.IGNORECASE) is not None
