"""LINE's text of phones and of Windows, where nothing marks the end of a name."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.importers.detect import detect
from storage.importers.file import ExportFile
from storage.importers.formats import line
from storage.importers.programs.line_names import RowNames
from storage.importers.programs.line_quotes import whole_messages
from tests.storage.importers.samples import Sample, put, read, read_sample, sample_named, seen

LINE = """\
[LINE] 与小明的聊天记录
保存日期：2026/02/01 10:00

2026/1/30(金)
11:43\t小明\t在吗
11:44\t我\t"在
怎么了"
11:45\t小明\t[照片]
11:46\t小明已收回消息

2026/1/31(土)
09:00\t小明\t☎ 通话时间 1:23
"""
ENGLISH = """\
[LINE] Chat history with Ann
Saved on: 1/31/2026, 10:00

Fri, 1/30/2026
11:43 PM\tAnn\thi
11:44 PM\tBen\tho
"""
WINDOWS = """\
2026.01.30 Friday
23:41 Ann Lee joined the group.
23:42 Ann Lee hi there
23:42 Ann Lee are you up?
23:43 Ben yes
why do you ask?
23:44 Ben Stickers
23:45 Ann Lee no reason
23:45 Ann Lee 在吗
2026.01.31 Saturday
09:00 Ann Lee good morning
09:01 已收回訊息
09:02 Ben morning, slept well?
"""

SAMPLES = (
    Sample("line.txt", LINE),
    Sample("line-english.txt", ENGLISH),
    Sample("[LINE]Ann Lee.txt", WINDOWS),
)


def test_line(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "line.txt")) == [
        ("小明", False, "text", "在吗"),
        ("我", True, "text", "在\n怎么了"),
        ("小明", False, "image", ""),
        ("", False, "system", "小明已收回消息"),
        ("小明", False, "call", ""),
    ]


def test_line_in_english(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "line-english.txt")) == [
        ("Ann", False, "text", "hi"),
        ("Ben", True, "text", "ho"),
    ]


def test_line_for_windows(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "[LINE]Ann Lee.txt")) == [
        ("", False, "system", "Ann Lee joined the group."),
        ("Ann Lee", False, "text", "hi there"),
        ("Ann Lee", False, "text", "are you up?"),
        ("Ben", True, "text", "yes\nwhy do you ask?"),
        ("Ben", True, "sticker", ""),
        ("Ann Lee", False, "text", "no reason"),
        ("Ann Lee", False, "text", "在吗"),
        ("Ann Lee", False, "text", "good morning"),
        ("", False, "system", "已收回訊息"),
        ("Ben", True, "text", "morning, slept well?"),
    ]


def test_line_for_windows_reports_what_it_took_for_names(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, sample_named("[LINE]Ann Lee.txt")))
    list(line.read(file))
    assert any("read as names: Ann Lee, Ben" in note for note in file.notes)


def test_a_timetable_is_not_line(tmp_path: Path) -> None:
    path = tmp_path / "day.txt"
    path.write_text("My day\n2026.01.30 Friday\n09:00 gym with Bob\n10:00 work\n")
    assert detect(ExportFile(path)) is None


TEXTS = ["hi there", "ok", "I think so", "在吗", "I see you", "maybe not"]


def names(*people: str, known: str = "", rows: int = 6) -> RowNames:
    return RowNames((f"{who} {text}" for text in TEXTS[:rows] for who in people), known)


def test_a_name_of_one_word_and_texts_that_begin_alike() -> None:
    found = names("Ann", "小明")
    assert found.split("Ann I see you") == ("Ann", "I see you")
    assert found.split("小明 ok") == ("小明", "ok")


def test_names_of_many_words_open_many_rows() -> None:
    found = names("Ann Lee", "山田 太郎", "Maria del Mar")
    assert found.split("Ann Lee hi there") == ("Ann Lee", "hi there")
    assert found.split("山田 太郎 在吗") == ("山田 太郎", "在吗")
    assert found.split("Maria del Mar I think so") == ("Maria del Mar", "I think so")


def test_people_with_one_first_name() -> None:
    found = names("Ann Lee", "Ann Smith", "Ben")
    assert found.split("Ann Lee ok") == ("Ann Lee", "ok")
    assert found.split("Ann Smith maybe not") == ("Ann Smith", "maybe not")


def test_one_who_always_says_the_same_keeps_their_name() -> None:
    found = RowNames(["Ann good night"] * 20)
    assert found.split("Ann good night") == ("Ann", "good night")


def test_a_known_name_needs_no_evidence() -> None:
    found = names("Ann Lee", known="Ann Lee", rows=1)
    assert found.split("Ann Lee hi there") == ("Ann Lee", "hi there")


def test_too_little_evidence_is_the_first_word() -> None:
    assert names("Ann Lee", rows=2).split("Ann Lee ok") == ("Ann", "Lee ok")


def test_lines_of_the_platform() -> None:
    found = names("Ann", "Ben")
    for row in ("已收回訊息", "Ann unsent a message."):
        assert found.split(row) == ("", row)


QUOTED = """\
[LINE] Chat history with Aki
Saved on: 4/20/2024, 08:00

