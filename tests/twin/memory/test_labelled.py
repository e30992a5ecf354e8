"""Labelled sets are read however people write them down, and errors name the place."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from storage.errors import InputError
from twin.memory.labelled import LabelledSet, read_labelled

SETS = Path(__file__).with_name("labelled")
MESSAGE = {"id": "a1", "at": "2026-03-01T18:20Z", "from": "me", "text": "it sank"}
CHAT = {"id": "ann", "name": "Ann", "messages": [MESSAGE]}
QUESTION = {"chat": "ann", "text": "what became of the boat?", "messages": ["a1"]}


def read(folder: Path, content: object) -> LabelledSet:
    file = folder / "set.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    return read_labelled(file)


def of(message: dict[str, Any] = MESSAGE, question: dict[str, Any] = QUESTION) -> dict[str, Any]:
    return {"chats": [CHAT | {"messages": [message]}], "questions": [question]}


@pytest.mark.parametrize("half", ["development", "test"])
def test_ours_have_what_they_promise(half: str) -> None:
    labelled = read_labelled(SETS / f"{half}.json")
    asked = labelled.questions
    assert len(labelled.chats) == 3
    assert len(asked) == 75
    assert 37 <= sum(question.language == "zh" for question in asked) <= 38
    assert sum(not question.answers for question in asked) == 18
    for chat in labelled.chats:
        times = [message.sent_at for message in chat.messages]
        assert times == sorted(times)
        assert times[-1] - times[0] > 340 * 86_400_000
        assert len(times) > 250


def test_that_of_another_author_has_what_it_promises() -> None:
    labelled = read_labelled(SETS / "another_author.json")
    asked = labelled.questions
    assert len(labelled.chats) == 4
    assert [len(asked), sum(question.language == "zh" for question in asked)] == [60, 30]
    kinds = Counter(question.kind for question in asked)
    assert kinds == {"answerable": 42, "none": 12, "elsewhere": 6}


@pytest.mark.parametrize(
    ("origin", "names"),
    [
        ("owner", ["me", "Owner", "我", "主人", "SAM"]),
        ("peer", ["friend", "Ann", "them", ""]),
        ("twin", ["twin"]),
    ],
)
def test_who_says_it(tmp_path: Path, origin: str, names: list[str]) -> None:
    for name in names:
        [chat] = read(tmp_path, of(MESSAGE | {"from": name}) | {"owner": "Sam"}).chats
        assert chat.messages[0].origin == origin, name


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-01T18:20:00Z",
        "2026-03-02 02:20:00+08:00",
        1_772_389_200_000,
        "1772389200000",
        1_772_389_200,
    ],
)
def test_times(tmp_path: Path, at: object) -> None:
    [chat] = read(tmp_path, of(MESSAGE | {"at": at})).chats
    assert chat.messages[0].sent_at == 1_772_389_200_000


def test_a_day_is_a_time_and_a_question_without_one_comes_last(tmp_path: Path) -> None:
    labelled = read(tmp_path, of(MESSAGE | {"at": "2026-03-01"}))
    assert labelled.questions[0].asked_at == labelled.chats[0].messages[0].sent_at + 1


def test_other_names_and_shapes(tmp_path: Path) -> None:
    message = {"message_id": 7, "timestamp": 1_772_389_200, "sender": "me", "content": "it sank"}
    question = {"chat_id": 3, "question": "the boat?", "answers": 7, "comment": "never mind"}
    labelled = read(tmp_path, {"chats": {"3": [message]}, "questions": [question]})
    assert labelled.questions[0].answers == {("3", "7")}
    assert labelled.questions[0].language == "en"


def test_questions_may_stand_in_their_chat_and_pictures_say_nothing(tmp_path: Path) -> None:
    picture = {**MESSAGE, "id": "a2", "text": None}
    question = {"question": "the boat?", "answer": "it sank", "evidence": ["a1"]}
    chat = CHAT | {"messages": [MESSAGE, picture], "questions": [question]}
    labelled = read(tmp_path, {"chats": [chat]})
    assert labelled.questions[0].answers == {("ann", "a1")}
    assert labelled.chats[0].messages[1].text == ""


def test_an_answer_in_the_chat_of_somebody_else_is_none(tmp_path: Path) -> None:
    other = {"id": "ben", "messages": []}
    content = {"chats": [CHAT, other], "questions": [QUESTION | {"chat": "ben"}]}
    [question] = read(tmp_path, content).questions
    assert (question.answers, question.kind) == (frozenset(), "elsewhere")
    linked = {"chats": [CHAT | {"person": "A"}, other | {"person": "A"}]}
    [question] = read(tmp_path, content | linked).questions
    assert question.answers == {("ann", "a1")}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON (Expecting value"),
        ("[" * 100_000, "not valid JSON (nested too deeply)"),
        ('{"chats": ' + "9" * 5000 + "}", "not valid JSON (a number of thousands of digits)"),
        ({}, "chats: it is missing"),
        ([], "the file = []: an object is needed"),
        ({"chats": []}, "questions: it is missing"),
        ({"chats": [{"id": "ann"}], "questions": []}, "chats[0].messages: it is missing"),
        ({"chats": [3], "questions": []}, "chats[0] = 3: an object is needed"),
        (of({**MESSAGE, "text": 3}), "chats[0].messages[0].text = 3: a text is needed"),
        (of(MESSAGE | {"at": "soon"}), "time 'soon' is not a date and time"),
        (of(question=QUESTION | {"chat": "eve"}), 'questions[0]: chat "eve" is not among'),
        (of(question=QUESTION | {"messages": ["b9"]}), 'questions[0]: message "b9" is in none'),
        (of(question=QUESTION | {"text": " "}), "questions[0]: the question has no text"),
        ({"chats": [CHAT, CHAT], "questions": []}, 'chat "ann" stands there twice'),
        (
            {"chats": [CHAT | {"messages": [MESSAGE, MESSAGE]}], "questions": []},
            'chat "ann": message "a1" stands there twice',
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, content: object, says: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, content)
    assert says in error.value.message
    assert error.value.message.startswith(str(tmp_path))
    assert "\n" not in error.value.message


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_labelled(tmp_path)
    (tmp_path / "set.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="not UTF-8 text"):
        read_labelled(tmp_path / "set.json")
