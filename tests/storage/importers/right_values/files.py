"""Files as such: encodings, .zip files, files beside an export, exports of one chat."""

from tests.storage.importers.case import Case

CASES = (
    Case(
        "G01 utf16 bom.txt",
        """
# whatsapp G01 utf16 bom
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "G02 utf16be nobom.txt",
        """
# whatsapp G02 utf16be nobom
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "G03 latin1.txt",
        """
# whatsapp G03 latin1
Mira: héllo ñ
> çava !
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "G04 crlf bom.txt",
        """
# whatsapp G04 crlf bom
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "G05 cr only.txt",
        """
# whatsapp G05 cr only
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "G06 nel.txt",
        """
# whatsapp G06 nel
Mira: one twothreefour
> ab
""",
        me="Ben",
    ),
    Case(
        "G07 all.zip",
        """
# whatsapp Mira
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "G08 WhatsApp Chat with Mira.zip",
        """
# whatsapp Mira
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
        left_out=("note.txt",),
    ),
    Case(
        "G09 WhatsApp Chat - Mira.zip",
        """
# whatsapp Mira
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
        left_out=("00000012-meeting.txt",),
    ),
    Case(
        "G10 WhatsApp Chat - Mira.zip",
        """
# whatsapp Mira
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
        left_out=("00000012-data.json",),
    ),
    Case(
        "G11 WhatsApp Chat - Mira.zip",
        """
# whatsapp Mira
Mira: héllo ñ
> çava 😀
Mira: ok
""",
        me="Ben",
        left_out=("00000012-data.json",),
    ),
    Case(
        "G12 WhatsApp Chat - Mira.zip",
        """
# whatsapp Mira
Mira: héllo ñ
> çava 😀
Mira: ok
# whatsapp Tom
Tom: héllo ñ
Zed: çava 😀
Tom: ok
""",
        me="Ben",
    ),
    Case(
        "G13 12h.txt",
        """
# whatsapp G13 12h
2023-12-25 00:05 Mira: midnight
2023-12-25 00:15 Mira: x
2023-12-25 12:10 > noon
2023-12-25 13:15 > y
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "G14 amb.txt",
        """
# whatsapp G14 amb
Mira: a
> b
""",
        me="Ben",
    ),
    Case(
        "G15 mixed.txt",
        """
# whatsapp G15 mixed
Mira: a
> b
""",
        me="Ben",
        left_out=("G15 mixed.txt",),
    ),
    Case(
        "G16 rtl.txt",
        """
# whatsapp group G16 rtl
~ מירה: שלום
> היי
+972 50-000-0000: hi
""",
        me="Ben",
    ),
    Case(
        "M01 reexport",
        """
# whatsapp Mira
Mira: hello
> hi
> how are you
Mira: fine
> good
""",
        me="Ben",
    ),
)
