"""WhatsApp's text of Android and iPhone."""

from datetime import datetime
from pathlib import Path

import pytest

from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import whatsapp
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

WHATSAPP = """\
12/12/19, 02:08 - Messages and calls are end-to-end encrypted.
12/12/19, 02:09 - Anna: hi
there
12/13/19, 02:10 - Ben: hello
12/13/19, 02:11 - Anna: <Media omitted>
"""
IPHONE = """\
[23.07.23, 10:17:53] Anna: hi
\u200e[23.07.23, 10:18:00] Ben: \u200eimage omitted
[24.07.23, 10:18:01] Ben: yes: really \u200e<This message was edited>
[24.07.23, 10:18:09] Anna: \u200eThis message was deleted.
"""

SAMPLES = (
    Sample("WhatsApp Chat with Anna.txt", WHATSAPP, me="Ben"),
    Sample("_chat.txt", IPHONE, me="Ben"),
)


def test_android(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "WhatsApp Chat with Anna.txt")
    assert seen(messages) == [
        ("", False, "system", "Messages and calls are end-to-end encrypted."),
        ("Anna", None, "text", "hi\nthere"),
        ("Ben", None, "text", "hello"),
        ("Anna", None, "other", ""),
    ]
    assert {m.chat_name for m in messages} == {"Anna"}
    # 12/13 decides 12/12
    assert messages[2].sent_at - messages[1].sent_at == 86_460_000


def test_iphone(tmp_path: Path) -> None:
    messages = read_sample(tmp_path / "WhatsApp Chat - Anna", "_chat.txt")
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
def test_how_phones_write_times(tmp_path: Path, start: str, time: tuple[int, int, int]) -> None:
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
        ("<attached: 00000013-GIF-2020-01-01-12-00-00.mp4>", "sticker"),
        ("<attached: 2015-02-13-GIF-00000042.mp4>", "sticker"),
        ("<attached: 00000014-AUDIO-2020-01-01.mp3>", "voice"),
        ("<attached: 00000015-My PHOTO album.pdf>", "file"),
        ("<attached: 00000016-how to GIF-wrap.pdf>", "file"),
        ("Missed voice call", "call"),
        ("I omitted the image", "text"),
        ("a <b> c", "text"),
    ],
)
def test_placeholders(tmp_path: Path, words: str, kind: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"13/2/20, 14:09 - Anna: {words}\n", encoding="utf-8")
    (message,) = read(path)
    assert message.kind == kind
    assert (message.text == words) is (kind == "text")


MARK = "\u200e"
# Made up in the shape of a group on an iPhone in Icelandic, which no list of phrases has.
MARKED = f"""\
[5.3.2024, 19:02:11] Fjallafólk: {MARK}Skilaboð og símtöl eru dulkóðuð frá enda til enda.
[5.3.2024, 19:02:11] Jón: {MARK}Jón stofnaði hópinn
[5.3.2024, 19:02:40] Ben: {MARK}Þú ert nú stjórnandi
[5.3.2024, 19:03:00] Jón: hver kemur?
[5.3.2024, 19:03:20] Ben: ég {MARK}<Þessum skilaboðum var breytt>
{MARK}[5.3.2024, 19:04:00] Ben: {MARK}<viðhengi: 00000007-PHOTO-2024-03-05-19-04-00.jpg>
{MARK}[5.3.2024, 19:04:10] Jón: kortið {MARK}<viðhengi: 00000008-PHOTO-2024-03-05-19-04-10.jpg>
{MARK}[5.3.2024, 19:04:30] Ben: {MARK}eitthvað sem vantar
"""


