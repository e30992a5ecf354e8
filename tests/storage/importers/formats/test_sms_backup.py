"""SMS Backup & Restore."""

import base64
from pathlib import Path

import pytest
from sqlite_utils import Database

from storage.errors import InputError
from storage.importers.base import ImportedMessage
from storage.importers.file import ExportFile
from storage.importers.formats import sms_backup
from storage.importers.import_files import import_paths
from tests.storage.importers.samples import Sample, put, read, seen

HEAD = """\
<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<!--File Created By SMS Backup & Restore v10.20.002 on 29/09/2026 08:40:00-->
"""
RCS = "urn:gsma:params:xml:ns:rcs:rcs:fthttp"
ANNA, BO, OWN = "+491701234567", "+14045550199", "+491609999999"


def backup(*rows: str, root: str = "smses") -> str:
    mark = 'backup_set="4f0c" backup_date="1790800000000" type="full"'
    return f'{HEAD}<{root} count="{len(rows)}" {mark}>\n{"".join(rows)}</{root}>\n'


def fields(**values: object) -> str:
    return " ".join(f'{name}="{value}"' for name, value in values.items())


def sms(second: int, way: int, body: str, number: str = ANNA, name: str = "Anna") -> str:
    before = fields(protocol=0, address=number, date=1696889179000 + second * 1000, type=way)
    after = fields(toa="null", sc_toa="null", service_center="null", read=1, status=-1, locked=0)
    late = fields(date_sent=0, sub_id=1, readable_date="Oct 9, 2023 15:06:19", contact_name=name)
    return f'  <sms {before} subject="null" body="{body}" {after} {late} />\n'


def part(type_: str, *, text: str = "null", name: str = "null", data: str = "") -> str:
    more = fields(chset=106, cd="null", fn="null", cid="&lt;x&gt;", cl=name, ctt_s="null")
    file = f' data="{data}"' if data else ""
    return f'      <part seq="0" ct="{type_}" name="{name}" {more} text="{text}"{file} />\n'


def mms(
    second: int,
    way: int,
    parts: str,
    *,
    chat: str = ANNA,
    sender: str = "insert-address-token",
    to: tuple[str, ...] = (),
    name: str = "Anna",
    m_type: int = 132,
) -> str:
    date = 1696889179000 + second * 1000
    before = fields(date=date, rr="null", sub="null", msg_box=way, address=chat, m_type=m_type)
    people = [(sender, 137), *((one, 151) for one in to)]
    addresses = "".join(
        f"      <addr {fields(address=a, type=t, charset=106)} />\n" for a, t in people
    )
    return (
        f'  <mms {before} readable_date="Oct 9, 2023" contact_name="{name}">\n    <parts>\n{parts}'
        f"    </parts>\n    <addrs>\n{addresses}    </addrs>\n  </mms>\n"
    )


def call(second: int, type_: int, number: str = "491701234567", seconds: int = 72) -> str:
    date = 1696889179000 + second * 1000
    some = fields(number=number, duration=seconds, date=date, type=type_, presentation=1)
    return f'  <call {some} subscription_id="null" contact_name="(Unknown)" />\n'


LAYOUT = part("application/smil", text="&lt;smil&gt;&lt;/smil&gt;", name="smil.xml")
SMS = backup(
    sms(1, 1, "hi &lt;you&gt; &amp; &quot;me&quot;&#10;&#55357;&#56832;&#128512;"),
    sms(2, 2, "still up?", number="0170 1234567", name="(Unknown)"),
    sms(3, 3, "a draft"),
    sms(4, 5, "failed"),
    sms(5, 1, "Loved “still up?”"),
    sms(6, 1, "Your code is 123456", number="AMAZON", name="(Unknown)"),
    sms(7, 2, "null"),
)
GROUP = f"{BO}~{ANNA}"
PLAIN = part("text/plain", text="This is a sloth. 好")
MMS = backup(
    sms(1, 1, "hey", number=BO, name="Bo"),
    sms(2, 2, "yes?"),
    mms(3, 2, LAYOUT + part("image/png", name="Sloth 1", data="aGk="), sender=OWN, to=(ANNA,)),
    mms(
        4,
        1,
        part("text/plain", text="look"),
        chat=GROUP,
        sender=BO,
        to=(ANNA, OWN),
        name="Bo, Anna",
    ),
    mms(5, 2, part("text/plain", text="nice"), chat=GROUP, to=(BO, ANNA), name="Bo, Anna"),
    mms(6, 1, part("text/x-vCard", name="c.vcf"), chat="null", sender=ANNA, to=(OWN,)),
    mms(7, 1, part("audio/amr", name="a.amr"), sender=ANNA, to=(OWN,)),
    mms(8, 1, "", sender=ANNA, m_type=134),
)
CALLS = backup(call(1, 1), call(2, 2), call(3, 3, seconds=0), call(4, 1, number="-2"), root="calls")