Sat, 04/06/2024
10:00 PM\tAki\t"the plan:
2.3.4
Sun, 04/07/2024
11:30 museum

see "you""
10:04 PM\tBen\t"later" is fine
12:07 AM\tAki\t"so
Wed, 04/10/2024

Sun, 04/07/2024
09:00 AM\tBen\tup?
"""


def test_a_text_of_many_lines_ends_at_its_quote_and_the_weekday_tells_the_order(
    tmp_path: Path,
) -> None:
    messages = read(put(tmp_path, Sample("line.txt", QUOTED)))
    assert [(m.sender_name, m.text) for m in messages] == [
        ("Aki", 'the plan:\n2.3.4\nSun, 04/07/2024\n11:30 museum\n\nsee "you"'),
        ("Ben", '"later" is fine'),
        ("Aki", '"so'),
        ("Ben", "up?"),
    ]
    days = [datetime.fromtimestamp(m.sent_at / 1000).astimezone().date() for m in messages]
    assert [f"{day:%m-%d}" for day in days] == ["04-06", "04-06", "04-06", "04-07"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[Album] Hokkaido", "image"),
        ("[ファイル] 予定.pdf", "file"),
        ("[null] https://maps.google.com/maps?q=35,139", "location"),
        ("[Contact] Bo Berg", "contact"),
        ("☎ 不在着信", "call"),
        ("[สติกเกอร์]", "sticker"),
        ("[Photo] of what?", "image"),
        ("[sic] that is how they wrote it", "text"),
        ("[ok]", "text"),
        ("Call time is over", "text"),
    ],
)
def test_kinds(tmp_path: Path, said: str, kind: str) -> None:
    text = f"[LINE] Chat history with Aki\n\n2024/04/06(Sat)\n10:00\tAki\t{said}\n"
    (message,) = read(put(tmp_path, Sample("line.txt", text)))
    assert (message.kind, message.text) == (kind, said if kind == "text" else "")


@pytest.mark.parametrize(
    "row",
    [
        "Aki\tMessage unsent.",
        "Aki\tAki unsent a message.",
        "Aki\tAkiがメッセージの送信を取り消しました",
        "Aki已收回訊息",
        "Aki\t您已收回訊息",
        "\tAkiがメッセージの送信を取り消しました",
        "You unsent a message.",
    ],
)
def test_unsent(tmp_path: Path, row: str) -> None:
    text = f"[LINE] Chat history with Aki\n\n2024/04/06(Sat)\n10:00\t{row}\n"
    (message,) = read(put(tmp_path, Sample("line.txt", text)))
    assert (message.kind, message.recalled) == ("system", True)


def test_thai_dates_and_names(tmp_path: Path) -> None:
    text = "[LINE] ประวัติการแชทกับ ฟ้า\n\nส. 06/04/2567\n10:00\tฟ้า\tว่าไง\n10:01\tBen\tดี\n"
    messages = read(put(tmp_path, Sample("chat.txt", text)))
    assert [(m.sender_name, m.from_owner) for m in messages] == [("ฟ้า", False), ("Ben", True)]
    assert datetime.fromtimestamp(messages[0].sent_at / 1000).year == 2024  # noqa: DTZ006


HEADING = "[LINE] Chat history with Aki\n\n2024/04/06(Sat)\n"


def written(said: list[tuple[str, str, str]]) -> str:
    """As LINE writes it: a text of more than one line stands between quotes."""
    rows = ((*row, f'"{text}"' if "\n" in text else text) for *row, text in said)
    return HEADING + "".join("\t".join(row) + "\n" for row in rows)


def texts(tmp_path: Path, content: str) -> list[tuple[str, str]]:
    messages = read(put(tmp_path, Sample("line.txt", content)))
    return [(message.sender_name, message.text) for message in messages]


@pytest.mark.parametrize(
    "text",
    [
        "the plan:\n11:00\tmuseum\n12:30\tlunch\nand home",
        "11:00\tmuseum\n12:30\tlunch",
        "look what they wrote:\n09:00\tBen\thi\n09:01\tAki\tho",
        "they:\n10:00\tBen\thi\n10:01\tAki\tho\n\n2024/04/07(Sun)\n10:02\tBen\tup\nlol",
        'she said "no"\n11:00\tlunch\nbye',
        'she said "stop\n11:00\tlunch\nbye',
        'a 5" pipe\nof 10:00\n11:00\tlunch',
        '"no"\n11:00\t"lunch"',
        "\n11:00\tlunch\n",
        "10:59\t\tlunch\nbye",
        '10:30\tno\n10:31\t"yes"\n10:32\tno',
    ],
)
def test_a_text_between_quotes_may_hold_lines_that_look_like_messages(
    tmp_path: Path, text: str
) -> None:
    said = [
        ("10:00", "Ben", "hi"),
        ("10:30", "Aki", text),
        ("10:31", "Ben", '"what?" they ask'),
        ("10:31", "Aki", '"that"'),
        ("10:32", "Ben", "so\nlong"),
    ]
    assert texts(tmp_path, written(said)) == [row[1:] for row in said]
    end = [*said[:1], said[1]]
    assert texts(tmp_path, written(end)) == [row[1:] for row in end]


def test_what_begins_with_a_quote_and_is_one_line_takes_nothing_in(tmp_path: Path) -> None:
    said = [
        ("10:00", "Aki", '"so they asked me,'),
        ("10:00", "Aki", 'and I said yes"'),
        ("10:01", "Ben", "one\ntwo"),
        ("10:02", "Ben", 'a 5" pipe'),
        ("10:02", "Aki", '"'),
        ("10:03", "Ben", "hm"),
    ]
    content = written(said) + "10:04\tAki unsent a message.\n10:05\tBen\tok\n"
    assert texts(tmp_path, content) == [
        *(row[1:] for row in said),
        ("", "Aki unsent a message."),
        ("Ben", "ok"),
    ]


def test_quotes_that_never_close_are_looked_at_a_few_times() -> None:
    looked = 0

    def row(line: str) -> re.Match[str] | None:
        nonlocal looked
        looked += 1
        return re.fullmatch(r"(\d\d:\d\d)\t(\w+)\t(.*)", line)

    said = ['10:00\tAki\t"x', *["10:00\tBen\thi"] * 20] * 50
    blocks = ((number, [line]) for number, line in enumerate(said))
    assert len(list(whole_messages(blocks, row, lambda _: False))) == len(said)
    assert looked < 10 * len(said)


WORDS = st.sampled_from(["hi", "on the way", '"yes" or "no"', "12:30 lunch", "在吗", ""])
ROWS = st.tuples(st.integers(0, 23), st.sampled_from(["lunch", "Ben\tyes", "home at 9", "在吗"]))
LINES = st.lists(st.one_of(WORDS, ROWS.map(lambda row: f"{row[0]:02}:15\t{row[1]}")), max_size=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(LINES.map(lambda inner: "\n".join(["see", *inner, "so much"])), max_size=5))
def test_whatever_stands_between_quotes_is_one_text(tmp_path: Path, said: list[str]) -> None:
    rows = [("10:30", ("Aki", "Ben")[n % 2], text) for n, text in enumerate([*said, "bye"])]
    assert texts(tmp_path, written(rows)) == [row[1:] for row in rows]
