"""KakaoTalk's texts and CSV, Korean and English."""

from pathlib import Path

import pytest

from storage.importers.detect import recognizing
from storage.importers.file import ExportFile
from storage.importers.formats import kakaotalk
from storage.importers.programs.kakaotalk_words import is_notice, said
from tests.storage.importers.samples import Sample, as_csv, put, read, read_sample, seen

ANDROID = """\
Mira 님과 카카오톡 대화
저장한 날짜 : 2023년 5월 1일 오후 9:41


2023년 5월 1일 오후 9:25
2023년 5월 1일 오후 9:25, Mira : 안녕 : 반가워
2023년 5월 1일 오후 9:26, 회원님 : 응
둘째 줄

2023년 5월 1일

2023년 5월 2일 오전 12:05
2023년 5월 2일 오전 12:05, Mira : 사진
2023년 5월 2일 오전 12:06, Mira : 이모티콘
2023년 5월 2일 오전 12:06, 회원님 : 삭제된 메시지입니다.
2023년 5월 2일 오전 12:07, Mira님이 나갔습니다.
"""

ANDROID_EN = """\
KakaoTalk Chats with Mira
Date Saved : May 1, 2023, 9:41 PM

May 1, 2023, 9:25 PM
May 1, 2023, 9:25 PM, Mira : hi
May 1, 2023, 9:26 PM, Ben : hello
and again
May 1, 2023, 9:27 PM, Ben : Photo
"""

IPHONE = """\
Talk_2026.8.7 13:01-1.txt
저장한 날짜 : 2026. 8. 7. 오후 11:01



2026년 8월 7일 금요일
2026. 8. 7. 오후 1:01, 나 : 안녕
2026. 8. 7. 오후 1:02: 상대님이 나님을 초대했습니다.
2026. 8. 7. 오후 1:03, 상대 : 어 ㅋㅋ
오후 3:16, 누구 : 복사한 줄

2026년 8월 8일 토요일
2026. 8. 8. 오전 12:04, 나 : 잘자
"""

IPHONE_EN = """\
Date Saved : Feb 13, 2026 at 18:42

Sunday, February 1, 2026
Feb 1, 2026 at 20:29: Hana invited Ben.
Feb 1, 2026 at 20:35, Hana : 2/1
Feb 1, 2026 at 9:36\u202fPM, Ben : ok
"""

IPHONE_TIMES = """\
여행 4 카카오톡 대화
저장한 날짜 : 2024. 1. 2. 오후 2:23

2024년 1월 1일 월요일
오후 3:16, 하나 : 가자
오후 3:17, 하나님이 나갔습니다.

2024년 1월 2일 화요일
오전 9:00, Ben : 그래
"""

WINDOWS = """\
Mira 님과 카카오톡 대화
저장한 날짜 : 2023-05-01 21:41:00

--------------- 2023년 5월 1일 월요일 ---------------
Ben님이 Mira님을 초대하였습니다.
[Mira] [오후 9:25] 안녕
[공지] 오후 9시
나갔습니다.
[Ben] [오후 9:26] 파일: 보고서.pdf
Mira님이 나갔습니다.
--------------- 2023년 5월 2일 화요일 ---------------
[Ben [가족]] [오전 12:10] 잘 가
[] [오전 12:11] 채팅방 관리자가 메시지를 가렸습니다.
"""

WINDOWS_EN = """\
Trip with KakaoTalk Chats
Date Saved: 2021-05-20 20:00:00

--------------- Thursday, May 20, 2021 ---------------
[Mira] [9:25 AM] Voice Call 1:02:03
[Ben] [12:26 PM] she said
Mira left.
She left.
[Hana] [1:26 PM] Emoticons
Hana invited Kim and Lee.
[Ben] [2:00 PM] This message was deleted.
"""

CSV = as_csv(
    ["Date", "User", "Message"],
    ["2023-05-01 21:25:00", "Mira", "안녕\n둘째 줄"],
    ["2023-05-01 21:25:10", "Ben", "동영상"],
    ["2023-05-01 21:26:00", "Mira", "Mira님이 나갔습니다."],
)

SAMPLES = (
    Sample("KakaoTalkChats.txt", ANDROID),
    Sample("kakao android en.txt", ANDROID_EN),
    Sample("kakao iphone.txt", IPHONE, me="나"),
    Sample("kakao iphone en.txt", IPHONE_EN, me="Ben"),
    Sample("kakao iphone times.txt", IPHONE_TIMES, me="Ben"),
    Sample("kakao windows.txt", WINDOWS, me="Ben"),
    Sample("kakao windows en.txt", WINDOWS_EN, me="Ben"),
    Sample("KakaoTalk_Chat_Mira_2023-05-01-21-41-00.csv", CSV),
)


def test_android(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "KakaoTalkChats.txt")
    assert seen(messages) == [
        ("Mira", False, "text", "안녕 : 반가워"),
        ("회원님", True, "text", "응\n둘째 줄"),
        ("Mira", False, "image", ""),
        ("Mira", False, "sticker", ""),
        ("회원님", True, "system", "삭제된 메시지입니다."),
        ("", False, "system", "Mira님이 나갔습니다."),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Mira", "direct")}
    assert [m.recalled for m in messages] == [False] * 4 + [True, False]
    assert [m.sent_at - messages[0].sent_at for m in messages[1:3]] == [60_000, 9_600_000]


def test_android_in_english(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "kakao android en.txt")) == [
        ("Mira", False, "text", "hi"),
        ("Ben", True, "text", "hello\nand again"),
        ("Ben", True, "image", ""),
    ]