def test_an_iphone_marks_what_is_nobodys_words_in_any_language(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat - Fjallafólk" / "_chat.txt"
    path.parent.mkdir()
    path.write_text(MARKED, encoding="utf-8")
    messages = read(path)
    assert seen(messages) == [
        ("", False, "system", "Skilaboð og símtöl eru dulkóðuð frá enda til enda."),
        ("", False, "system", "Jón stofnaði hópinn"),
        ("", False, "system", "Þú ert nú stjórnandi"),
        ("Jón", None, "text", "hver kemur?"),
        ("Ben", None, "text", "ég"),
        ("Ben", None, "image", ""),
        ("Jón", None, "image", "kortið"),
        ("Ben", None, "other", ""),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Fjallafólk", "group")}


def test_where_it_is_written_from_right_to_left_the_mark_also_begins_other_scripts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(
        "\u200f[05/03/2024, 19:02:11] \u202aBen\u202c: \u200eסרטון לא נכלל\n"
        "\u200f[05/03/2024, 19:02:15] \u202aBen\u202c: \u200eok, seven\n",
        encoding="utf-8",
    )
    assert seen(read(path)) == [
        ("", False, "system", "סרטון לא נכלל"),
        ("Ben", None, "text", "ok, seven"),
    ]


def one(tmp_path: Path, line: str) -> ImportedMessage:
    path = tmp_path / "chat.txt"
    path.write_text(f"{line}\n", encoding="utf-8")
    (message,) = read(path)
    return message


ANDROID = "13/2/20, 14:09 - Ben: "
PHONE = "[13.02.20, 14:09:07] Ben: "


@pytest.mark.parametrize(
    ("line", "kind", "caption"),
    [
        (f"{ANDROID}IMG-20200213-WA0007.jpg (file attached)\nour boat", "image", "our boat"),
        (f"{ANDROID}Vertrag (neu) 3.pdf (Datei angehängt)", "file", ""),
        (f"{ANDROID}{MARK}VID-20200213-WA0001.mp4 (skrá fylgir)\nnei", "video", "nei"),
        (f"{ANDROID}PTT-20200213-WA0002.opus (í viðhengi)", "voice", ""),
        (f"{ANDROID}Nora Lind.vcf (archivo adjunto)", "contact", ""),
        (f"{ANDROID}<Média vynechány>", "other", ""),
        (f"{ANDROID}<Mídia oculta>\nolha só", "other", "olha só"),
        (f"{PHONE}{MARK}Rechnung.pdf • {MARK}2 Seiten {MARK}Dokument weggelassen", "file", ""),
        (f"{PHONE}so schön {MARK}Bild weggelassen", "image", "so schön"),
        (f"{PHONE}{MARK}sticker non incluso", "sticker", ""),
        (f"{PHONE}{MARK}Videollamada. {MARK}3 min", "call", ""),
        (f"{PHONE}{MARK}Ubicación: https://maps.google.com/?q=-12.04,-77.02", "location", ""),
        (f"{PHONE}2015-02-13-PHOTO-00000042.jpg <{MARK}attached>", "image", ""),
        (f"{PHONE}Plan.docx {MARK}<прикреплено: 00000031-Plan.docx>", "file", ""),
        (f"{ANDROID}Gemist spraakgesprek", "call", ""),
        (f"{ANDROID}POLL:\nwhere to?\nOPTION: sea (2 votes)\nOPTION: hills (1 vote)", "other", ""),
        (f"{ANDROID}UMFRAGE:\nwohin?\nOPTION: ans Meer (0 Stimmen)", "other", ""),
        (f"{ANDROID}pozíciók: https://maps.google.com/?q=47.49,19.04", "location", ""),
    ],
)
def test_what_was_sent_with_its_caption(tmp_path: Path, line: str, kind: str, caption: str) -> None:
    message = one(tmp_path, line)
    assert (message.kind, message.text) == (kind, caption)


@pytest.mark.parametrize(
    "words",
    [
        "Video call?",
        "Video call",
        "Missed voice call you, sorry",
        "image omitted on purpose",
        "README.md (see below)",
        "<your name here>",
        "gelöscht",
        "You deleted this message too early",
        "Messages and calls are free there",
        "a.jpg",
        "<3",
        "see <this> and <that>",
        "Plan:\nsea (2 days)",
        "    an indented line",
    ],
)
@pytest.mark.parametrize("start", [ANDROID, PHONE])
def test_words_that_only_look_like_a_placeholder_stay(
    tmp_path: Path, start: str, words: str
) -> None:
    message = one(tmp_path, start + words)
    assert (message.kind, message.text) == ("text", words)


@pytest.mark.parametrize(
    "phrase",
    [
        "Usunięto tę wiadomość",
        "Táto správa bola odstránená",
        "Du raderade det här meddelandet.",
        "ข้อความนี้ถูกลบ",
        "Bạn đã xóa tin nhắn này",
        "삭제된 메시지입니다.",
        "تم حذف هذه الرسالة",
        "您删除了这条消息",
        "Mensagem apagada",
        "यह संदेश मिटाया गया",
    ],
)
def test_taken_back_in_many_languages(tmp_path: Path, phrase: str) -> None:
    message = one(tmp_path, ANDROID + phrase)
    assert (message.sender_name, message.kind, message.recalled) == ("Ben", "system", True)


@pytest.mark.parametrize(
    "mark",
    ["Сообщение изменено", "Bu mesaj düzenlendi", "Pesan ini telah diedit", "此訊息已編輯"],
)
def test_edit_marks_in_many_languages(tmp_path: Path, mark: str) -> None:
    message = one(tmp_path, f"{ANDROID}at nine <{mark}>")
    assert (message.text, message.edited) == ("at nine", True)


@pytest.mark.parametrize(
    ("head", "moment"),
    [
        ("05/03/24, 7:02:11 pm \u2013 ", "2024-03-05 19:02:11"),
        ("٥‏/٣‏/٢٠٢٤، ٧:٠٢ م - ", "2024-03-05 19:02:00"),
        ("۵/۳/۲۰۲۴،\u200f ۷:۰۲ ق.ظ. - ", "2024-03-05 07:02:00"),
        ("5/3/2024, 7:02 पूर्वाह्न - ", "2024-03-05 07:02:00"),
        ("5/3/2567 19:02 - ", "2024-03-05 19:02:00"),
        ("[5/3/67, 19:02:11] ", "2024-03-05 19:02:11"),
        ("19:02, 05/03/2024 - ", "2024-03-05 19:02:00"),
        ("[7:02 μ.μ., 5/3/2024] ", "2024-03-05 19:02:00"),
        ("05.03.24 19.02.11: ", "2024-03-05 19:02:11"),
        ("2024. 03. 05. 19:02 - ", "2024-03-05 19:02:00"),
        ("5.03.24 г., 19:02 ч. - ", "2024-03-05 19:02:00"),
        ("5.3.2024 klo 19.02 - ", "2024-03-05 19:02:00"),
        ("2024/3/5 傍晚7:02 - ", "2024-03-05 19:02:00"),
        ("[19:02:11, 5/3/24] ", "2024-03-05 19:02:11"),
        ("[下午7:02, 2024/3/5] ", "2024-03-05 19:02:00"),
        ("19.02 5/3/2024 - ", "2024-03-05 19:02:00"),
        ("[\u200f5\u200f/3\u200f/2024، 7:02:11\xa0م] ", "2024-03-05 19:02:11"),
        ("[\ufeff05.03.24, 7:02:11\u202fPM] ", "2024-03-05 19:02:11"),
        ("[5/3/2567 BE, 19:02:11] ", "2024-03-05 19:02:11"),
        ("5/3/2567 19:02 น. - ", "2024-03-05 19:02:00"),
        ("[5/3/R6, 19:02:11] ", "2024-03-05 19:02:11"),
        ("[R6/3/5 19:02:11] ", "2024-03-05 19:02:11"),
        ("民國113/3/5 下午7:02 - ", "2024-03-05 19:02:00"),
        ("[۱۴۰۲/۱۲/۱۵،\u200f ۱۹:۰۲:۱۱] ", "2024-03-05 19:02:11"),
        ("24/8/1445 هـ، 7:02 م - ", "2024-03-05 19:02:00"),
        ("၅/၃/၂၀၂၄၊ ၁၉:၀၂ - ", "2024-03-05 19:02:00"),
        ("৫/৩/২৪, ৭:০২ PM - ", "2024-03-05 19:02:00"),
        ("05.03.24 à 19:02 - ", "2024-03-05 19:02:00"),
        ("[5.3.2024 klo 19.02.11] ", "2024-03-05 19:02:11"),
        ("2024-03-05 19 h 02 - ", "2024-03-05 19:02:00"),
        ("5/3/24, பிற்பகல் 7:02 - ", "2024-03-05 19:02:00"),
        ("05/03/2024, 7:02 in the evening - ", "2024-03-05 19:02:00"),
        ("05/03/2024, 12:02 at night - ", "2024-03-05 00:02:00"),
        ("5/3/24, 7.02 malam - ", "2024-03-05 19:02:00"),
        ("5.3.2024, 7:02 e pasdites - ", "2024-03-05 19:02:00"),
        ("5.3.2024, 7:02 אחה״צ - ", "2024-03-05 19:02:00"),
        ("2024/3/5 凌晨12:02 - ", "2024-03-05 00:02:00"),
        ("2024-03-05 7:02:11 e.m.: ", "2024-03-05 19:02:11"),
        ("05/03/24, 7:02:11 PM: ", "2024-03-05 19:02:11"),
    ],
)
def test_dates_and_times_of_the_world(tmp_path: Path, head: str, moment: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"{head}Nora: hæ\n{head}Ben: hi\n", encoding="utf-8")
    file = ExportFile(path, dates="dmy")
    (first, _) = whatsapp.read(file)
    local = datetime.fromtimestamp(first.sent_at / 1000).astimezone()
    assert (f"{local:%Y-%m-%d %H:%M:%S}", first.text) == (moment, "hæ")


def test_years_of_two_digits_stand_first_where_they_change_least(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    days = ("16/6/29", "16/6/30", "16/7/1", "17/1/2")
    path.write_text("".join(f"{day}, 下午7:02:11: 娜拉: 嗯\n" for day in days), encoding="utf-8")
    file = ExportFile(path)
    local = [datetime.fromtimestamp(m.sent_at / 1000).astimezone() for m in whatsapp.read(file)]
    assert [f"{at:%y-%m-%d}" for at in local] == ["16-06-29", "16-06-30", "16-07-01", "17-01-02"]


def test_an_old_phone_whose_first_line_is_the_platforms(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("7/1/16, 4:56:55 PM: You created this group\n7/1/16, 4:57:00 PM: Nora: hæ\n")
    assert seen(read(path)) == [
        ("", False, "system", "You created this group"),
        ("Nora", None, "text", "hæ"),
    ]


def test_a_name_in_the_time_is_no_head(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("05/03/2024 19:02 Nora - Ben: hi\n", encoding="utf-8")
    assert not whatsapp.recognizes(ExportFile(path))


def test_lines_pasted_from_elsewhere_begin_no_message(tmp_path: Path) -> None:
    pasted = "look:\n12/02/20, 08:00 - Zoe: not mine\n18.04.2022 10:00 gym\n13.02.20 14.09.07: x"
    path = tmp_path / "chat.txt"
    path.write_text(f"{PHONE}{pasted}\n{PHONE}end\n", encoding="utf-8")
    assert [m.text for m in read(path)] == [pasted, "end"]


@pytest.mark.parametrize(
    "line",
    ['Nora changed the subject to "Trip: Rome"', "Nora hat „Plan: B“ erstellt: ok"],
)
def test_a_line_of_the_platform_that_quotes_a_colon_has_no_sender(
    tmp_path: Path, line: str
) -> None:
    message = one(tmp_path, f"13/2/20, 14:09 - {line}")
    assert (message.sender_id, message.kind, message.text) == ("", "system", line)


@pytest.mark.parametrize(
    ("words", "kind", "left"),
    [
        (f"{MARK}DOC-20240201-WA0010. (archivo adjunto)", "file", ""),
        ("DOC-20240201-WA0011. (file attached)\nJanuary.pdf", "file", "January.pdf"),
        ("DOC-20240201-WA0011. is the name", "text", "DOC-20240201-WA0011. is the name"),
        ("null", "other", ""),
        ("null of them", "text", "null of them"),
    ],
)
def test_documents_without_an_ending_and_what_android_cannot_write(
    tmp_path: Path, words: str, kind: str, left: str
) -> None:
    message = one(tmp_path, ANDROID + words)
    assert (message.kind, message.text) == (kind, left)


@pytest.mark.parametrize(
    ("file", "rows"),
    [("WhatsApp Chat with Dr_ Smith.txt", 1), ("WhatsApp Chat with Holidays.txt", 10)],
)
def test_names_that_hold_a_colon(tmp_path: Path, file: str, rows: int) -> None:
    said = ["<Media omitted>", *("PS: hi" for _ in range(rows - 1))]
    lines = [f"13/2/20, 14:{n:02} - Dr: Smith: {words}\n" for n, words in enumerate(said)]
    text = "".join((*lines, ANDROID, "one: two\n", ANDROID, "PS: three\n"))
    messages = read(put(tmp_path, Sample(file, text)))
    assert {m.sender_name for m in messages} == {"Dr: Smith", "Ben"}
    assert {m.account for m in messages} == {"Dr", ""}
    assert [m.text for m in messages] == ["", *said[1:], "one: two", "PS: three"]
    assert messages[0].kind == "other"


@pytest.mark.parametrize("joined_first", [True, False])
def test_lines_about_somebody_whose_name_holds_a_colon_are_the_platforms(
    tmp_path: Path, joined_first: bool
) -> None:
    joined, said = "Dr: Smith joined using this group's invite link", "Dr: Smith: hi"
    words = [joined, said] if joined_first else [said, joined]
    text = "".join(f"13/2/20, 14:09 - {line}\n" for line in (*words, "Dr: Smith:", "Ben: ok"))
    messages = read(put(tmp_path, Sample("WhatsApp Chat with Dr_ Smith.txt", text)))
    assert {(m.sender_name, m.kind, m.text) for m in messages} == {
        ("", "system", joined),
        ("Dr: Smith", "text", "hi"),
        ("Dr: Smith", "text", ""),
        ("Ben", "text", "ok"),
    }


@pytest.mark.parametrize(("file", "rows"), [("A_ B_ C.txt", 2), ("Holidays.txt", 12)])
def test_a_name_that_holds_two_colons(tmp_path: Path, file: str, rows: int) -> None:
    said = ["PS: hi", *("ho" for _ in range(rows - 1))]
    text = "".join(f"13/2/20, 14:09 - A: B: C: {words}\n" for words in said)
    messages = read(put(tmp_path, Sample(f"WhatsApp Chat with {file}", text)))
    assert {m.sender_name for m in messages} == {"A: B: C"}
    assert [m.text for m in messages] == said


def test_who_begins_many_messages_alike_and_others_otherwise_is_called_as_it_stands(
    tmp_path: Path,
) -> None:
    said = [*("PS: hi" for _ in range(12)), "PSG won", "ho"]
    text = "".join(f"13/2/20, 14:09 - Dr: {words}\n" for words in said)
    messages = read(put(tmp_path, Sample("WhatsApp Chat with Holidays.txt", text)))
    assert [(m.sender_name, m.text) for m in messages] == [("Dr", words) for words in said]


def test_the_name_of_a_group_that_holds_a_colon(tmp_path: Path) -> None:
    line = "[13.02.20, 14:09:07]"
    text = f"""\
{line} Fam: us: {MARK}Messages and calls are end-to-end encrypted.
{line} Fam: us: {MARK}Ben joined
{line} Ben: see this: {MARK}<attached: 1-PHOTO.jpg>
{line} Anna: hi
"""
    messages = read(put(tmp_path, Sample("_chat.txt", text)))
    assert [(m.sender_name, m.kind, m.text) for m in messages] == [
        ("", "system", "Messages and calls are end-to-end encrypted."),
        ("", "system", "Ben joined"),
        ("Ben", "image", "see this:"),
        ("Anna", "text", "hi"),
    ]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("SONDAGE :\nOù ?\nOPTION : Rome (1 vote)\nOPTION : Bari (0 vote)", "other"),
        ("アンケート:\nどこ?\nオプション: 東京 (1票)\nオプション: 大阪 (0票)", "other"),
        ("استطلاع رأي:\nأين؟\nخيار: روما (1 صوت)\nخيار: باري (0 صوت)", "other"),
        ("POLL:\nWhere?\n" + "\n".join(f"OPTION: {n} (0 votes)" for n in range(20)), "other"),
        ("List:\nfor today\nmilk: fat (2 litres)\nbread: dark (1 loaf)", "text"),
        ("\u200f<המדיה לא נכללה>", "other"),
    ],
)
def test_polls_and_marks_of_other_languages(tmp_path: Path, words: str, kind: str) -> None:
    assert one(tmp_path, ANDROID + words).kind == kind


def test_a_phone_that_counts_the_hours_to_24(tmp_path: Path) -> None:
    message = one(tmp_path, "13/2/20, 24:09 - Ben: hi")
    assert datetime.fromtimestamp(message.sent_at / 1000).astimezone().hour == 0