SAMPLES = (Sample("sms-1.xml", SMS), Sample("sms-2.xml", MMS), Sample("calls-1.xml", CALLS))


def test_sms(tmp_path: Path) -> None:
    file = ExportFile(put(tmp_path, SAMPLES[0]))
    messages = list(sms_backup.read(file))
    assert seen(messages) == [
        ("Anna", False, "text", 'hi <you> & "me"\n😀😀'),
        ("me", True, "text", "still up?"),
        ("Anna", False, "other", ""),
        ("AMAZON", False, "text", "Your code is 123456"),
        ("me", True, "other", ""),
    ]
    assert [m.chat_id for m in messages] == ["491701234567"] * 3 + ["AMAZON", "491701234567"]
    assert {m.chat_name for m in messages} == {"Anna", "AMAZON"}
    assert messages[0].sent_at == 1696889180000
    assert file.notes == ["2 messages that were never sent, such as drafts, were left out"]


def test_mms_in_groups_and_alone(tmp_path: Path) -> None:
    messages = read(put(tmp_path, SAMPLES[1]))
    assert [(m.chat_name, m.sender_name, m.kind, m.text) for m in messages] == [
        ("Bo", "Bo", "text", "hey"),
        ("Anna", "me", "text", "yes?"),
        ("Anna", "me", "image", ""),
        ("Bo, Anna", "Bo", "text", "look"),
        ("Bo, Anna", "me", "text", "nice"),
        ("Anna", "Anna", "contact", ""),
        ("Anna", "Anna", "voice", ""),
    ]
    assert [m.from_owner for m in messages] == [m.sender_name == "me" for m in messages]
    assert [m.chat_kind for m in messages].count("group") == 2
    assert messages[2].raw == "Sloth 1"


def test_calls(tmp_path: Path) -> None:
    messages = read(put(tmp_path, SAMPLES[2]))
    assert [(m.kind, m.text, m.from_owner, m.raw) for m in messages] == [
        ("call", "", False, "incoming, 72 s"),
        ("call", "", True, "outgoing, 72 s"),
        ("call", "", False, "missed, 0 s"),
    ]


def test_messages_and_calls_of_one_number_are_one_chat(db: Database, tmp_path: Path) -> None:
    for sample in SAMPLES:
        put(tmp_path, sample)
    report = import_paths(db, [tmp_path])
    assert (report.new, report.problems) == (15, [])
    names = db.execute("SELECT name FROM chats ORDER BY name").fetchall()
    assert [name for (name,) in names] == ["AMAZON", "Anna", "Bo", "Bo, Anna"]


def test_a_caption_and_a_text_that_lies_beside_the_message(tmp_path: Path) -> None:
    long = base64.b64encode("lang und schön".encode()).decode()
    rows = (
        mms(1, 2, LAYOUT + part("image/jpeg", name="i.jpg") + PLAIN, to=(ANNA,)),
        mms(2, 1, part("text/plain", data=long), sender=ANNA, to=(OWN,)),
        mms(3, 1, PLAIN + part("text/plain", text="and so on"), sender=ANNA),
    )
    assert [(m.kind, m.text) for m in messages_of(tmp_path, *rows)] == [
        ("image", "This is a sloth. 好"),
        ("text", "lang und schön"),
        ("text", "This is a sloth. 好\nand so on"),
    ]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("-1", "text", "-1"),
        ("Liked the movie “Up”? I did", "text", "Liked the movie “Up”? I did"),
        ("Laughed at an image", "other", ""),
        ("Removed a heart from “hi”", "other", ""),
        ("Removed the heart from “hi”", "text", "Removed the heart from “hi”"),
        ("Reacted \U0001f44d to “hi”", "other", ""),
        ("\u200a\U0001f44d\u200a to “\u200ahi\u200a”", "other", ""),
        ("&amp;#55357;&amp;#56832; &amp;#38;", "text", "😀 &#38;"),
        ("&#55357; alone, &#0;&#11;", "text", "? alone, "),
        ("Tom & Jerry &c; a&b=1 &lol;", "text", "Tom & Jerry &c; a&b=1 &lol;"),
        ("  ", "other", ""),
        (f"&lt;?xml version=&quot;1.0&quot;?&gt;&lt;file xmlns=&quot;{RCS}&quot;/&gt;", "file", ""),
        ("&lt;?xml?&gt; is how it begins", "text", "<?xml?> is how it begins"),
    ],
)
def test_bodies(tmp_path: Path, body: str, kind: str, words: str) -> None:
    (made,) = messages_of(tmp_path, sms(1, 2, body))
    assert (made.kind, made.text) == (kind, words)