def test_iphone(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "kakao iphone.txt")
    assert seen(messages) == [
        ("나", None, "text", "안녕"),
        ("", False, "system", "상대님이 나님을 초대했습니다."),
        ("상대", None, "text", "어 ㅋㅋ\n오후 3:16, 누구 : 복사한 줄"),
        ("나", None, "text", "잘자"),
    ]
    assert {m.chat_name for m in messages} == {"kakao iphone"}


def test_iphone_in_english(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "kakao iphone en.txt")
    assert seen(messages) == [
        ("", False, "system", "Hana invited Ben."),
        ("Hana", None, "text", "2/1"),
        ("Ben", None, "text", "ok"),
    ]
    assert messages[2].sent_at - messages[1].sent_at == 61 * 60_000


def test_iphone_with_times_below_dates(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "kakao iphone times.txt")
    assert seen(messages) == [
        ("하나", None, "text", "가자"),
        ("", False, "system", "하나님이 나갔습니다."),
        ("Ben", None, "text", "그래"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("여행", "group")}
    assert messages[2].sent_at - messages[0].sent_at == (17 * 60 + 44) * 60_000


def test_windows(tmp_path: Path) -> None:
    assert seen(read_sample(tmp_path, "kakao windows.txt")) == [
        ("", False, "system", "Ben님이 Mira님을 초대하였습니다."),
        ("Mira", None, "text", "안녕\n[공지] 오후 9시\n나갔습니다."),
        ("Ben", None, "file", ""),
        ("", False, "system", "Mira님이 나갔습니다."),
        ("Ben [가족]", None, "text", "잘 가"),
        ("", False, "system", "채팅방 관리자가 메시지를 가렸습니다."),
    ]


def test_windows_in_english_somebody_who_left_must_be_one_of_the_chat(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "kakao windows en.txt")
    assert seen(messages) == [
        ("Mira", None, "call", ""),
        ("Ben", None, "text", "she said\nMira left.\nShe left."),
        ("Hana", None, "sticker", ""),
        ("", False, "system", "Hana invited Kim and Lee."),
        ("Ben", None, "system", "This message was deleted."),
    ]
    assert {m.chat_kind for m in messages} == {"group"}


def test_csv(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "KakaoTalk_Chat_Mira_2023-05-01-21-41-00.csv")
    assert seen(messages) == [
        ("Mira", False, "text", "안녕\n둘째 줄"),
        ("Ben", True, "video", ""),
        ("", False, "system", "Mira님이 나갔습니다."),
    ]
    assert {(m.chat_name, m.to_the_minute) for m in messages} == {("Mira", False)}


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("사진 3장", "image", ""),
        ("사진 보내줘", "text", "사진 보내줘"),
        ("보이스톡 해요", "call", ""),
        ("메시지가 삭제되었습니다.", "system", "메시지가 삭제되었습니다."),
        ("보이스톡 3:21", "call", ""),
        ("보이스톡", "text", "보이스톡"),
        ("파일: 없어", "text", "파일: 없어"),
        ("샵검색: #맛집", "link", ""),
        (f"{'0a' * 32}.m4a", "voice", ""),
        ("deadbeef.jpg", "text", "deadbeef.jpg"),
        ("(이모티콘) ㅋㅋ", "sticker", "ㅋㅋ"),
        ("누가님이 나갔습니다.", "text", "누가님이 나갔습니다."),
    ],
)
def test_only_whole_placeholders_are_none_of_their_words(text: str, kind: str, words: str) -> None:
    assert said(text, "Mira")[:2] == (kind, words)


def test_who_came_and_went_below_a_message() -> None:
    assert is_notice("아무개님이 나갔습니다.", ["Mira"], apart=True)
    assert not is_notice("He left.", ["Mira"], apart=True)
    assert is_notice("Mira left.", ["Mira"], apart=True)


def test_a_text_without_its_heading(tmp_path: Path) -> None:
    path = put(tmp_path, Sample("Mira.txt", "\n".join(ANDROID.splitlines()[5:7])))
    assert [m.sender_name for m in read(path)] == ["Mira", "회원님"]


def test_a_message_without_a_date_and_an_impossible_one_are_reported(tmp_path: Path) -> None:
    text = WINDOWS.replace("--------------- 2023년 5월 1일 월요일 ---------------\n", "")
    file = ExportFile(
        put(tmp_path, Sample("a.txt", text.replace("2023년 5월 2일", "2023년 13월 2일")))
    )
    assert list(kakaotalk.read(file)) == []
    assert {problem.cause.split(" ")[0] for problem in file.problems} == {"a", "time"}


@pytest.mark.parametrize(
    "text",
    [
        "2018. 6. 13. 오후 9:25 - Mira: 2018년 6월 13일 오후 9:25, Ben : 응\n",
        "2026/1/30(金)\n11:43\tMira\t[Ben] [오후 9:26] 응\n",
        "hello\n[Mira] [오후 9:25] 안녕\n",
        "Date,User,Message,Likes\n2023-05-01 21:25:00,Mira,hi,1\n",
    ],
)
def test_what_is_not_kakaotalks(tmp_path: Path, text: str) -> None:
    file = ExportFile(put(tmp_path, Sample("a.txt", text)))
    assert kakaotalk.NAME not in [importer.NAME for importer in recognizing(file)]


def test_a_name_that_holds_a_colon(tmp_path: Path) -> None:
    text = """\
KakaoTalk Chats with Mira : work
Date Saved : May 14, 2023 at 9:41 PM

May 13, 2023 at 9:24 PM, Mira : work left this chatroom.
May 13, 2023 at 9:25 PM, Mira : work : Photo
May 13, 2023 at 9:26 PM, Ben : one : two
"""
    messages = read(put(tmp_path, Sample("k.txt", text)))
    assert seen(messages) == [
        ("", False, "system", "Mira : work left this chatroom."),
        ("Mira : work", False, "image", ""),
        ("Ben", True, "text", "one : two"),
    ]
