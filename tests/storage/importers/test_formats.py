"""Every format, from the file to the messages."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.detect import IMPORTERS, detect
from storage.importers.file import ExportFile
from storage.importers.formats import line
from storage.messages import KINDS
from tests.storage.importers.samples import SAMPLES, T0, Sample

NAMES = sorted(SAMPLES)
Seen = tuple[str, bool | None, str, str]


def put(folder: Path, sample: Sample) -> Path:
    for name, text in {sample.name: sample.text, **sample.beside}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder / sample.name


def read(path: Path) -> list[ImportedMessage]:
    file = ExportFile(path)
    importer = detect(file)
    assert importer is not None
    messages = list(importer.read(file))
    assert file.problems == []
    return messages


def sample(folder: Path, name: str) -> list[ImportedMessage]:
    return read(put(folder, SAMPLES[name]))


def seen(messages: list[ImportedMessage]) -> list[Seen]:
    return [(m.sender_name, m.from_owner, m.kind, m.text) for m in messages]


def test_every_format_has_a_sample() -> None:
    assert {importer.NAME for importer in IMPORTERS} == {s.format for s in SAMPLES.values()}


@pytest.mark.parametrize("name", NAMES)
def test_recognized_by_content_whatever_the_name(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, SAMPLES[name])
    renamed = path.rename(path.with_name("renamed.txt"))
    found = detect(ExportFile(renamed))
    assert found is not None
    assert SAMPLES[name].format == found.NAME


@pytest.mark.parametrize("name", NAMES)
def test_kinds_are_those_of_the_log_and_placeholders_are_no_text(tmp_path: Path, name: str) -> None:
    for message in sample(tmp_path, name):
        assert message.kind in KINDS
        assert message.text == "" or message.kind in ("text", "system", "forward")


@pytest.mark.parametrize(
    ("name", "chat"),
    [
        ("weflow.json", "wxid_f"),
        ("echotrace.json", "wxid_f"),
        ("chatlog.json", "wxid_f"),
        ("wxid_f_0_3.csv", "wxid_f"),
        ("weflow.csv", "weflow"),
        ("chatlab.json", "小明"),
        ("chatlab.jsonl", "小明"),
        ("qq.json", "小明"),
        ("old.json", "小明"),
        ("manifest.json", "小明"),
    ],
)
def test_the_same_two_messages_in_many_formats(tmp_path: Path, name: str, chat: str) -> None:
    messages = sample(tmp_path, name)
    assert [(m.from_owner, m.kind, m.text) for m in messages[:2]] == [
        (False, "text", "在吗"),
        (True, "text", "在"),
    ]
    assert {m.chat_id for m in messages} == {chat}
    assert messages[1].sent_at - messages[0].sent_at == 4000
    if name != "wxid_f_0_3.csv":  # its times name no zone
        assert messages[0].sent_at == T0 * 1000


@pytest.mark.parametrize("name", ["weflow.json", "chatlog.json", "qq.json"])
def test_an_answer_keeps_its_own_words_and_the_quoted_ones_apart(tmp_path: Path, name: str) -> None:
    answer = sample(tmp_path, name)[1]
    assert (answer.kind, answer.text) == ("text", "在")
    assert "在吗" in (answer.raw or "")


@pytest.mark.parametrize(
    ("name", "answered"),
    [
        ("weflow.json", "7594861486645126963"),
        ("chatlab.json", "7594861486645126963"),
        ("result.json", "2"),
        ("discord.json", "100"),
        ("qq.json", "740001"),
    ],
)
def test_what_is_answered_is_known_by_its_id(tmp_path: Path, name: str, answered: str) -> None:
    assert [m.reply_to for m in sample(tmp_path, name) if m.reply_to] == [answered]


class TestWeChat:
    def test_lines_of_the_platform_have_no_side(self, tmp_path: Path) -> None:
        line = sample(tmp_path, "weflow.json")[2]
        assert (line.sender_id, line.from_owner, line.kind) == ("", False, "system")

    def test_where_weflow_does_not_know_the_side_the_sender_tells(self, tmp_path: Path) -> None:
        text = SAMPLES["weflow.json"].text
        text = text.replace('"isSend": 1', '"isSend": null').replace(
            '"isSend": 0', '"isSend": null'
        )
        messages = read(put(tmp_path, replace(SAMPLES["weflow.json"], text=text)))
        assert [m.from_owner for m in messages] == [False, True, False]

    def test_memotrace_keeps_contacts_apart_that_share_a_file(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "memotrace.csv")
        assert [m.chat_id for m in messages] == ["wxid_f"] * 3 + ["wxid_ann"]
        assert [m.chat_name for m in messages] == ["小明"] * 3 + ["Ann"]
        assert [m.from_owner for m in messages] == [False, True, False, False]
        assert (messages[2].kind, messages[2].raw) == ("image", "<msg/>")

    def test_memotrace_with_a_header_shorter_than_its_rows(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "old.csv")
        assert [(m.chat_id, m.text) for m in messages] == [("old", "在吗"), ("old", "在")]

    def test_the_chinese_header_says_that_it_is_unconfirmed(self, tmp_path: Path) -> None:
        file = ExportFile(put(tmp_path, SAMPLES["chinese.csv"]))
        importer = detect(file)
        assert importer is not None
        assert seen(list(importer.read(file))) == [
            ("小明", None, "text", "在吗"),
            ("我", None, "text", "在"),
        ]
        assert any("unconfirmed" in note for note in file.notes)

    def test_conversations_are_far_apart(self, tmp_path: Path) -> None:
        first, second, third = sample(tmp_path, "conversations.json")
        assert (first.from_owner, second.from_owner) == (False, True)
        assert second.sent_at - first.sent_at == 1000
        assert third.sent_at - second.sent_at > 6 * 3600 * 1000

    def test_memotrace_txt(self, tmp_path: Path) -> None:
        assert seen(sample(tmp_path, "memotrace.txt")) == [
            ("小明", None, "text", "在吗\n有空吗"),
            ("我", None, "text", "在"),
            ("小明", None, "image", ""),
        ]

    def test_chatlog_csv_in_a_chat_of_two_the_other_one_is_the_owner(self, tmp_path: Path) -> None:
        assert seen(sample(tmp_path, "chatlog.csv")) == [
            ("小明", False, "text", "在吗"),
            ("我", True, "text", "在"),
            ("小明", False, "image", ""),
        ]

    def test_chatlog_csv_of_a_group_names_no_owner(self, tmp_path: Path) -> None:
        text = SAMPLES["chatlog.csv"].text.replace("小明,wxid_f,在吗", "群,1@chatroom,在吗")
        messages = read(put(tmp_path, replace(SAMPLES["chatlog.csv"], text=text)))
        assert (messages[0].from_owner, messages[0].chat_kind) == (None, "group")


class TestTelegram:
    def test_a_single_chat_does_not_name_the_owner(self, tmp_path: Path) -> None:
        assert seen(sample(tmp_path, "result.json")) == [
            ("Ann", False, "system", "create_group"),
            ("Ann", None, "text", "look https://a.b now"),
            ("Ben", None, "text", "ok"),
            ("Ben", None, "forward", "news"),
            ("Ann", None, "sticker", ""),
        ]

    def test_the_full_export_names_the_owner_and_many_chats(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "full.json")
        assert [m.chat_name for m in messages] == ["Ann"] * 5 + ["Saved Messages"]
        assert [m.from_owner for m in messages] == [False, False, True, True, False, True]
        assert messages[-1].chat_kind == "self"


class TestWhatsApp:
    def test_android(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "WhatsApp Chat with Anna.txt")
        assert seen(messages) == [
            ("", False, "system", "Messages and calls are end-to-end encrypted."),
            ("Anna", None, "text", "hi\nthere"),
            ("Ben", None, "text", "hello"),
            ("Anna", None, "other", ""),
        ]
        assert {m.chat_name for m in messages} == {"Anna"}
        # 12/13 settles 12/12
        assert messages[2].sent_at - messages[1].sent_at == 86_460_000

    def test_iphone(self, tmp_path: Path) -> None:
        messages = sample(tmp_path / "WhatsApp Chat - Anna", "_chat.txt")
        assert seen(messages) == [
            ("Anna", None, "text", "hi"),
            ("Ben", None, "image", ""),
            ("Ben", None, "text", "yes: really"),
            ("Anna", None, "system", "This message was deleted."),
        ]
        assert [m.recalled for m in messages] == [False, False, False, True]
        assert {m.chat_name for m in messages} == {"Anna"}

    @pytest.mark.parametrize(
        ("start", "time"),
        [
            ("2/9/20, 2:09 PM - ", (14, 9, 0)),
            ("2/9/20, 2:09\u202fPM - ", (14, 9, 0)),
            ("[2/9/20, 2:09:07\u202fam] ", (2, 9, 7)),
            ("9.2.2020, 14:09 - ", (14, 9, 0)),
            ("2020/2/9 下午2:09 - ", (14, 9, 0)),
            ("[2020/2/9, 14:09:07] ", (14, 9, 7)),
            ("9/2/20, 2:09 p. m. - ", (14, 9, 0)),
            ("09-02-2020, 14.09 - ", (14, 9, 0)),
            ("\u200e[9/2/20 12:09:00 AM] ", (0, 9, 0)),
        ],
    )
    def test_how_phones_write_times(
        self, tmp_path: Path, start: str, time: tuple[int, int, int]
    ) -> None:
        path = tmp_path / "chat.txt"
        path.write_text(f"{start}Anna: hi\n", encoding="utf-8")
        (message,) = read(path)
        local = datetime.fromtimestamp(message.sent_at / 1000).astimezone()
        assert (local.hour, local.minute, local.second) == time
        assert (message.sender_name, message.text) == ("Anna", "hi")

    @pytest.mark.parametrize(
        ("words", "kind"),
        [
            ("<Media omitted>", "other"),
            ("<Medien ausgeschlossen>", "other"),
            ("<省略多媒体文件>", "other"),
            ("image omitted", "image"),
            ("sticker omitted", "sticker"),
            ("audio omitted", "voice"),
            ("Video weggelassen", "video"),
            ("图片忽略", "image"),
            ("IMG-20200101-WA0001.jpg (file attached)", "image"),
            ("PTT-20200101-WA0001.opus (file attached)", "voice"),
            ("<attached: 00000012-PHOTO-2020-01-01.jpg>", "image"),
            ("Missed voice call", "call"),
            ("I omitted the image", "text"),
            ("a <b> c", "text"),
        ],
    )
    def test_placeholders(self, tmp_path: Path, words: str, kind: str) -> None:
        path = tmp_path / "chat.txt"
        path.write_text(f"13/2/20, 14:09 - Anna: {words}\n", encoding="utf-8")
        (message,) = read(path)
        assert message.kind == kind
        assert (message.text == words) is (kind == "text")


class TestOthers:
    def test_discord(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "discord.json")
        assert seen(messages) == [
            ("Ann", None, "text", "hi"),
            ("Ben", None, "text", "ho"),
            ("Ben", None, "image", ""),
        ]
        assert {(m.chat_id, m.chat_kind) for m in messages} == {("77", "direct")}

    @pytest.mark.parametrize("name", ["qq.json", "old.json", "manifest.json"])
    def test_qq_recalls(self, tmp_path: Path, name: str) -> None:
        assert [m.recalled for m in sample(tmp_path, name)][-1] is True

    def test_qq_txt(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "qq.txt")
        assert [(m.sender_id, *s) for m, s in zip(messages, seen(messages), strict=True)] == [
            ("23333", "小明", None, "text", "在吗\n有空吗"),
            ("10001", "我", None, "image", ""),
        ]
        assert messages[0].chat_name == "小明"

    def test_line(self, tmp_path: Path) -> None:
        assert seen(sample(tmp_path, "line.txt")) == [
            ("小明", False, "text", "在吗"),
            ("我", True, "text", "在\n怎么了"),
            ("小明", False, "image", ""),
            ("", False, "system", "小明已收回消息"),
            ("小明", False, "call", ""),
        ]

    def test_line_in_english(self, tmp_path: Path) -> None:
        assert seen(sample(tmp_path, "line-english.txt")) == [
            ("Ann", False, "text", "hi"),
            ("Ben", True, "text", "ho"),
        ]

    def test_line_for_windows(self, tmp_path: Path) -> None:
        assert seen(sample(tmp_path, "[LINE]Ann Lee.txt")) == [
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

    def test_line_for_windows_tells_what_it_took_for_names(self, tmp_path: Path) -> None:
        file = ExportFile(put(tmp_path, SAMPLES["[LINE]Ann Lee.txt"]))
        list(line.read(file))
        assert any("read as names: Ann Lee, Ben" in note for note in file.notes)

    def test_a_timetable_is_not_line(self, tmp_path: Path) -> None:
        path = tmp_path / "day.txt"
        path.write_text("My day\n2026.01.30 Friday\n09:00 gym with Bob\n10:00 work\n")
        assert detect(ExportFile(path)) is None

    def test_imessage(self, tmp_path: Path) -> None:
        messages = sample(tmp_path, "imessage.txt")
        assert seen(messages) == [
            ("Ann", False, "text", "hi\nthere"),
            ("Me", True, "image", ""),
            ("Me", True, "text", "what"),
        ]
        assert "Liked by Ann" in (messages[2].raw or "")

    def test_imessage_under_a_name_of_ones_own(self, tmp_path: Path) -> None:
        text = SAMPLES["imessage.txt"].text.replace("\nMe\n", "\nBen\n")
        messages = read(put(tmp_path, replace(SAMPLES["imessage.txt"], text=text)))
        assert [m.from_owner for m in messages] == [None] * 3


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".json")])
def test_cut_off_json_is_a_broken_file(tmp_path: Path, name: str) -> None:
    cut = SAMPLES[name].text[: len(SAMPLES[name].text) * 2 // 3]
    file = ExportFile(put(tmp_path, replace(SAMPLES[name], text=cut)))
    importer = next(i for i in IMPORTERS if SAMPLES[name].format == i.NAME)
    with pytest.raises(InputError, match=r"line \d+: broken JSON") as caught:
        list(importer.read(file))
    assert str(caught.value).count("\n") == 0
