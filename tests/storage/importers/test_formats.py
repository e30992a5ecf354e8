"""What every format keeps to, shown on the samples beside their tests."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import InputError
from storage.importers.base import Importer
from storage.importers.detect import detect, importers, recognizing
from storage.importers.file import ExportFile
from storage.importers.formats_table import ROOT
from storage.messages import KINDS
from tests.storage.importers.samples import T0, put, read_sample, sample_named, samples, samples_of

NAMES = sorted(samples())


@pytest.mark.parametrize("importer", importers(), ids=lambda importer: importer.NAME)
def test_every_format_has_a_sample_and_a_row_in_the_docs(importer: Importer) -> None:
    assert samples_of(importer)
    assert importer.PROGRAMS


def test_no_two_formats_or_samples_have_one_name() -> None:
    names = [importer.NAME for importer in importers()]
    assert sorted(set(names)) == names
    assert sum(len(samples_of(importer)) for importer in importers()) == len(samples())


@pytest.mark.parametrize("name", NAMES)
def test_exactly_one_format_recognizes_it_by_content_whatever_its_name(
    tmp_path: Path, name: str
) -> None:
    importer, sample = samples()[name]
    path = put(tmp_path, sample)
    renamed = path.rename(path.with_name("renamed.txt"))
    assert recognizing(ExportFile(renamed)) == (importer,)


def test_a_file_that_fits_two_formats_is_refused_and_both_are_named(tmp_path: Path) -> None:
    both = sample_named("qq.json").text.replace(
        '"metadata"', '"session": {"wxid": "x"}, "metadata"'
    )
    path = put(tmp_path, replace(sample_named("qq.json"), text=both))
    with pytest.raises(InputError, match=r"qq\.json: .*qq, weflow.*--format"):
        detect(ExportFile(path))


@pytest.mark.parametrize(
    ("name", "pasted"),
    [
        ("WhatsApp Chat with Anna.txt", "2024-10-04 11:43:05 小明\n"),
        ("WhatsApp Chat with Anna.txt", "2026/1/30(金)\n11:43\t小明\t在吗\n"),
        ("qq.txt", "12/12/19, 02:09 - Anna: hi\n"),
        ("memotrace.txt", "May 17, 2022  5:29:42 PM\n"),
        ("line.txt", "[23.07.23, 10:17:53] Anna: hi\n"),
        ("imessage.txt", "2024-10-04 11:43:05 小明(23333)\n"),
    ],
)
def test_what_was_pasted_into_a_chat_is_no_sign_of_its_format(
    tmp_path: Path, name: str, pasted: str
) -> None:
    importer, sample = samples()[name]
    path = put(tmp_path, replace(sample, text=sample.text + pasted))
    assert recognizing(ExportFile(path)) == (importer,)


def test_lines_in_the_cell_of_a_table_are_no_sign_of_a_format(tmp_path: Path) -> None:
    importer, sample = samples()["memotrace.csv"]
    pasted = sample.text.replace("在吗", '"look:\n12/12/19, 02:09 - Anna: hi\nwhat?"', 1)
    assert pasted != sample.text
    path = put(tmp_path, replace(sample, text=pasted))
    assert recognizing(ExportFile(path)) == (importer,)


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("WhatsApp Chat with Anna.txt", ("02:08 - M", "02 M")),
        ("imessage.txt", ("5:29:42", "5")),
        ("memotrace.txt", ("11:43:05", "11")),
    ],
)
def test_a_damaged_first_line_is_passed_over(
    tmp_path: Path, name: str, damaged: tuple[str, str]
) -> None:
    importer, sample = samples()[name]
    text = sample.text.replace(*damaged, 1)
    assert text != sample.text
    assert recognizing(ExportFile(put(tmp_path, replace(sample, text=text)))) == (importer,)


@pytest.mark.parametrize("start", ["2020-02-09 14:09 - ", "2020-02-09 2:09 PM - "])
def test_a_date_that_qq_writes_too_is_whatsapps_before_a_dash(tmp_path: Path, start: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"{start}Anna: hi\n")
    assert [importer.NAME for importer in recognizing(ExportFile(path))] == ["whatsapp"]


@pytest.mark.parametrize("name", NAMES)
def test_kinds_are_those_of_the_log_and_placeholders_are_no_text(tmp_path: Path, name: str) -> None:
    for message in read_sample(tmp_path, name):
        assert message.kind in KINDS
        assert message.text == "" or message.kind in ("text", "system", "forward")


NOBODYS_WORDS = re.compile(
    "\u200e|omitted|attached|撤回|引用|end-to-end|[Uu]nsent|Tapbacks|Reactions|Edited|"
    r"\.jpe?g|\.HEIC|\[图片\]|\[Photo\]|消息分组"
)


@pytest.mark.parametrize("name", NAMES)
def test_no_sample_has_words_in_it_that_nobody_said(tmp_path: Path, name: str) -> None:
    said = [message.text for message in read_sample(tmp_path, name) if message.kind == "text"]
    assert not [text for text in said if NOBODYS_WORDS.search(text)]


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
    messages = read_sample(tmp_path, name)
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
    answer = read_sample(tmp_path, name)[1]
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
    assert [m.reply_to for m in read_sample(tmp_path, name) if m.reply_to] == [answered]


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".json")])
def test_cut_off_json_is_a_broken_file(tmp_path: Path, name: str) -> None:
    importer, sample = samples()[name]
    file = ExportFile(put(tmp_path, replace(sample, text=sample.text[: len(sample.text) * 2 // 3])))
    with pytest.raises(InputError, match=r"line \d+: broken JSON") as caught:
        list(importer.read(file))
    assert str(caught.value).count("\n") == 0


@pytest.mark.slow
def test_formats_are_imported_at_the_first_use() -> None:
    script = (
        "import sys, storage.importers.import_files\n"
        "from storage.importers.detect import importers\n"
        "def loaded(): return sum('importers.formats.' in name for name in sys.modules)\n"
        "assert loaded() == 0\n"
        "assert len(importers()) == loaded()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
