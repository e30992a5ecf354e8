"""DiscordChatExporter's CSV."""

from pathlib import Path

from tests.storage.importers.samples import Sample, as_csv, put, read, read_sample, seen

DISCORD_CSV = as_csv(
    ["AuthorID", "Author", "Date", "Content", "Attachments", "Reactions"],
    ["51", "nora", "2024-05-03T07:00:00.0000000+02:00", "up?", "", ""],
    ["61", "ben", "2024-05-03T07:00:09.1230000+02:00", "barely", "", "👍 (1)"],
    ["61", "ben", "2024-05-03T07:01:00.0000000+02:00", "", "https://x/breakfast.png", ""],
)

SAMPLES = (
    Sample("Direct Messages - Private - nora [88].csv", DISCORD_CSV, me="ben"),
    Sample("renamed.csv", DISCORD_CSV, me="61"),
)


def test_messages(tmp_path: Path) -> None:
    messages = read_sample(tmp_path, "Direct Messages - Private - nora [88].csv")
    assert seen(messages) == [
        ("nora", None, "text", "up?"),
        ("ben", None, "text", "barely"),
        ("ben", None, "image", ""),
    ]
    assert {(m.chat_id, m.chat_name, m.chat_kind) for m in messages} == {("88", "nora", "direct")}
    assert [m.sent_at for m in messages[:2]] == [1714712400000, 1714712409123]


def test_without_its_number_the_file_names_the_chat(tmp_path: Path) -> None:
    assert {m.chat_id for m in read_sample(tmp_path, "renamed.csv")} == {"renamed"}


def test_discords_lines_are_nobodys_words(tmp_path: Path) -> None:
    said = [
        "Added Zoe (work) to the group.",
        "Changed the channel name: Camp",
        "Started a call that lasted 1,024 minutes.",
        "Started a call that lasted forever.",
        "Pinned a message. Look!",
    ]
    header = ["MessageID", "AuthorID", "Author", "Date", "Content", "Attachments", "Reactions"]
    rows = [
        [str(n), "51", "nora", "2024-05-03T07:00:00+02:00", one, "", ""]
        for n, one in enumerate(said)
    ]
    messages = read(put(tmp_path, Sample("a.csv", as_csv(header, *rows))))
    assert [m.kind for m in messages] == ["system", "system", "call", "text", "text"]
    assert messages[1].external_id == "1"


def test_the_lines_quoted_above_an_answer_are_not_their_words(tmp_path: Path) -> None:
    row = ["5", "ben", "2023-05-01T10:00:00.0000000+00:00", "> why?\nso", "", ""]
    text = as_csv(["AuthorID", "Author", "Date", "Content", "Attachments", "Reactions"], row)
    (message,) = read(put(tmp_path, Sample("Ann [7].csv", text)))
    assert (message.text, message.raw) == ("so", "> why?")
