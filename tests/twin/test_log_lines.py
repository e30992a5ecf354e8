"""What strangers wrote or hold secret, in the log."""

import logging
import secrets

import pytest

from twin.log_lines import LONGEST_MESSAGE, LONGEST_TRACEBACK, LogFormatter, without_secrets

HOSTILE = "hi\n2026-11-29 ERROR forged\r\x1b[2J\x1b]0;title\x07\x9b31m\u202etxt\x08\x08\0\ud83d"
STEERING = "\x1b\x07\x08\x9b\r\0\u202e\ud83d"


def formatted(message: str, *arguments: object, error: BaseException | None = None) -> str:
    told = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, message, arguments, told)
    return LogFormatter("%(name)s: %(message)s").format(record)


def test_a_record_is_one_line_that_steers_nothing() -> None:
    line = formatted("a message: %s", HOSTILE)
    assert line.startswith("x: a message: hi\\n2026-11-29 ERROR forged")
    assert not set(line) & {*STEERING, "\n"}


def test_no_line_of_a_traceback_begins_as_a_record_does() -> None:
    lines = formatted("failed", error=ValueError(HOSTILE)).split("\n")
    assert lines[0] == "x: failed"
    assert all(line.startswith("    ") for line in lines[1:])
    assert not set("".join(lines)) & set(STEERING)


def test_a_record_has_an_end() -> None:
    assert len(formatted("x" * 1_000_000)) < LONGEST_MESSAGE + 100
    whole = formatted("failed", error=ValueError("y\n" * 1_000_000))
    assert len(whole) < 4 * LONGEST_TRACEBACK


@pytest.mark.parametrize(
    "text",
    [
        "GET http://127.0.0.1:8080/c/{32} failed",
        "/b/{32}",
        "/c/{32}",
        "/first-password?token={32}",
        "Cookie: twin_owner={43}; a=b",
        "Authorization: Bearer twin-{43}",
        "key twin-{43} is refused",
        "sk-{43}",
        "hf_{43}",
        "POST https://api.telegram.org/bot123456789:{43}/getMe",
        "TWIN_TELEGRAM_TOKEN=123456789:{43}",
    ],
)
def test_secrets_are_left_out(text: str) -> None:
    for size, bytes_ in ((32, 24), (43, 32)):
        if f"{{{size}}}" in text:
            secret = secrets.token_urlsafe(bytes_).replace("-", "a").replace("_", "b")
            told = without_secrets(text.replace(f"{{{size}}}", secret))
            assert secret[4:] not in told
            assert "…" in told


@pytest.mark.parametrize(
    "text",
    [
        "/home/anna/c/a-long-folder-name/models/Qwen2.5-0.5B-Instruct",
        "adapter 2026-11-29_03-00-00_qwen2.5-0.5b-instruct is refused: rank 16 is not 8",
        "http://127.0.0.1:8080/c/…",
        "twin-data/reports/2026-11-29",
    ],
)
def test_paths_and_names_stay(text: str) -> None:
    assert without_secrets(text) == text


def test_long_lines_take_no_longer_than_their_length() -> None:
    for unit in ("/c/", "token=", "twin-", "Bearer ", "a", "\n", "\x1b[", "eyJ", "sk-"):
        formatted(unit * (200_000 // len(unit)))  # quadratic, it would take minutes