def test_reactions_in_any_language_quote_a_message_of_the_chat(tmp_path: Path) -> None:
    reactions = [
        *("Le gustó “see you at seven”", "A aimé « see you at seven »"),
        *("Hat „see you at seven“ mit „Gefällt mir“ markiert", "Le encantó “see you at…”"),
        "a attribué la mention « Adore » à « see you at seven »",
    ]
    words = ["What does “see you” mean?", "You wrote “see you at seven”?", "Le gustó “Up”"]
    rows = [sms(0, 1, "see you at seven")]
    rows += [sms(second, 2, said) for second, said in enumerate((*reactions, *words), 1)]
    made = messages_of(tmp_path, *rows)
    assert [m.text for m in made] == ["see you at seven", *[""] * len(reactions), *words]


def test_attributes_in_single_quotes_and_rows_of_converters(tmp_path: Path) -> None:
    row = "<sms address='+1 (404) 555-0199' date='1696889179' type='1' body='say \"data=x\"'/>"
    (made,) = messages_of(tmp_path, row)
    assert (made.text, made.sent_at) == ('say "data=x"', 1696889179000)
    assert made.chat_id == "14045550199"


def test_numbers_as_they_are_dialled_at_home(tmp_path: Path) -> None:
    rows = [
        sms(1, 1, "a", number="+49 170-1234567", name="Anna"),
        sms(2, 2, "b", number="01701234567", name="Anna"),
        sms(3, 2, "c", number="1234567", name="Cleo"),
        sms(4, 1, "d", number="+3901701234567", name="Dino"),
        sms(5, 1, "e", number="12345", name="(Unknown)"),
        sms(6, 1, "f", number="0012345", name="(Unknown)"),
    ]
    ids = [m.chat_id for m in messages_of(tmp_path, *rows)]
    assert ids == ["491701234567"] * 2 + ["1234567", "3901701234567", "12345", "0012345"]


def test_a_group_whose_address_is_only_the_senders(tmp_path: Path) -> None:
    rows = [
        mms(1, 1, PLAIN, chat=ANNA, sender=ANNA, to=(OWN,)),
        mms(2, 1, PLAIN, chat=ANNA, sender=ANNA, to=(BO, OWN)),
        mms(3, 2, PLAIN, chat=f"{ANNA}~{BO}", to=(ANNA, BO)),
    ]
    assert [m.chat_kind for m in messages_of(tmp_path, *rows)] == ["direct", "group", "group"]
    assert len({m.chat_id for m in messages_of(tmp_path, *rows)}) == 2


def test_a_long_video_is_passed_over(tmp_path: Path) -> None:
    video = part("video/mp4", name="v.mp4", data="AbCd" * 500_000)
    (made,) = messages_of(tmp_path, mms(1, 1, video + PLAIN, sender=ANNA))
    assert (made.kind, made.text) == ("video", "This is a sloth. 好")


def test_a_line_of_another_program_within_a_message_is_no_sign_of_it(tmp_path: Path) -> None:
    (made,) = messages_of(tmp_path, sms(1, 1, "look:\n12/12/19, 02:09 - Anna: hi\nwhat?"))
    assert made.text == "look: 12/12/19, 02:09 - Anna: hi what?"


@pytest.mark.parametrize(
    "broken",
    [
        SMS[: len(SMS) // 2],
        SMS.replace("</smses>", "</sms>"),
        SMS.replace("<smses", '<!DOCTYPE smses [<!ENTITY a "b">]><smses'),
        SMS.replace("</smses>", '<sms body="' + "x y " * 1_050_000),
    ],
)
def test_broken_and_hostile_xml(tmp_path: Path, broken: str) -> None:
    with pytest.raises(InputError, match=r"s\.xml: line \d+: ") as caught:
        read(put(tmp_path, Sample("s.xml", broken)))
    assert "\n" not in str(caught.value)


def test_rows_that_can_t_be_read_are_reported(tmp_path: Path) -> None:
    rows = [
        sms(1, 0, "what way?"),
        sms(2, 1, "from whom?", number="null"),
        sms(3, 1, "when?").replace("date=", "dates="),
        sms(4, 2, "ok"),
    ]
    file = ExportFile(put(tmp_path, Sample("s.xml", backup(*rows))))
    assert [m.text for m in sms_backup.read(file)] == ["ok"]
    assert len(file.problems) == 3


def messages_of(tmp_path: Path, *rows: str) -> list[ImportedMessage]:
    return read(put(tmp_path, Sample("s.xml", backup(*rows))))
