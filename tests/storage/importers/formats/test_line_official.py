"""LINE Official Account Manager's CSV."""

from pathlib import Path

from storage.importers.detect import importer_named
from storage.importers.file import ExportFile
from tests.storage.importers.samples import Sample, put, read, read_sample, seen

COLUMNS = "送信者タイプ,送信者名,送信日,送信時刻,内容\n"
OFFICIAL = f"""\
アカウント名,花屋
タイムゾーン,+09:00
ダウンロード日時,2023/05/02 10:00
{COLUMNS}\
User,Mira,2023/05/01,10:00:00,"今日は
開いていますか？"
Account,応答メッセージ,2023/05/01,10:00:01,ただいま不在です
Account,Ben,2023/05/01,10:05:10,はい、開いています
User,Mira,2023/05/01,10:06:00,[スタンプ]
User,Mira,2023/05/01,10:06:10,写真を送信しました
User,Mira,2023/05/01,10:06:20,荷物を送信しました
"""

SAMPLES = (Sample("line official.csv", OFFICIAL),)


def test_the_account_is_the_owner_and_its_automatic_answers_are_nobodys(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "line official.csv")
    assert seen(messages) == [
        ("Mira", False, "text", "今日は\n開いていますか？"),
        ("", False, "system", "ただいま不在です"),
        ("Ben", True, "text", "はい、開いています"),
        ("Mira", False, "sticker", ""),
        ("Mira", False, "image", ""),
        ("Mira", False, "text", "荷物を送信しました"),
    ]
    assert {(m.chat_name, m.chat_kind) for m in messages} == {("Mira", "direct")}


def test_without_its_heading(tmp_path: Path) -> None:
    text = COLUMNS + "User,Mira,2023/05/01,10:00:00,hey\n"
    (message,) = read(put(tmp_path, Sample("a.csv", text)))
    assert (message.chat_name, message.from_owner, message.text) == ("Mira", False, "hey")


def test_rows_of_another_type_are_left_out_and_reported(tmp_path: Path) -> None:
    text = OFFICIAL + "Bot,x,2023/05/01,10:00:00,hey\nUser,Mira\n"
    file = ExportFile(put(tmp_path, Sample("a.csv", text)))
    assert len(list(importer_named("line-official").read(file))) == 6
    assert len(file.problems) == 2
